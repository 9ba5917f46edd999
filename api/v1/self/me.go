package self

import (
	"net/http"
	"time"

	"stoa/api/v1/rest"
	"stoa/api/v1/view"
	"stoa/api/wire"
	"stoa/app/account"
	"stoa/app/session"
)

// TenantRef is the organisation that somebody acts in.
type TenantRef struct {
	ID   uint64 `json:"id"`
	Name string `json:"name"`
	Kind string `json:"kind" enum:"organisation,channel,company"`
}

// Me is the caller.
type Me struct {
	Account            view.Account   `json:"account"`
	Permissions        []string       `json:"permissions"`
	Roles              []view.RoleRef `json:"roles"`
	Menus              []string       `json:"menus" description:"keys of the console's pages that the caller's roles grant and that are not hidden"`
	Tenant             TenantRef      `json:"tenant" description:"the tenant acted in, which a super administrator may switch"`
	Home               uint64         `json:"home" description:"the tenant that the account belongs to"`
	Session            uint64         `json:"session" description:"id of this session; 0 for a personal token"`
	MustChangePassword bool           `json:"must_change_password"`
	NeedsSecondFactor  bool           `json:"needs_second_factor" description:"the roles count only after a second factor: show one, or set one up"`
	SuperAdministrator bool           `json:"super_administrator"`
}

// Profile is what people may change at their own account.
type Profile struct {
	Name       *string `json:"name,omitempty"`
	Nickname   *string `json:"nickname,omitempty"`
	Email      *string `json:"email,omitempty"`
	Phone      *string `json:"phone,omitempty"`
	Avatar     *string `json:"avatar,omitempty" description:"URL of a picture"`
	Telephone  *string `json:"telephone,omitempty"`
	Duty       *string `json:"duty,omitempty"`
	Enterprise *string `json:"enterprise,omitempty"`
	Division   *string `json:"division,omitempty"`
}

// PasswordChange is a change of one's own password.
type PasswordChange struct {
	Old string `json:"old" format:"password"`
	New string `json:"new" format:"password"`
}

// Token is the personal access token.
type Token struct {
	Token      string     `json:"token"`
	CreatedAt  time.Time  `json:"created_at"`
	LastUsedAt *time.Time `json:"last_used_at,omitempty"`
}

// Totp is what an authenticator app is set up with.
type Totp struct {
	Secret string `json:"secret" description:"base32, to type in"`
	URL    string `json:"url" description:"otpauth:// link"`
}

// TOTPCode is a code of the authenticator app.
type TOTPCode struct {
	Code string `json:"code"`
}

// Codes are shown once.
type Codes struct {
	RecoveryCodes []string `json:"recovery_codes"`
}

// PasswordProof is the caller's password, asked for before a dangerous step.
type PasswordProof struct {
	Password string `json:"password" format:"password"`
}

func (h handlers) meRoutes() []wire.Route {
	const none = http.StatusNoContent
	return []wire.Route{
		{Method: "GET", Path: "/v1/me", Name: "v1.me.get", Handle: h.me, Out: Me{}, Tag: "me", Summary: "Who am I"},
		{Method: "PATCH", Path: "/v1/me", Name: "v1.me.update", Handle: h.changeMe, In: Profile{}, Out: view.Account{}, Tag: "me",
			Summary: "Change my profile"},
		{Method: "PUT", Path: "/v1/me/password", Name: "v1.me.password", Handle: h.changePassword, In: PasswordChange{},
			Status: none, Tag: "me", Summary: "Change my password; every other session ends"},
		{Method: "GET", Path: "/v1/me/sessions", Name: "v1.me.sessions", Handle: h.mySessions, Query: rest.Listing{}, Long: true,
			Out: rest.Page[Session]{}, Tag: "me", Summary: "List my sessions"},
		{Method: "DELETE", Path: "/v1/me/sessions", Name: "v1.me.end_sessions", Handle: h.endOthers, Status: none, Tag: "me",
			Summary: "End all my other sessions"},
		{Method: "GET", Path: "/v1/me/token", Name: "v1.me.token", Handle: h.showToken, Out: Token{}, Tag: "me",
			Summary: "Show my personal access token"},
		{Method: "POST", Path: "/v1/me/token", Name: "v1.me.rotate_token", Handle: h.rotateToken, Out: Token{},
			Status: http.StatusCreated, Tag: "me", Summary: "Make a new personal access token; the old one ends"},
		{Method: "DELETE", Path: "/v1/me/token", Name: "v1.me.revoke_token", Handle: h.revokeToken, Status: none, Tag: "me",
			Summary: "Revoke my personal access token"},
		{Method: "POST", Path: "/v1/me/totp", Name: "v1.me.totp_start", Handle: h.startTOTP, Out: Totp{},
			Tag: "me", Summary: "Begin a second factor"},
		{Method: "POST", Path: "/v1/me/totp/confirm", Name: "v1.me.totp_confirm", Handle: h.confirmTOTP, In: TOTPCode{},
			Out: Codes{}, Tag: "me", Summary: "Confirm the second factor with a code of the app"},
		{Method: "DELETE", Path: "/v1/me/totp", Name: "v1.me.totp_stop", Handle: h.stopTOTP, In: PasswordProof{}, Status: none,
			Tag: "me", Summary: "Give up the second factor"},
		{Method: "POST", Path: "/v1/me/recovery-codes", Name: "v1.me.recovery_codes", Handle: h.recoveryCodes,
			In: PasswordProof{}, Out: Codes{}, Tag: "me", Summary: "Make new recovery codes; the old ones end"},
	}
}

func (h handlers) me(c *wire.Call) (any, error) {
	by := c.Actor
	row, err := h.app.Account.Get(c.Ctx(), by, by.Account)
	if err != nil {
		return nil, err
	}
	units, err := h.app.Org.Units(c.Ctx(), []uint64{row.Tenant, row.Department, by.Tenant})
	if err != nil {
		return nil, err
	}
	online := by.Session != 0 // nobody who has a session needs looking up
	if !online {
		found, err := h.app.Session.OnlineAll(c.Ctx(), []uint64{by.Account})
		if err != nil {
			return nil, err
		}
		online = found[by.Account]
	}
	own := []view.Account{view.OfAccount(h.app, row, units, online)}
	if err := view.FillPositions(c.Ctx(), h.app, []account.Account{*row}, own); err != nil {
		return nil, err
	}
	me := Me{Account: own[0], Permissions: by.Set.Names(), Roles: view.RolesOf(h.app, by.Roles), Menus: h.app.Role.Pages(by), Home: by.Home,
		Session: by.Session, MustChangePassword: row.MustChange, NeedsSecondFactor: by.Weak, SuperAdministrator: by.Super()}
	if t := units[by.Tenant]; t != nil {
		me.Tenant = TenantRef{ID: t.ID, Name: t.Name, Kind: string(t.Kind)}
	}
	if me.Permissions == nil {
		me.Permissions = []string{}
	}
	if me.Menus == nil {
		me.Menus = []string{}
	}
	return rest.Tagged(row.Version, me), nil
}

func (h handlers) changeMe(c *wire.Call) (any, error) {
	var in Profile
	version, err := rest.DecodeChange(c, &in)
	if err != nil {
		return nil, err
	}
	a, err := h.app.Account.Update(c.Ctx(), c.Actor, c.Actor.Account, account.Change{Name: in.Name, Nickname: in.Nickname,
		Email: in.Email, Phone: in.Phone, Avatar: in.Avatar, Telephone: in.Telephone, Duty: in.Duty,
		Enterprise: in.Enterprise, Division: in.Division}, version)
	if err != nil {
		return nil, err
	}
	return view.TaggedAccount(c, h.app, a)
}

func (h handlers) changePassword(c *wire.Call) (any, error) {
	var in PasswordChange
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	return wire.NoContent{}, h.app.Credential.ChangePassword(c.Ctx(), c.Actor, c.Actor.Account, in.Old, in.New)
}

func (h handlers) mySessions(c *wire.Call) (any, error) {
	var at rest.Listing
	if err := c.Bind(&at); err != nil {
		return nil, err
	}
	return h.sessionsOf(c, c.Actor.Account, at)
}

func (h handlers) endOthers(c *wire.Call) (any, error) {
	_, err := h.app.Session.EndOthers(c.Ctx(), c.Actor)
	return wire.NoContent{}, err
}

func (h handlers) showToken(c *wire.Call) (any, error) {
	t, err := h.app.Session.Token(c.Ctx(), c.Actor)
	if err != nil {
		return nil, err
	}
	return tokenView(t), nil
}

func tokenView(t *session.Token) Token {
	return Token{Token: t.Token, CreatedAt: t.Created.UTC(), LastUsedAt: rest.Moment(t.LastUsed)}
}

func (h handlers) rotateToken(c *wire.Call) (any, error) {
	t, err := h.app.Session.RotateToken(c.Ctx(), c.Actor)
	if err != nil {
		return nil, err
	}
	return wire.Created{Location: "/v1/me/token", Value: tokenView(t)}, nil
}

func (h handlers) revokeToken(c *wire.Call) (any, error) {
	return wire.NoContent{}, h.app.Session.RevokeToken(c.Ctx(), c.Actor)
}

func (h handlers) startTOTP(c *wire.Call) (any, error) {
	t, err := h.app.Credential.StartTOTP(c.Ctx(), c.Actor)
	if err != nil {
		return nil, err
	}
	return Totp{Secret: t.Secret, URL: t.URL}, nil
}

func (h handlers) confirmTOTP(c *wire.Call) (any, error) {
	var in TOTPCode
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	codes, err := h.app.Credential.ConfirmTOTP(c.Ctx(), c.Actor, in.Code)
	return Codes{codes}, err
}

func (h handlers) stopTOTP(c *wire.Call) (any, error) {
	var in PasswordProof
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	return wire.NoContent{}, h.app.Credential.StopTOTP(c.Ctx(), c.Actor, in.Password)
}

func (h handlers) recoveryCodes(c *wire.Call) (any, error) {
	var in PasswordProof
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	codes, err := h.app.Credential.RecoveryCodes(c.Ctx(), c.Actor, in.Password)
	return Codes{codes}, err
}
