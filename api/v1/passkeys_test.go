package v1_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	altcha "github.com/altcha-org/altcha-lib-go"
	webauthn "github.com/descope/virtualwebauthn"

	"stoa/app"
	"stoa/app/apptest"
)

// device is an authenticator in software with one key.
type device struct {
	party webauthn.RelyingParty
	auth  webauthn.Authenticator
	key   webauthn.Credential
}

const site = "https://stoa.example.com"

func public(c *app.Config) { c.PublicURL = site }

// newDevice has an RSA key: the library leaves out leading zeros of elliptic ones.
func newDevice() *device {
	return &device{party: webauthn.RelyingParty{Name: "stoa", ID: "stoa.example.com", Origin: site},
		auth: webauthn.NewAuthenticator(), key: webauthn.NewCredential(webauthn.KeyTypeRSA)}
}

// enrol makes the device's key a passkey of somebody's.
func (d *device) enrol(t *testing.T, w *world, who string) reply {
	t.Helper()
	start := w.want(200, who, "POST", "/v1/me/passkeys/options", object{"password": pass})
	raw, _ := json.Marshal(start.at("public_key"))
	options, err := webauthn.ParseAttestationOptions(string(raw))
	if err != nil {
		t.Fatal(err)
	}
	d.auth.Options.UserHandle = handleOf(t, raw)
	answer := webauthn.CreateAttestationResponse(d.party, d.auth, d.key, *options)
	d.auth.AddCredential(d.key)
	return w.call(who, "POST", "/v1/me/passkeys", object{"name": "phone", "ceremony": start.text("ceremony"), "credential": json.RawMessage(answer)})
}

func handleOf(t *testing.T, options []byte) []byte {
	t.Helper()
	var in struct {
		User struct{ ID string }
	}
	if err := json.Unmarshal(options, &in); err != nil {
		t.Fatal(err)
	}
	handle, err := base64.RawURLEncoding.DecodeString(in.User.ID)
	if err != nil {
		t.Fatal(err)
	}
	return handle
}

// show answers a request for a passkey.
func (d *device) show(t *testing.T, w *world) object {
	t.Helper()
	start := w.want(200, "", "POST", "/v1/passkeys/options", nil)
	raw, _ := json.Marshal(start.at("public_key"))
	options, err := webauthn.ParseAssertionOptions(string(raw))
	if err != nil {
		t.Fatal(err)
	}
	d.key.Counter++
	return object{"ceremony": start.text("ceremony"), "credential": json.RawMessage(webauthn.CreateAssertionResponse(d.party, d.auth, d.key, *options))}
}

func TestAPasskeySignsIn(t *testing.T) {
	w := open(t, public)
	d := newDevice()
	made := d.enrol(t, w, "member")
	if made.status != http.StatusCreated || made.text("name") != "phone" || made.text("host") != "stoa.example.com" {
		t.Fatalf("made: %d %s", made.status, made.body)
	}
	r := w.want(201, "", "POST", "/v1/sessions", object{"passkey": d.show(t, w)})
	if r.text("account", "name") != "member" {
		t.Errorf("signed in: %s", r.body)
	}
	w.want(200, r.text("token"), "GET", "/v1/me", nil)

	one := "/v1/me/passkeys/" + made.text("id")
	if l := w.want(200, "member", "GET", "/v1/me/passkeys", nil); l.count("items") != 1 || l.at("items", 0, "last_used_at") == nil {
		t.Errorf("list: %s", l.body)
	}
	if l := w.want(200, "admin", "GET", "/v1/me/passkeys", nil); l.count("items") != 0 {
		t.Errorf("somebody else's list: %s", l.body)
	}
	w.refused(404, "passkey.not_found", "admin", "PATCH", one, object{"name": "mine now"})
	w.refused(404, "passkey.not_found", "admin", "DELETE", one, nil)
	w.refused(422, "passkey.name", "member", "PATCH", one, object{"name": strings.Repeat("x", 65)})
	if k := w.want(200, "member", "PATCH", one, object{"name": "old phone"}); k.text("name") != "old phone" {
		t.Errorf("renamed: %s", k.body)
	}
	w.want(204, "member", "DELETE", one, nil)
	w.refused(422, "passkey.refused", "", "POST", "/v1/sessions", object{"passkey": d.show(t, w)})
	for _, path := range []string{"/v1/me/passkeys", "/v1/me/passkeys/options"} {
		w.refused(401, "session.required", "", map[bool]string{true: "GET", false: "POST"}[path == "/v1/me/passkeys"], path, nil)
	}
}

func TestAnAnswerOfAPasskeyIsGoodOnceHereAndNow(t *testing.T) {
	w := open(t, public)
	d := newDevice()
	d.enrol(t, w, "member")
	shown := d.show(t, w)
	w.want(201, "", "POST", "/v1/sessions", object{"passkey": shown})
	w.refused(422, "passkey.ceremony", "", "POST", "/v1/sessions", object{"passkey": shown})

	late := d.show(t, w)
	w.Clock.Add(5 * time.Minute)
	w.refused(422, "passkey.ceremony", "", "POST", "/v1/sessions", object{"passkey": late})

	d.party.Origin = "https://stoa.example.org"
	w.refused(422, "passkey.refused", "", "POST", "/v1/sessions", object{"passkey": d.show(t, w)})
	d.party.Origin = site

	other := newDevice()
	other.auth.Options.UserHandle = d.auth.Options.UserHandle
	w.refused(422, "passkey.refused", "", "POST", "/v1/sessions", object{"passkey": other.show(t, w)})

	d.key.Counter = 0 // as a copy of the authenticator would have it
	w.refused(403, "passkey.copied", "", "POST", "/v1/sessions", object{"passkey": d.show(t, w)})
	for _, credential := range []string{`{}`, `"x"`, `null`, `{"id":"AA","rawId":"AA","type":"public-key","response":{}}`} {
		w.want(422, "", "POST", "/v1/sessions", `{"passkey":{"ceremony":"`+w.want(200, "", "POST", "/v1/passkeys/options", nil).text("ceremony")+
			`","credential":`+credential+`}}`)
	}
}

func TestAPasskeyOfADisabledAccountIsRefused(t *testing.T) {
	w := open(t, public)
	d := newDevice()
	d.enrol(t, w, "member")
	w.want(200, "admin", "PATCH", w.path("/v1/accounts/{id}", "member"), object{"state": "disabled"})
	w.refused(401, "session.refused", "", "POST", "/v1/sessions", object{"passkey": d.show(t, w)})
}

func TestANewPasskeyNeedsItsOwner(t *testing.T) {
	w := open(t, public)
	w.want(200, "member", "POST", "/v1/me/passkeys/options", object{})
	w.Clock.Add(11 * time.Minute)
	w.refused(422, "session.confirm", "member", "POST", "/v1/me/passkeys/options", object{})
	w.refused(422, "account.wrong_password", "member", "POST", "/v1/me/passkeys/options", object{"password": "not it at all"})
	d := newDevice()
	if r := d.enrol(t, w, "member"); r.status != 201 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	handle := d.auth.Options.UserHandle
	if r := d.enrol(t, w, "admin"); r.status != 409 || r.text("code") != "passkey.exists" {
		t.Errorf("the same key for two accounts: %d %s", r.status, r.body)
	}
	d.auth.Options.UserHandle = handle
	w.refused(422, "passkey.of_other", "admin", "POST", "/v1/sessions/current/passkey", d.show(t, w))
	w.want(204, "member", "POST", "/v1/sessions/current/passkey", d.show(t, w))
}

func TestPasskeysNeedASafePage(t *testing.T) {
	w := open(t)
	w.refused(409, "passkey.insecure", "", "POST", "/v1/passkeys/options", nil)
}

// After three failures a sign-in needs a proof of work; it is good once.
func TestAPuzzleAfterFailures(t *testing.T) {
	w := open(t)
	try := func(proof string) object {
		return object{"login": "member", "password": "wrong wrong wrong", "proof": proof}
	}
	for range 3 {
		w.refused(401, "session.refused", "", "POST", "/v1/sessions", try(""))
	}
	good := object{"login": "member", "password": pass}
	w.refused(403, "captcha.required", "", "POST", "/v1/sessions", good)
	w.want(201, "", "POST", "/v1/sessions", object{"login": "admin", "password": pass}) // another name is free

	proof := solve(t, w)
	good["proof"] = proof
	w.want(201, "", "POST", "/v1/sessions", good)
	for range 3 { // the success has made the name a clean one again
		w.refused(401, "session.refused", "", "POST", "/v1/sessions", try(""))
	}
	w.refused(403, "captcha.required", "", "POST", "/v1/sessions", good) // used
	late := solve(t, w)
	w.Clock.Add(11 * time.Minute)
	good["proof"] = late
	w.refused(403, "captcha.required", "", "POST", "/v1/sessions", good)
	for _, bad := range []string{"", "x", base64.StdEncoding.EncodeToString([]byte(`{"algorithm":"SHA-256","number":-1}`)), proof[:20]} {
		good["proof"] = bad
		w.refused(403, "captcha.required", "", "POST", "/v1/sessions", good)
	}
	w.Clock.Add(31 * time.Minute)
	delete(good, "proof")
	w.want(201, "", "POST", "/v1/sessions", good)
	w.refused(400, "body.syntax", "", "POST", "/v1/puzzles", "{")
}

func solve(t *testing.T, w *world) string { t.Helper(); return solveFor(t, w, "member") }

func solveFor(t *testing.T, w *world, login string) string {
	t.Helper()
	var p altcha.Challenge
	r := w.want(200, "", "POST", "/v1/puzzles", object{"login": login})
	if err := json.Unmarshal(r.body, &p); err != nil {
		t.Fatal(err)
	}
	max, err := r.at("maxnumber").(json.Number).Int64()
	if err != nil {
		t.Fatal(err)
	}
	found, err := altcha.SolveChallenge(p.Challenge, p.Salt, altcha.SHA256, int(max), 0, nil)
	if err != nil || found == nil {
		t.Fatalf("no solution: %v", err)
	}
	out, _ := json.Marshal(altcha.Payload{Algorithm: p.Algorithm, Challenge: p.Challenge, Number: int64(found.Number), Salt: p.Salt, Signature: p.Signature})
	return base64.StdEncoding.EncodeToString(out)
}

// A message counts as a failure does: the fourth to one phone or name, and what
// follows from an address that has many sent, needs a puzzle, whether there is such
// an account or not.
func TestAPuzzleBeforeManyMessages(t *testing.T) {
	w := open(t)
	phone := apptest.Phone(1)
	code := func(to, proof string) object {
		return object{"phone": to, "tenant": w.ids["other-org"], "proof": proof}
	}
	for range 3 {
		w.want(204, "", "POST", "/v1/registration/codes", code(phone, ""))
		w.Clock.Add(time.Minute)
	}
	w.refused(403, "captcha.required", "", "POST", "/v1/registration/codes", code(phone, ""))
	w.refused(403, "captcha.required", "", "POST", "/v1/registration/codes", code("+86 "+phone, "")) // the same phone
	if n := w.Count(phone); n != 3 {
		t.Errorf("%d messages", n)
	}
	w.want(204, "", "POST", "/v1/registration/codes", code(phone, solveFor(t, w, "+86 "+phone)))
	w.refused(403, "captcha.required", "", "POST", "/v1/sessions", object{"login": phone, "password": pass})
	w.want(204, "", "POST", "/v1/registration/codes", code(apptest.Phone(2), "")) // another phone is free
	w.refused(422, "account.phone", "", "POST", "/v1/registration/codes", code("12", ""))

	for _, login := range []string{"nobody.here", "owner@example.com"} {
		w.Clock.Add(61 * time.Minute)
		forgot := object{"login": login}
		for range 3 {
			w.want(202, "", "POST", "/v1/password/forgot", forgot)
		}
		w.refused(403, "captcha.required", "", "POST", "/v1/password/forgot", forgot)
		forgot["proof"] = solveFor(t, w, login)
		w.want(202, "", "POST", "/v1/password/forgot", forgot)
		w.refused(403, "captcha.required", "", "POST", "/v1/password/forgot", forgot) // used
	}
	if n := w.Count("owner@example.com"); n != 4 {
		t.Errorf("%d links", n)
	}
	w.Clock.Add(61 * time.Minute)
	for n := range 20 {
		w.want(204, "", "POST", "/v1/registration/codes", code(apptest.Phone(100+n), ""))
	}
	w.Clock.Add(time.Minute)
	w.refused(403, "captcha.required", "", "POST", "/v1/registration/codes", code(apptest.Phone(200), ""))
}

// A role that demands a second factor counts only after one was shown, at once and
// in sessions that run.
func TestARoleDemandsASecondFactor(t *testing.T) {
	w := open(t, public)
	w.want(200, "admin", "GET", "/v1/departments", nil)
	w.want(200, apptest.SuperName, "PATCH", "/v1/roles/2", object{"second_factor": true})
	w.refused(403, "access.second_factor", "admin", "GET", "/v1/departments", nil)
	me := w.want(200, "admin", "GET", "/v1/me", nil)
	if me.at("needs_second_factor") != true || me.count("permissions") != 0 {
		t.Errorf("me: %s", me.body)
	}
	token := w.want(201, "admin", "POST", "/v1/me/token", nil).text("token")
	w.refused(403, "access.second_factor", token, "GET", "/v1/departments", nil)

	d := newDevice()
	if r := d.enrol(t, w, "admin"); r.status != 201 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	w.want(200, "admin", "GET", "/v1/departments", nil) // the new key was shown in this session
	other := w.want(201, "", "POST", "/v1/sessions", object{"login": "admin", "password": pass}).text("token")
	w.refused(403, "access.second_factor", other, "GET", "/v1/departments", nil)
	w.want(204, other, "POST", "/v1/sessions/current/passkey", d.show(t, w))
	w.want(200, other, "GET", "/v1/departments", nil)
	strong := w.want(201, other, "POST", "/v1/me/token", nil).text("token")
	w.want(200, strong, "GET", "/v1/departments", nil)
}
