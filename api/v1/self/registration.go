package self

import (
	"net/http"

	"stoa/api/v1/rest"
	"stoa/api/v1/view"
	"stoa/api/wire"
	"stoa/app/account"
	"stoa/app/captcha"
	"stoa/app/fault"
)

// OrganisationRef is an organisation that takes registrations.
type OrganisationRef struct {
	ID   uint64 `json:"id"`
	Name string `json:"name"`
}

// CodeRequest asks for a code to be sent to a phone.
type CodeRequest struct {
	Phone   string `json:"phone"`
	Tenant  uint64 `json:"tenant,omitempty" description:"the organisation to sign up in; not needed to sign in"`
	Purpose string `json:"purpose,omitempty" enum:"signup,login" description:"left out: signup"`
	Proof   string `json:"proof,omitempty" description:"solution of a puzzle, once captcha.required was answered"`
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
	Proof string `json:"proof,omitempty" description:"solution of a puzzle, once captcha.required was answered"`
}

// PasswordReset sets a new password by a link.
type PasswordReset struct {
	Token    string `json:"token"`
	Password string `json:"password" format:"password"`
}

func (h handlers) registrationRoutes() []wire.Route {
	const tag, none = "registration", http.StatusNoContent
	return []wire.Route{
		{Method: "GET", Path: "/v1/registration/organisations", Name: "v1.registration.organisations", Handle: h.openOrganisations,
			Public: true, Query: rest.Listing{}, Out: rest.Page[OrganisationRef]{}, Tag: tag, Summary: "List organisations that are open for registration"},
		{Method: "POST", Path: "/v1/registration/codes", Name: "v1.registration.code", Handle: h.sendCode, Public: true,
			In: CodeRequest{}, Status: none, Tag: tag, Summary: "Send a code to a phone"},
		{Method: "POST", Path: "/v1/registration", Name: "v1.registration.create", Handle: h.register, Public: true,
			In: Registration{}, Out: view.Account{}, Status: http.StatusCreated, Tag: tag, Summary: "Sign up"},
		{Method: "POST", Path: "/v1/password/forgot", Name: "v1.password.forgot", Handle: h.forgot, Public: true,
			In: Forgotten{}, Out: Accepted{}, Status: http.StatusAccepted, Tag: tag, Summary: "Send a link to set a new password"},
		{Method: "POST", Path: "/v1/password/reset", Name: "v1.password.reset", Handle: h.reset, Public: true,
			In: PasswordReset{}, Status: none, Tag: tag, Summary: "Set a new password by the link"},
	}
}

// Accepted says that something will be done if it can be. It says the same
// whether it can or not.
type Accepted struct {
	Detail string `json:"detail"`
}

func (h handlers) openOrganisations(c *wire.Call) (any, error) {
	var at rest.Listing
	if err := c.Bind(&at); err != nil {
		return nil, err
	}
	if c.Query().Get("limit") == "" {
		at.Limit = rest.MaxLimit
	}
	units, err := h.app.Org.Open(c.Ctx())
	if err != nil {
		return nil, err
	}
	all := make([]OrganisationRef, len(units))
	for i := range units {
		all[i] = OrganisationRef{ID: units[i].ID, Name: units[i].Name}
	}
	return rest.List[OrganisationRef]{Name: "organisations", Columns: []rest.Column[OrganisationRef]{
		rest.Col("id", "编号", func(o *OrganisationRef) any { return o.ID }),
		rest.Col("name", "名称", func(o *OrganisationRef) any { return o.Name }),
	}, Fetch: func(at rest.Listing) (rest.Page[OrganisationRef], error) { return rest.Slice(all, at) }}.Serve(c, at)
}

func (h handlers) sendCode(c *wire.Call) (any, error) {
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
	return wire.NoContent{}, h.proven(c, in.Phone, in.Proof, func() error {
		return h.app.Account.SendCode(c.Ctx(), c.Origin(), in.Purpose, in.Phone, in.Tenant)
	})
}

// proven sends a message to a login or a phone and counts it. Whoever has had many
// sent, or failed often, solves a puzzle first; it says nothing of whether there is
// such an account.
func (h handlers) proven(c *wire.Call, to, proof string, send func() error) error {
	name, address := captcha.Name(to), c.Origin().Address
	if err := h.app.Captcha.Demand(c.Ctx(), name, address, proof); err != nil {
		return err
	}
	if err := send(); err != nil {
		return err
	}
	return h.app.Captcha.Failed(c.Ctx(), name, address)
}

func (h handlers) register(c *wire.Call) (any, error) {
	var in Registration
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	row, err := h.app.Account.SignUp(c.Ctx(), c.Origin(), account.SignUp{Name: in.Name, Password: in.Password, Phone: in.Phone,
		Code: in.Code, Tenant: in.Tenant, Nickname: in.Nickname})
	if err != nil {
		return nil, err
	}
	a, err := view.OneAccount(c.Ctx(), h.app, row)
	if err != nil {
		return nil, err
	}
	return rest.Created("accounts", a.ID, a), nil
}

func (h handlers) forgot(c *wire.Call) (any, error) {
	var in Forgotten
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	err := h.proven(c, in.Login, in.Proof, func() error { return h.app.Account.ForgotPassword(c.Ctx(), c.Origin(), in.Login) })
	if err != nil {
		return nil, err
	}
	return Accepted{Detail: "if there is such an account with an e-mail or a phone, a link was sent"}, nil
}

func (h handlers) reset(c *wire.Call) (any, error) {
	var in PasswordReset
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	return wire.NoContent{}, h.app.Account.ResetPassword(c.Ctx(), c.Origin(), in.Token, in.Password)
}
