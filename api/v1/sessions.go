package v1

import (
	"net/http"
	"time"

	"stoa/api/wire"
	"stoa/app/fault"
	"stoa/app/session"
)

// Login is the body of a sign-in: login and password, or phone and code.
type Login struct {
	Login    string `json:"login,omitempty" description:"user name, e-mail or phone"`
	Password string `json:"password,omitempty" format:"password"`
	Phone    string `json:"phone,omitempty" description:"with code, instead of login and password"`
	Code     string `json:"code,omitempty" description:"the code that was sent to the phone"`
	Tenant   uint64 `json:"tenant,omitempty" description:"the organisation meant, where a phone is known in several"`
	OTP      string `json:"otp,omitempty" description:"second factor or recovery code"`
	Device   string `json:"device,omitempty" description:"what the client calls itself"`
	Cookie   bool   `json:"cookie,omitempty" description:"set the HttpOnly cookie and leave the token out of the answer"`
}

// TenantChoice is the body of a switch to another tenant.
type TenantChoice struct {
	Tenant uint64 `json:"tenant"`
}

// SessionQuery says whose sessions are asked for.
type SessionQuery struct {
	Account uint64 `query:"account" description:"0 or left out: the caller's own"`
	Listing
}

func (d *door) sessionRoutes() []wire.Route {
	return []wire.Route{
		{Method: "POST", Path: "/v1/sessions", Name: "v1.sessions.create", Handle: d.signIn, Public: true,
			In: Login{}, Out: Grant{}, Status: http.StatusCreated, Tag: "sessions", Summary: "Sign in"},
		{Method: "DELETE", Path: "/v1/sessions/current", Name: "v1.sessions.end_current", Handle: d.signOut,
			Status: http.StatusNoContent, Tag: "sessions", Summary: "Sign out"},
		{Method: "PUT", Path: "/v1/sessions/current/tenant", Name: "v1.sessions.tenant", Handle: d.switchTenant,
			In: TenantChoice{}, Status: http.StatusNoContent, Tag: "sessions", Summary: "Act in another tenant"},
		{Method: "GET", Path: "/v1/sessions", Name: "v1.sessions.list", Handle: d.sessions, Long: true,
			Query: SessionQuery{}, Out: Page[Session]{}, Tag: "sessions", Summary: "List an account's sessions"},
		{Method: "DELETE", Path: "/v1/sessions/{id}", Name: "v1.sessions.end", Handle: d.endSession,
			Status: http.StatusNoContent, Tag: "sessions", Summary: "End a session"},
	}
}

func (d *door) signIn(c *wire.Call) (any, error) {
	var in Login
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	grant, err := d.login(c, in)
	if err != nil {
		return nil, err
	}
	out, err := d.signedIn(c, grant)
	if err != nil {
		return nil, err
	}
	return withToken(c, out, in.Cookie, "/v1/me"), nil
}

func (d *door) login(c *wire.Call, in Login) (*session.Grant, error) {
	byCode := in.Phone != "" || in.Code != ""
	switch {
	case byCode && (in.Phone == "" || in.Code == ""):
		return nil, fault.New(fault.Missing, "session.code_missing", "code", "phone and code belong together: give both")
	case byCode:
		return d.app.Session.LoginCode(c.Ctx(), c.Origin(), session.CodeLogin{
			Phone: in.Phone, Code: in.Code, OTP: in.OTP, Tenant: in.Tenant, Device: in.Device})
	case in.Login == "":
		return nil, fault.New(fault.Missing, "session.login_missing", "login", "login is missing: give the user name, the e-mail or the phone")
	case in.Password == "":
		return nil, fault.New(fault.Missing, "session.password_missing", "password", "password is missing")
	}
	return d.app.Session.Login(c.Ctx(), c.Origin(), session.Login{
		Login: in.Login, Password: in.Password, OTP: in.OTP, AsksOTP: true, Tenant: in.Tenant, Device: in.Device})
}

func (d *door) signedIn(c *wire.Call, g *session.Grant) (Grant, error) {
	a, err := d.account(c.Ctx(), g.Account)
	return Grant{Token: g.Token, ExpiresAt: g.Expires.UTC(), EndsAt: g.Absolute.UTC(), Account: a}, err
}

// withToken answers with the token, or with the cookie in its place.
func withToken(c *wire.Call, out Grant, cookie bool, location string) any {
	token := out.Token
	if !cookie {
		return wire.Created{Location: location, Value: out}
	}
	out.Token = ""
	return wire.WithCookie{Value: wire.Created{Location: location, Value: out}, Cookie: wire.SessionCookie(token, c.Secure())}
}

// signOut ends the session and takes the cookie away.
func (d *door) signOut(c *wire.Call) (any, error) {
	if err := d.app.Session.Logout(c.Ctx(), c.Actor); err != nil {
		return nil, err
	}
	return wire.WithCookie{Value: wire.NoContent{}, Cookie: wire.SessionCookie("", c.Secure())}, nil
}

func (d *door) switchTenant(c *wire.Call) (any, error) {
	var in TenantChoice
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	_, err := d.app.Session.SwitchTenant(c.Ctx(), c.Actor, in.Tenant)
	return wire.NoContent{}, err
}

func (d *door) sessions(c *wire.Call) (any, error) {
	var q SessionQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	if q.Account == 0 {
		q.Account = c.Actor.Account
	}
	return d.sessionsOf(c, q.Account, q.Listing)
}

func (d *door) sessionsOf(c *wire.Call, account uint64, at Listing) (any, error) {
	return list[Session]{name: "sessions", columns: sessionColumns, fetch: func(at Listing) (Page[Session], error) {
		rows, err := d.app.Session.List(c.Ctx(), c.Actor, account)
		if err != nil {
			return Page[Session]{}, err
		}
		name, err := d.nameOf(c, account)
		if err != nil {
			return Page[Session]{}, err
		}
		all := make([]Session, len(rows))
		for i, s := range rows {
			all[i] = sessionView(s, name)
		}
		return slice(all, at)
	}}.serve(c, at)
}

func sessionView(s session.Info, name string) Session {
	return Session{ID: s.ID, Account: s.Account, AccountName: name, Current: s.Current, Tenant: s.Tenant, Application: s.Application,
		Dialect: s.Dialect, Address: s.Address, UserAgent: s.UserAgent, Device: s.Device, CreatedAt: s.Created.UTC(),
		LastSeenAt: s.LastUsed.UTC(), ExpiresAt: s.Expires.UTC(), EndsAt: s.Absolute.UTC()}
}

var sessionColumns = []column[Session]{
	{"id", func(s *Session) any { return s.ID }},
	{"account", func(s *Session) any { return s.Account }},
	{"dialect", func(s *Session) any { return s.Dialect }},
	{"address", func(s *Session) any { return s.Address }},
	{"user_agent", func(s *Session) any { return s.UserAgent }},
	{"device", func(s *Session) any { return s.Device }},
	{"created_at", func(s *Session) any { return s.CreatedAt }},
	{"last_seen_at", func(s *Session) any { return s.LastSeenAt }},
	{"expires_at", func(s *Session) any { return s.ExpiresAt }},
	{"current", func(s *Session) any { return s.Current }},
}

// nameOf is the name of an account that the caller may see.
func (d *door) nameOf(c *wire.Call, id uint64) (string, error) {
	if id == c.Actor.Account {
		return c.Actor.Name, nil
	}
	a, err := d.app.Account.Get(c.Ctx(), c.Actor, id)
	if err != nil {
		return "", err
	}
	return a.Name, nil
}

func (d *door) endSession(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	return wire.NoContent{}, d.app.Session.End(c.Ctx(), c.Actor, id)
}

// moment is a time for the wire; nil when it is unset.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// value is what a pointer points to; the zero time for none.
func value(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
