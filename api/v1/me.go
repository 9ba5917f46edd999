package v1

import (
	"net/http"
	"time"

	"stoa/api/wire"
	"stoa/app/account"
	"stoa/app/session"
)

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

func (d *door) meRoutes() []wire.Route {
	const none = http.StatusNoContent
	return []wire.Route{
		{Method: "GET", Path: "/v1/me", Name: "v1.me.get", Handle: d.me, Out: Me{}, Tag: "me", Summary: "Who am I"},
		{Method: "PATCH", Path: "/v1/me", Name: "v1.me.update", Handle: d.changeMe, In: Profile{}, Out: Account{}, Tag: "me",
			Summary: "Change my profile"},
		{Method: "PUT", Path: "/v1/me/password", Name: "v1.me.password", Handle: d.changePassword, In: PasswordChange{},
			Status: none, Tag: "me", Summary: "Change my password; every other session ends"},
		{Method: "GET", Path: "/v1/me/sessions", Name: "v1.me.sessions", Handle: d.mySessions, Query: Listing{}, Long: true,
			Out: Page[Session]{}, Tag: "me", Summary: "List my sessions"},
		{Method: "DELETE", Path: "/v1/me/sessions", Name: "v1.me.end_sessions", Handle: d.endOthers, Status: none, Tag: "me",
			Summary: "End all my other sessions"},
		{Method: "GET", Path: "/v1/me/token", Name: "v1.me.token", Handle: d.showToken, Out: Token{}, Tag: "me",
			Summary: "Show my personal access token"},
		{Method: "POST", Path: "/v1/me/token", Name: "v1.me.rotate_token", Handle: d.rotateToken, Out: Token{},
			Status: http.StatusCreated, Tag: "me", Summary: "Make a new personal access token; the old one ends"},
		{Method: "DELETE", Path: "/v1/me/token", Name: "v1.me.revoke_token", Handle: d.revokeToken, Status: none, Tag: "me",
			Summary: "Revoke my personal access token"},
		{Method: "POST", Path: "/v1/me/totp", Name: "v1.me.totp_start", Handle: d.startTOTP, Out: Totp{},
			Tag: "me", Summary: "Begin a second factor"},
		{Method: "POST", Path: "/v1/me/totp/confirm", Name: "v1.me.totp_confirm", Handle: d.confirmTOTP, In: TOTPCode{},
			Out: Codes{}, Tag: "me", Summary: "Confirm the second factor with a code of the app"},
		{Method: "DELETE", Path: "/v1/me/totp", Name: "v1.me.totp_stop", Handle: d.stopTOTP, In: PasswordProof{}, Status: none,
			Tag: "me", Summary: "Give up the second factor"},
		{Method: "POST", Path: "/v1/me/recovery-codes", Name: "v1.me.recovery_codes", Handle: d.recoveryCodes,
			In: PasswordProof{}, Out: Codes{}, Tag: "me", Summary: "Make new recovery codes; the old ones end"},
	}
}

func (d *door) me(c *wire.Call) (any, error) {
	by := c.Actor
	row, err := d.app.Account.Get(c.Ctx(), by, by.Account)
	if err != nil {
		return nil, err
	}
	units, err := d.app.Org.Units(c.Ctx(), []uint64{row.Tenant, row.Department, by.Tenant})
	if err != nil {
		return nil, err
	}
	online := by.Session != 0 // nobody who has a session needs looking up
	if !online {
		found, err := d.app.Session.OnlineAll(c.Ctx(), []uint64{by.Account})
		if err != nil {
			return nil, err
		}
		online = found[by.Account]
	}
	me := Me{Account: accountView(row, units, online), Permissions: by.Set.Names(), Roles: rolesOf(by.Roles), Home: by.Home,
		Session: by.Session, MustChangePassword: row.MustChange, SuperAdministrator: by.Super()}
	if t := units[by.Tenant]; t != nil {
		me.Tenant = TenantRef{ID: t.ID, Name: t.Name, Kind: string(t.Kind)}
	}
	if me.Permissions == nil {
		me.Permissions = []string{}
	}
	return tagged(row.Version, me), nil
}

func (d *door) changeMe(c *wire.Call) (any, error) {
	var in Profile
	version, err := decodeChange(c, &in)
	if err != nil {
		return nil, err
	}
	a, err := d.app.Account.Update(c.Ctx(), c.Actor, c.Actor.Account, account.Change{Name: in.Name, Nickname: in.Nickname,
		Email: in.Email, Phone: in.Phone, Avatar: in.Avatar, Telephone: in.Telephone, Duty: in.Duty,
		Enterprise: in.Enterprise, Division: in.Division}, version)
	if err != nil {
		return nil, err
	}
	return d.taggedAccount(c, a)
}

// decodeChange reads a change and the version that it is meant for.
func decodeChange(c *wire.Call, in any) (version uint64, err error) {
	if err := c.Decode(in); err != nil {
		return 0, err
	}
	return ifMatch(c)
}

func (d *door) changePassword(c *wire.Call) (any, error) {
	var in PasswordChange
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	return wire.NoContent{}, d.app.Account.ChangePassword(c.Ctx(), c.Actor, c.Actor.Account, in.Old, in.New)
}

func (d *door) mySessions(c *wire.Call) (any, error) {
	var at Listing
	if err := c.Bind(&at); err != nil {
		return nil, err
	}
	return d.sessionsOf(c, c.Actor.Account, at)
}

func (d *door) endOthers(c *wire.Call) (any, error) {
	_, err := d.app.Session.EndOthers(c.Ctx(), c.Actor)
	return wire.NoContent{}, err
}

func (d *door) showToken(c *wire.Call) (any, error) {
	t, err := d.app.Session.Token(c.Ctx(), c.Actor)
	if err != nil {
		return nil, err
	}
	return tokenView(t), nil
}

func tokenView(t *session.Token) Token {
	return Token{Token: t.Token, CreatedAt: t.Created.UTC(), LastUsedAt: moment(t.LastUsed)}
}

func (d *door) rotateToken(c *wire.Call) (any, error) {
	t, err := d.app.Session.RotateToken(c.Ctx(), c.Actor)
	if err != nil {
		return nil, err
	}
	return wire.Created{Location: "/v1/me/token", Value: tokenView(t)}, nil
}

func (d *door) revokeToken(c *wire.Call) (any, error) {
	return wire.NoContent{}, d.app.Session.RevokeToken(c.Ctx(), c.Actor)
}

func (d *door) startTOTP(c *wire.Call) (any, error) {
	t, err := d.app.Account.StartTOTP(c.Ctx(), c.Actor)
	if err != nil {
		return nil, err
	}
	return Totp{Secret: t.Secret, URL: t.URL}, nil
}

func (d *door) confirmTOTP(c *wire.Call) (any, error) {
	var in TOTPCode
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	codes, err := d.app.Account.ConfirmTOTP(c.Ctx(), c.Actor, in.Code)
	return Codes{codes}, err
}

func (d *door) stopTOTP(c *wire.Call) (any, error) {
	var in PasswordProof
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	return wire.NoContent{}, d.app.Account.StopTOTP(c.Ctx(), c.Actor, in.Password)
}

func (d *door) recoveryCodes(c *wire.Call) (any, error) {
	var in PasswordProof
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	codes, err := d.app.Account.RecoveryCodes(c.Ctx(), c.Actor, in.Password)
	return Codes{codes}, err
}
