package v1

import (
	"net/http"

	"stoa/api/wire"
	"stoa/app/account"
	"stoa/app/fault"
)

// CodeRequest asks for a code to be sent to a phone.
type CodeRequest struct {
	Phone   string `json:"phone"`
	Tenant  uint64 `json:"tenant,omitempty" description:"the organisation to sign up in; not needed to sign in"`
	Purpose string `json:"purpose,omitempty" enum:"signup,login" description:"left out: signup"`
}

// Registration is what somebody gives who signs up.
type Registration struct {
	Name     string `json:"name"`
	Password string `json:"password" format:"password"`
	Phone    string `json:"phone"`
	Code     string `json:"code" description:"the code sent to the phone"`
	Tenant   uint64 `json:"tenant"`
	Nickname string `json:"nickname,omitempty"`
}

// Forgotten names the account whose password was forgotten.
type Forgotten struct {
	Login string `json:"login" description:"user name, e-mail or phone"`
}

// PasswordReset sets a new password by a link.
type PasswordReset struct {
	Token    string `json:"token"`
	Password string `json:"password" format:"password"`
}

func (d *door) registrationRoutes() []wire.Route {
	const tag, none = "registration", http.StatusNoContent
	return []wire.Route{
		{Method: "GET", Path: "/v1/registration/organisations", Name: "v1.registration.organisations", Handle: d.openOrganisations,
			Public: true, Query: Listing{}, Out: Page[OrganisationRef]{}, Tag: tag, Summary: "List organisations that are open for registration"},
		{Method: "POST", Path: "/v1/registration/codes", Name: "v1.registration.code", Handle: d.sendCode, Public: true,
			In: CodeRequest{}, Status: none, Tag: tag, Summary: "Send a code to a phone"},
		{Method: "POST", Path: "/v1/registration", Name: "v1.registration.create", Handle: d.register, Public: true,
			In: Registration{}, Out: Account{}, Status: http.StatusCreated, Tag: tag, Summary: "Sign up"},
		{Method: "POST", Path: "/v1/password/forgot", Name: "v1.password.forgot", Handle: d.forgot, Public: true,
			In: Forgotten{}, Out: Accepted{}, Status: http.StatusAccepted, Tag: tag, Summary: "Send a link to set a new password"},
		{Method: "POST", Path: "/v1/password/reset", Name: "v1.password.reset", Handle: d.reset, Public: true,
			In: PasswordReset{}, Status: none, Tag: tag, Summary: "Set a new password by the link"},
	}
}

// Accepted says that something will be done if it can be. It says the same
// whether it can or not.
type Accepted struct {
	Detail string `json:"detail"`
}

func (d *door) openOrganisations(c *wire.Call) (any, error) {
	var at Listing
	if err := c.Bind(&at); err != nil {
		return nil, err
	}
	if c.Query().Get("limit") == "" {
		at.Limit = maxLimit
	}
	units, err := d.app.Org.Open(c.Ctx())
	if err != nil {
		return nil, err
	}
	all := make([]OrganisationRef, len(units))
	for i := range units {
		all[i] = OrganisationRef{ID: units[i].ID, Name: units[i].Name}
	}
	return list[OrganisationRef]{name: "organisations", columns: []column[OrganisationRef]{
		{"id", func(o *OrganisationRef) any { return o.ID }},
		{"name", func(o *OrganisationRef) any { return o.Name }},
	}, fetch: func(at Listing) (Page[OrganisationRef], error) { return slice(all, at) }}.serve(c, at)
}

func (d *door) sendCode(c *wire.Call) (any, error) {
	var in CodeRequest
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	switch in.Purpose {
	case "":
		in.Purpose = account.PurposeSignUp
	case account.PurposeSignUp, account.PurposeLogin:
	default:
		return nil, fault.New(fault.Invalid, "code.purpose", "purpose", "purpose is %q: signup or login are allowed", in.Purpose)
	}
	return wire.NoContent{}, d.app.Account.SendCode(c.Ctx(), c.Origin(), in.Purpose, in.Phone, in.Tenant)
}

func (d *door) register(c *wire.Call) (any, error) {
	var in Registration
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	row, err := d.app.Account.SignUp(c.Ctx(), c.Origin(), account.SignUp{Name: in.Name, Password: in.Password, Phone: in.Phone,
		Code: in.Code, Tenant: in.Tenant, Nickname: in.Nickname})
	if err != nil {
		return nil, err
	}
	a, err := d.account(c.Ctx(), row)
	if err != nil {
		return nil, err
	}
	return created("accounts", a.ID, a), nil
}

func (d *door) forgot(c *wire.Call) (any, error) {
	var in Forgotten
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if err := d.app.Account.ForgotPassword(c.Ctx(), c.Origin(), in.Login); err != nil {
		return nil, err
	}
	return Accepted{Detail: "if there is such an account with an e-mail or a phone, a link was sent"}, nil
}

func (d *door) reset(c *wire.Call) (any, error) {
	var in PasswordReset
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	return wire.NoContent{}, d.app.Account.ResetPassword(c.Ctx(), c.Origin(), in.Token, in.Password)
}
