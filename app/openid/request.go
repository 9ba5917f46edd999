package openid

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"stoa/app/application"
	"stoa/app/fault"
	"stoa/store"
)

// Longest parameters of a request, in bytes.
const (
	maxState = 1024
	maxNonce = 512
	maxHint  = 256
)

// sealedAs is the record that requests are sealed for.
const sealedAs = "openid/request"

// request is an authorization request that was found good.
type request struct {
	Client    string   `json:"c"`
	Redirect  string   `json:"r"`
	Scopes    []string `json:"s"`
	State     string   `json:"t,omitempty"`
	Nonce     string   `json:"n,omitempty"`
	Challenge string   `json:"k"`
	Hint      string   `json:"h,omitempty"`
	Subject   string   `json:"u,omitempty"` // who must be signed in, by id_token_hint
	Prompt    []string `json:"p,omitempty"`
	MaxAge    int64    `json:"m"`  // seconds since the sign-in; -1 = any
	At        int64    `json:"at"` // Unix nanoseconds
}

func (r *request) asks(prompt string) bool { return slices.Contains(r.Prompt, prompt) }

// begin finds out who asks and where the answer goes. Its errors are for the
// person at the browser: nothing is sent to an address that was not registered
// (RFC 6749, 4.1.2.1).
func (s *Service) begin(ctx context.Context, v url.Values) (*application.Application, error) {
	if len(v["client_id"]) != 1 || len(v["redirect_uri"]) != 1 {
		return nil, fails(fault.Missing, "invalid_request", "client_id", "client_id and redirect_uri are needed, once each")
	}
	var app *application.Application
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		app, err = s.client(r, v.Get("client_id"))
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, fails(fault.Invalid, "invalid_client", "client_id", "there is no such application, or it may not sign people in at present")
	}
	if err != nil {
		return nil, fault.Wrap(err)
	}
	if !app.MayRedirect(v.Get("redirect_uri")) {
		return nil, fails(fault.Invalid, "invalid_redirect_uri", "redirect_uri", "this redirect URI is none that %s has registered: they are compared to the letter", app.Name)
	}
	return app, nil
}

// parse reads the rest of a request. Its errors are for the application.
func (s *Service) parse(app *application.Application, v url.Values, now time.Time) (*request, *fault.Fault) {
	req := &request{Client: app.ClientID, Redirect: v.Get("redirect_uri"), State: v.Get("state"), MaxAge: -1, At: now.UnixNano()}
	for _, name := range slices.Sorted(keysOf(v)) {
		if len(v[name]) > 1 && known(name) {
			return req, fails(fault.Invalid, "invalid_request", name, "%s is there twice", name)
		}
	}
	for name, most := range map[string]int{"state": maxState, "nonce": maxNonce, "login_hint": maxHint} {
		if given := v.Get(name); len(given) > most || !utf8.ValidString(given) {
			req.State = "" // it may be what is too long
			return req, fails(fault.Invalid, "invalid_request", name, "%s is no text of up to %d bytes", name, most)
		}
	}
	req.Nonce, req.Hint = v.Get("nonce"), v.Get("login_hint")
	for name, code := range map[string]string{"request": "request_not_supported", "request_uri": "request_uri_not_supported", "registration": "registration_not_supported"} {
		if v.Get(name) != "" {
			return req, fails(fault.Invalid, code, name, "%s is not supported: send the parameters themselves", name)
		}
	}
	switch {
	case v.Get("response_type") == "":
		return req, fails(fault.Missing, "invalid_request", "response_type", "response_type is missing: it is code")
	case v.Get("response_type") != "code":
		return req, fails(fault.Invalid, "unsupported_response_type", "response_type", "response_type must be code: the implicit and hybrid flows are not supported")
	case v.Get("response_mode") != "" && v.Get("response_mode") != "query":
		return req, fails(fault.Invalid, "invalid_request", "response_mode", "response_mode must be query")
	case !app.Allows(application.GrantCode):
		return req, application.Unauthorized(application.GrantCode)
	case v.Get("code_challenge") == "" || v.Get("code_challenge_method") != "S256":
		return req, fails(fault.Missing, "invalid_request", "code_challenge", "PKCE is needed: code_challenge with code_challenge_method=S256 (RFC 7636)")
	case !isChallenge(v.Get("code_challenge")):
		return req, fails(fault.Invalid, "invalid_request", "code_challenge", "code_challenge is no SHA-256 in base64url")
	}
	req.Challenge = v.Get("code_challenge")
	return req, s.parseWishes(app, v, req)
}

// parseWishes reads scopes and how the person is to be asked.
func (s *Service) parseWishes(app *application.Application, v url.Values, req *request) *fault.Fault {
	for _, name := range strings.Fields(v.Get("scope")) {
		if slices.Contains(app.Scopes, name) && !slices.Contains(req.Scopes, name) && (name != application.ScopeOffline || app.Allows(application.GrantRefresh)) {
			req.Scopes = append(req.Scopes, name)
		}
	}
	if len(req.Scopes) == 0 {
		return fails(fault.Invalid, "invalid_scope", "scope", "scope holds nothing that the application may ask for: %s", strings.Join(app.Scopes, " "))
	}
	for _, p := range strings.Fields(v.Get("prompt")) {
		if slices.Contains([]string{"none", "login", "consent", "select_account"}, p) && !req.asks(p) {
			req.Prompt = append(req.Prompt, p)
		}
	}
	if req.asks("none") && len(req.Prompt) > 1 {
		return fails(fault.Invalid, "invalid_request", "prompt", "prompt=none goes with no other prompt")
	}
	if age := v.Get("max_age"); age != "" {
		n, err := strconv.ParseInt(age, 10, 32)
		if err != nil || n < 0 {
			return fails(fault.Invalid, "invalid_request", "max_age", "max_age is a number of seconds")
		}
		req.MaxAge = n
	}
	if hint := v.Get("id_token_hint"); hint != "" {
		claims, err := s.hinted(hint)
		if err != nil {
			return fails(fault.Invalid, "invalid_request", "id_token_hint", "id_token_hint is no id token of this server")
		}
		req.Subject = claims.Subject
	}
	return nil
}

// known reports whether a parameter has a meaning here; those may not come twice
// (RFC 6749, 3.1).
func known(name string) bool {
	return slices.Contains([]string{"response_type", "response_mode", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge",
		"code_challenge_method", "prompt", "max_age", "login_hint", "id_token_hint", "request", "request_uri", "registration"}, name)
}

func keysOf(v url.Values) func(func(string) bool) {
	return func(yield func(string) bool) {
		for name := range v {
			if !yield(name) {
				return
			}
		}
	}
}

func isChallenge(s string) bool {
	raw, err := base64.RawURLEncoding.DecodeString(s)
	return err == nil && len(raw) == 32
}

// keep seals a request for its way through the browser.
func (s *Service) keep(v any) (string, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	sealed, err := s.Seal.Seal(plain, sealedAs)
	return base64.RawURLEncoding.EncodeToString(sealed), err
}

// maxKept bounds a sealed request that comes back, in bytes.
const maxKept = 16 << 10

// resume opens a request that keep has sealed, while it is young enough.
func (s *Service) resume(text string, v any, at func() int64, now time.Time) error {
	gone := fault.New(fault.NotFound, "openid.request", "request", "this request has ended or is none of this server: go back to the application and begin again")
	if len(text) > maxKept {
		return gone
	}
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return gone
	}
	plain, err := s.Seal.Unseal(sealed, sealedAs)
	if err != nil || json.Unmarshal(plain, v) != nil {
		return gone
	}
	if age := now.Sub(time.Unix(0, at())); age > requestLife || age < 0 {
		return gone
	}
	return nil
}

// back is where the browser goes with an answer: the redirect URI with values
// added to its query, and who answers (RFC 9207).
func (s *Service) back(redirect, state string, values url.Values) string {
	if state != "" {
		values.Set("state", state)
	}
	values.Set("iss", s.Issuer)
	join := "?"
	if strings.Contains(redirect, "?") {
		join = "&"
	}
	return redirect + join + values.Encode()
}

// refuse is back with an error.
func (s *Service) refuse(req *request, f *fault.Fault) Answer {
	return Answer{Redirect: s.back(req.Redirect, req.State, url.Values{"error": {ErrorOf(f)}, "error_description": {f.Text}})}
}

// ErrorOf is a fault as OAuth names errors.
func ErrorOf(f *fault.Fault) string {
	if name, ok := strings.CutPrefix(f.Code, "openid."); ok && name != "request" {
		return name
	}
	switch {
	case f.Code == "application.refused":
		return "invalid_client"
	case f.Kind == fault.Internal:
		return "server_error"
	case f.Kind == fault.Unavailable || f.Kind == fault.TooMany:
		return "temporarily_unavailable"
	case f.Kind == fault.Denied:
		return "access_denied"
	}
	return "invalid_request"
}
