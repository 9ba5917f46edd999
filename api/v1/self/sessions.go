package self

import (
	"net/http"
	"time"

	"stoa/api/v1/rest"
	"stoa/api/v1/view"
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/fault"
	"stoa/app/session"
)

// Session is one sign-in.
type Session struct {
	ID          uint64    `json:"id"`
	Account     uint64    `json:"account"`
	AccountName string    `json:"account_name"`
	Current     bool      `json:"current" description:"the session of this very call"`
	Tenant      uint64    `json:"tenant" description:"acted in"`
	Application uint64    `json:"application" description:"0 = a person's session"`
	Dialect     string    `json:"dialect" description:"the API that it was opened through"`
	Address     string    `json:"address"`
	UserAgent   string    `json:"user_agent"`
	Device      string    `json:"device"`
	CreatedAt   time.Time `json:"created_at"`
	LastSeenAt  time.Time `json:"last_seen_at" description:"to the minute"`
	ExpiresAt   time.Time `json:"expires_at" description:"when it ends if nothing is done with it"`
	EndsAt      time.Time `json:"ends_at" description:"when it ends in any case"`
}

// Grant is a new session.
type Grant struct {
	Token     string       `json:"token,omitempty" description:"left out when the cookie was asked for"`
	ExpiresAt time.Time    `json:"expires_at" description:"when the session ends if nothing is done with it"`
	EndsAt    time.Time    `json:"ends_at" description:"when the session ends in any case"`
	Account   view.Account `json:"account"`
}

// Login is the body of a sign-in: login and password, phone and code, or a passkey.
type Login struct {
	Login    string         `json:"login,omitempty" description:"user name, e-mail or phone"`
	Password string         `json:"password,omitempty" format:"password"`
	Phone    string         `json:"phone,omitempty" description:"with code, instead of login and password"`
	Code     string         `json:"code,omitempty" description:"the code that was sent to the phone"`
	Tenant   uint64         `json:"tenant,omitempty" description:"the organisation meant, where a phone is known in several"`
	OTP      string         `json:"otp,omitempty" description:"second factor or recovery code"`
	Device   string         `json:"device,omitempty" description:"what the client calls itself"`
	Passkey  *PasskeyAnswer `json:"passkey,omitempty" description:"instead of login and password"`
	Proof    string         `json:"proof,omitempty" description:"solution of a puzzle, once captcha.required was answered"`
	Cookie   bool           `json:"cookie,omitempty" description:"set the HttpOnly cookie and leave the token out of the answer"`
}

// TenantChoice is the body of a switch to another tenant.
type TenantChoice struct {
	Tenant uint64 `json:"tenant"`
}

// SessionQuery says whose sessions are asked for.
type SessionQuery struct {
	Account uint64 `query:"account" description:"0 or left out: the caller's own"`
	rest.Listing
}

func (h handlers) sessionRoutes() []wire.Route {
	return []wire.Route{
		{Method: "POST", Path: "/v1/sessions", Name: "v1.sessions.create", Handle: h.signIn, Public: true,
			In: Login{}, Out: Grant{}, Status: http.StatusCreated, Tag: "sessions", Summary: "Sign in"},
		{Method: "DELETE", Path: "/v1/sessions/current", Name: "v1.sessions.end_current", Handle: h.signOut,
			Status: http.StatusNoContent, Tag: "sessions", Summary: "Sign out"},
		{Method: "PUT", Path: "/v1/sessions/current/tenant", Name: "v1.sessions.tenant", Needs: access.Of(access.TenantSwitch), Handle: h.switchTenant,
			In: TenantChoice{}, Status: http.StatusNoContent, Tag: "sessions", Summary: "Act in another tenant"},
		{Method: "GET", Path: "/v1/sessions", Name: "v1.sessions.list", Handle: h.sessions, Long: true,
			Query: SessionQuery{}, Out: rest.Page[Session]{}, Tag: "sessions", Summary: "List an account's sessions"},
		{Method: "DELETE", Path: "/v1/sessions/{id}", Name: "v1.sessions.end", Handle: h.endSession,
			Status: http.StatusNoContent, Tag: "sessions", Summary: "End a session"},
	}
}

func (h handlers) signIn(c *wire.Call) (any, error) {
	var in Login
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	grant, err := h.login(c, in)
	if err != nil {
		return nil, err
	}
	out, err := h.signedIn(c, grant)
	if err != nil {
		return nil, err
	}
	return withToken(c, out, in.Cookie, "/v1/me"), nil
}

func (h handlers) login(c *wire.Call, in Login) (*session.Grant, error) {
	if in.Passkey != nil {
		return h.app.Session.LoginPasskey(c.Ctx(), c.Origin(), h.passkeyLogin(c, in.Passkey, in.Device))
	}
	byCode := in.Phone != "" || in.Code != ""
	switch {
	case byCode && (in.Phone == "" || in.Code == ""):
		return nil, fault.New(fault.Missing, "session.code_missing", "code", "phone and code belong together: give both")
	case byCode:
		return h.app.Session.LoginCode(c.Ctx(), c.Origin(), session.CodeLogin{
			Phone: in.Phone, Code: in.Code, OTP: in.OTP, Tenant: in.Tenant, Device: in.Device})
	case in.Login == "":
		return nil, fault.New(fault.Missing, "session.login_missing", "login", "login is missing: give the user name, the e-mail or the phone")
	case in.Password == "":
		return nil, fault.New(fault.Missing, "session.password_missing", "password", "password is missing")
	}
	return h.app.Session.Login(c.Ctx(), c.Origin(), session.Login{
		Login: in.Login, Password: in.Password, OTP: in.OTP, AsksOTP: true, Tenant: in.Tenant, Device: in.Device, Proof: in.Proof})
}

func (h handlers) signedIn(c *wire.Call, g *session.Grant) (Grant, error) {
	a, err := view.OneAccount(c.Ctx(), h.app, g.Account)
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
func (h handlers) signOut(c *wire.Call) (any, error) {
	if err := h.app.Session.Logout(c.Ctx(), c.Actor); err != nil {
		return nil, err
	}
	return wire.WithCookie{Value: wire.NoContent{}, Cookie: wire.SessionCookie("", c.Secure())}, nil
}

func (h handlers) switchTenant(c *wire.Call) (any, error) {
	var in TenantChoice
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	_, err := h.app.Session.SwitchTenant(c.Ctx(), c.Actor, in.Tenant)
	return wire.NoContent{}, err
}

func (h handlers) sessions(c *wire.Call) (any, error) {
	var q SessionQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	if q.Account == 0 {
		q.Account = c.Actor.Account
	}
	return h.sessionsOf(c, q.Account, q.Listing)
}

func (h handlers) sessionsOf(c *wire.Call, account uint64, at rest.Listing) (any, error) {
	return rest.List[Session]{Name: "sessions", Columns: sessionColumns, Fetch: func(at rest.Listing) (rest.Page[Session], error) {
		rows, err := h.app.Session.List(c.Ctx(), c.Actor, account)
		if err != nil {
			return rest.Page[Session]{}, err
		}
		name, err := h.nameOf(c, account)
		if err != nil {
			return rest.Page[Session]{}, err
		}
		all := make([]Session, len(rows))
		for i, s := range rows {
			all[i] = sessionView(s, name)
		}
		return rest.Slice(all, at)
	}}.Serve(c, at)
}

func sessionView(s session.Info, name string) Session {
	return Session{ID: s.ID, Account: s.Account, AccountName: name, Current: s.Current, Tenant: s.Tenant, Application: s.Application,
		Dialect: s.Dialect, Address: s.Address, UserAgent: s.UserAgent, Device: s.Device, CreatedAt: s.Created.UTC(),
		LastSeenAt: s.LastUsed.UTC(), ExpiresAt: s.Expires.UTC(), EndsAt: s.Absolute.UTC()}
}

var sessionColumns = []rest.Column[Session]{
	rest.Col("id", "编号", func(s *Session) any { return s.ID }),
	rest.Col("account", "账号编号", func(s *Session) any { return s.Account }),
	rest.Col("dialect", "API", func(s *Session) any { return s.Dialect }),
	rest.Col("address", "地址", func(s *Session) any { return s.Address }),
	rest.Col("user_agent", "客户端", func(s *Session) any { return s.UserAgent }),
	rest.Col("device", "设备", func(s *Session) any { return s.Device }),
	rest.Col("created_at", "创建时间", func(s *Session) any { return s.CreatedAt }),
	rest.Col("last_seen_at", "最近活动", func(s *Session) any { return s.LastSeenAt }),
	rest.Col("expires_at", "到期时间", func(s *Session) any { return s.ExpiresAt }),
	rest.Col("current", "当前会话", func(s *Session) any { return s.Current }),
}

// nameOf is the name of an account that the caller may see.
func (h handlers) nameOf(c *wire.Call, id uint64) (string, error) {
	if id == c.Actor.Account {
		return c.Actor.Name, nil
	}
	a, err := h.app.Account.Get(c.Ctx(), c.Actor, id)
	if err != nil {
		return "", err
	}
	return a.Name, nil
}

func (h handlers) endSession(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	return wire.NoContent{}, h.app.Session.End(c.Ctx(), c.Actor, id)
}
