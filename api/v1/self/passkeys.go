package self

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"stoa/api/v1/rest"
	"stoa/api/wire"
	"stoa/app/captcha"
	"stoa/app/passkey"
	"stoa/app/session"
)

// Passkey is a key that signs its owner in.
type Passkey struct {
	ID         uint64     `json:"id"`
	Name       string     `json:"name"`
	Host       string     `json:"host" description:"that it was made on, and is good for"`
	Synced     bool       `json:"synced" description:"its maker keeps copies of it on other devices"`
	CreatedAt  time.Time  `json:"created_at"`
	LastUsedAt *time.Time `json:"last_used_at,omitempty"`
}

// Ceremony is the first half of making or showing a passkey.
type Ceremony struct {
	Ceremony  string `json:"ceremony" description:"to be sent back with the answer; good once, for five minutes"`
	PublicKey any    `json:"public_key" description:"options for navigator.credentials, as JSON (W3C Web Authentication)"`
}

// PasskeyAnswer is what the browser answered.
type PasskeyAnswer struct {
	Ceremony   string          `json:"ceremony"`
	Credential json.RawMessage `json:"credential" description:"PublicKeyCredential.toJSON()"`
}

// PasskeyNew keeps a new passkey.
type PasskeyNew struct {
	Name string `json:"name" minLength:"1" maxLength:"64" description:"tells one's passkeys apart"`
	PasskeyAnswer
}

// PasskeyChange renames a passkey.
type PasskeyChange struct {
	Name string `json:"name" minLength:"1" maxLength:"64"`
}

// Confirmation is the caller's password where the sign-in is a while ago.
type Confirmation struct {
	Password string `json:"password,omitempty" format:"password" description:"may be left out within ten minutes of the sign-in"`
}

// PuzzleRequest says what a puzzle is for.
type PuzzleRequest struct {
	Login string `json:"login" description:"user name, e-mail or phone of the sign-in, the code or the link that follows"`
}

// Puzzle is a proof of work to find, as ALTCHA has it.
type Puzzle struct {
	Algorithm string `json:"algorithm" enum:"SHA-256"`
	Challenge string `json:"challenge" description:"hex SHA-256 of the salt and the number, in decimal, behind it"`
	MaxNumber int64  `json:"maxnumber" description:"the number is not greater"`
	Salt      string `json:"salt"`
	Signature string `json:"signature"`
}

func (h handlers) passkeyRoutes() []wire.Route {
	const mine, tag, none = "/v1/me/passkeys", "me", http.StatusNoContent
	return []wire.Route{
		{Method: "GET", Path: mine, Name: "v1.me.passkeys", Handle: h.passkeys, Query: rest.Listing{}, Long: true, Out: rest.Page[Passkey]{}, Tag: tag,
			Summary: "List my passkeys"},
		{Method: "POST", Path: mine + "/options", Name: "v1.me.passkey_options", Handle: h.passkeyOptions, In: Confirmation{}, Out: Ceremony{},
			Tag: tag, Summary: "Begin a new passkey"},
		{Method: "POST", Path: mine, Name: "v1.me.passkey_create", Handle: h.createPasskey, In: PasskeyNew{}, Out: Passkey{},
			Status: http.StatusCreated, Tag: tag, Summary: "Keep the new passkey"},
		{Method: "PATCH", Path: mine + "/{id}", Name: "v1.me.passkey_update", Handle: h.renamePasskey, In: PasskeyChange{}, Out: Passkey{},
			Tag: tag, Summary: "Rename a passkey of mine"},
		{Method: "DELETE", Path: mine + "/{id}", Name: "v1.me.passkey_delete", Handle: h.deletePasskey, Status: none, Tag: tag,
			Summary: "Remove a passkey of mine"},
		{Method: "POST", Path: "/v1/passkeys/options", Name: "v1.passkeys.options", Handle: h.proveOptions, Public: true, Out: Ceremony{},
			Tag: "sessions", Summary: "Begin a sign-in by passkey"},
		{Method: "POST", Path: "/v1/sessions/current/passkey", Name: "v1.sessions.strengthen", Handle: h.strengthen, In: PasskeyAnswer{},
			Status: none, Tag: "sessions", Summary: "Show a passkey as second factor of this session"},
		{Method: "POST", Path: "/v1/puzzles", Name: "v1.puzzles.create", Handle: h.puzzle, Public: true, In: PuzzleRequest{}, Out: Puzzle{},
			Tag: "sessions", Summary: "Get a puzzle whose solution a sign-in needs after failures"},
	}
}

// origin is where the caller's browser is, as far as passkeys are concerned: at
// the configured public address, or where the request came in.
func (h handlers) origin(c *wire.Call) string {
	host := c.Request().Host
	local := host == "localhost" || strings.HasPrefix(host, "localhost:")
	if public := h.app.Config.PublicURL; public != "" && !local {
		return public
	}
	scheme := "http"
	if c.Secure() {
		scheme = "https"
	}
	return scheme + "://" + host
}

func (h handlers) passkeyLogin(c *wire.Call, in *PasskeyAnswer, device string) session.PasskeyLogin {
	return session.PasskeyLogin{Answer: in.answer(), Origin: h.origin(c), Device: device}
}

func (a *PasskeyAnswer) answer() passkey.Answer {
	return passkey.Answer{Ceremony: a.Ceremony, Credential: a.Credential}
}

func passkeyView(k passkey.Key) Passkey {
	return Passkey{ID: k.ID, Name: k.Name, Host: k.Host, Synced: k.Synced, CreatedAt: k.Created.UTC(), LastUsedAt: rest.Moment(k.LastUsed)}
}

var passkeyColumns = []rest.Column[Passkey]{
	rest.Col("id", "编号", func(k *Passkey) any { return k.ID }),
	rest.Col("name", "名称", func(k *Passkey) any { return k.Name }),
	rest.Col("host", "网站", func(k *Passkey) any { return k.Host }),
	rest.Col("created_at", "创建时间", func(k *Passkey) any { return k.CreatedAt }),
	rest.Col("last_used_at", "最近使用", func(k *Passkey) any { return k.LastUsedAt }),
}

func (h handlers) passkeys(c *wire.Call) (any, error) {
	var at rest.Listing
	if err := c.Bind(&at); err != nil {
		return nil, err
	}
	return rest.List[Passkey]{Name: "passkeys", Columns: passkeyColumns, Fetch: func(at rest.Listing) (rest.Page[Passkey], error) {
		keys, err := h.app.Passkey.List(c.Ctx(), c.Actor)
		if err != nil {
			return rest.Page[Passkey]{}, err
		}
		all := make([]Passkey, len(keys))
		for i, k := range keys {
			all[i] = passkeyView(k)
		}
		return rest.Slice(all, at)
	}}.Serve(c, at)
}

func (h handlers) passkeyOptions(c *wire.Call) (any, error) {
	var in Confirmation
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if err := h.app.Session.Confirm(c.Ctx(), c.Actor, in.Password); err != nil {
		return nil, err
	}
	start, err := h.app.Passkey.StartRegister(c.Ctx(), c.Actor, h.origin(c))
	return Ceremony{start.Ceremony, start.Options}, err
}

func (h handlers) createPasskey(c *wire.Call) (any, error) {
	var in PasskeyNew
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	k, err := h.app.Session.RegisterPasskey(c.Ctx(), c.Actor, h.origin(c), in.Name, in.answer())
	if err != nil {
		return nil, err
	}
	return wire.Created{Location: "/v1/me/passkeys/" + strconv.FormatUint(k.ID, 10), Value: passkeyView(*k)}, nil
}

func (h handlers) renamePasskey(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	var in PasskeyChange
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	k, err := h.app.Passkey.Rename(c.Ctx(), c.Actor, id, in.Name)
	if err != nil {
		return nil, err
	}
	return passkeyView(*k), nil
}

func (h handlers) deletePasskey(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	return wire.NoContent{}, h.app.Passkey.Remove(c.Ctx(), c.Actor, id)
}

func (h handlers) proveOptions(c *wire.Call) (any, error) {
	start, err := h.app.Passkey.StartProve(c.Ctx(), h.app.Now(), h.origin(c))
	return Ceremony{start.Ceremony, start.Options}, err
}

func (h handlers) strengthen(c *wire.Call) (any, error) {
	var in PasskeyAnswer
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	return wire.NoContent{}, h.app.Session.Strengthen(c.Ctx(), c.Actor, h.passkeyLogin(c, &in, ""))
}

func (h handlers) puzzle(c *wire.Call) (any, error) {
	var in PuzzleRequest
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	p, err := h.app.Captcha.Puzzle(c.Ctx(), captcha.Name(in.Login), c.Origin().Address)
	return Puzzle{p.Algorithm, p.Challenge, p.MaxNumber, p.Salt, p.Signature}, err
}
