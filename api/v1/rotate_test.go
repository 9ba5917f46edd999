package v1_test

import (
	"bytes"
	"encoding/hex"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"stoa/app/apptest"
	"stoa/app/cloud"
	"stoa/app/seal"
	"stoa/store"
)

// under lists the tables that hold anything sealed under the key of a name.
func (w *world) under(keyID string) []string {
	w.t.Helper()
	id, err := hex.DecodeString(keyID)
	if err != nil {
		w.t.Fatal(err)
	}
	envelope, tables := append([]byte{1}, id...), map[string]bool{} // version, id of the key
	err = w.DB.View(w.t.Context(), func(r store.Reader) error {
		return store.Pairs(r, func(key, value []byte) bool {
			if bytes.Contains(value, envelope) {
				table, _ := store.RowOf(key)
				tables[w.DB.Tables()[table]] = true
			}
			return true
		})
	})
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for name := range tables {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// secrets makes one of every kind that is sealed, and gives what is to go on
// working with them.
func (w *world) secrets() (works func()) {
	w.t.Helper()
	device, ctx := newDevice(), w.t.Context()
	device.enrol(w.t, w, "admin")
	totp := w.want(200, "member", "POST", "/v1/me/totp", nil).text("secret")
	codes := w.want(200, "member", "POST", "/v1/me/totp/confirm", object{"code": w.otp(totp)})
	w.want(200, "outsider", "POST", "/v1/me/totp", nil) // not confirmed yet
	token := w.want(201, "owner", "POST", "/v1/me/token", nil).text("token")
	once := w.want(201, "admin", "POST", "/v1/applications", object{"name": "Once"}, "Idempotency-Key", "k1")
	phone := apptest.Phone(7)
	w.want(204, "", "POST", "/v1/registration/codes", object{"phone": phone, "tenant": w.ids["other-org"]})
	elsewhere := "/v1/sources/" + w.want(201, apptest.SuperName, "POST", "/v1/sources", company(wecom(w.t))).text("id")
	w.want(303, "", "GET", elsewhere+"/start", nil)
	pair, secret, err := w.AccessKey.Create(ctx, w.Super, "nightly")
	if err == nil {
		err = w.OpenID.Tend(ctx)
	}
	if err == nil {
		_, err = w.Cloud.Replace(ctx, w.Super, []cloud.New{{URL: "https://s3.example.com", Bucket: "house-files", Key: "key", Secret: "invented"}}, cloud.VerifyNone, 0)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return func() {
		w.t.Helper()
		w.want(201, "", "POST", "/v1/sessions", object{"passkey": device.show(w.t, w)})
		w.Clock.Add(30 * time.Second)
		w.want(201, "", "POST", "/v1/sessions", object{"login": "member", "password": pass, "otp": w.otp(totp)})
		w.want(201, "", "POST", "/v1/sessions", object{"login": "member", "password": pass, "otp": codes.text("recovery_codes", 0)})
		if got := w.want(200, token, "GET", "/v1/me/token", nil).text("token"); got != token {
			w.t.Errorf("the personal token is %s", got)
		}
		if again := w.want(201, "admin", "POST", "/v1/applications", object{"name": "Once"}, "Idempotency-Key", "k1"); !bytes.Equal(again.body, once.body) {
			w.t.Errorf("the kept answer is %s", again.body)
		}
		w.want(201, "", "POST", "/v1/registration", object{"name": "newcomer", "password": pass, "phone": phone, "code": w.Code(phone), "tenant": w.ids["other-org"]})
		if _, got, _, err := w.AccessKey.Find(ctx, pair.Access, apptest.Origin("kodo")); err != nil || string(got) != secret {
			w.t.Errorf("the access key: %v", err)
		}
		w.want(303, "", "GET", elsewhere+"/start", nil)
		if _, err := w.OpenID.JWKS(ctx); err != nil {
			w.t.Error(err)
		}
	}
}

// A change of the master key reaches every kind of secret there is: one that is not
// made here fails the test, and so does one that a table holds without being
// registered.
func TestEveryKindOfSecretOutlivesItsMasterKey(t *testing.T) {
	w := open(t, public)
	works := w.secrets()
	old, registered := w.Seal.Status().KeyID, append(w.Seal.Registered(), "seal")
	slices.Sort(registered)
	if found := w.under(old); !slices.Equal(found, registered) {
		t.Fatalf("sealed values are in the tables %v, registered are %v", found, registered)
	}
	if _, err := w.Rotation.Rotate(t.Context(), w.Actor(w.Account(1, "clerk")), seal.NewKey(), false, nil); err == nil {
		t.Error("somebody without the right changes the key")
	}
	sum, err := w.Rotation.Rotate(t.Context(), w.Super, seal.NewKey(), false, nil)
	if err != nil || sum.Unreadable != 0 || sum.From != old {
		t.Fatalf("%+v, %v", sum, err)
	}
	if left := w.under(old); len(left) != 0 {
		t.Errorf("under the old key there still is something in %v", left)
	}
	works()
	log := w.want(200, apptest.SuperName, "GET", "/v1/audit?limit=500", nil)
	for _, action := range []string{"seal.rotate", "seal.rotated"} {
		if !strings.Contains(string(log.body), `"`+action+`"`) {
			t.Errorf("the action log has no %s", action)
		}
	}
	if r := w.want(200, apptest.SuperName, "GET", "/v1/system", nil); !strings.Contains(string(r.body), "seal.elsewhere") {
		t.Errorf("the operator is not told to put the key in its place: %s", r.body)
	}
	w.Verify()
}

// A backup of before the change is restored with the old key, one of after it with
// the new one.
func TestBackupsKeepTheirMasterKey(t *testing.T) {
	w := open(t)
	back := func() (io.Reader, string) {
		var out bytes.Buffer
		sum, err := w.Backup.Write(t.Context(), w.Super, &out, false)
		if err != nil {
			t.Fatal(err)
		}
		return &out, sum.Header.KeyID
	}
	_, before := back()
	sum, err := w.Rotation.Rotate(t.Context(), w.Super, seal.NewKey(), false, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, after := back(); before != sum.From || after != sum.To {
		t.Errorf("the backups name %s and %s, the keys are %s and %s", before, after, sum.From, sum.To)
	}
}
