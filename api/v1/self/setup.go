package self

import (
	"net/http"
	"time"

	"stoa/api/v1/rest"
	"stoa/api/wire"
	"stoa/app/session"
	"stoa/app/setup"
)

// SetupState says whether the installation waits for its first administrator.
type SetupState struct {
	Needed    bool       `json:"needed"`
	ExpiresAt *time.Time `json:"expires_at,omitempty" description:"end of the link that was printed last"`
}

// SetupInput makes the first administrator.
type SetupInput struct {
	Token    string `json:"token" description:"of the one-time link that the server printed"`
	Name     string `json:"name"`
	Email    string `json:"email,omitempty"`
	Phone    string `json:"phone,omitempty"`
	Password string `json:"password" format:"password"`
	Sample   bool   `json:"sample,omitempty" description:"load the example data; it can be removed in one step"`
	Cookie   bool   `json:"cookie,omitempty" description:"set the HttpOnly cookie and leave the token out of the answer"`
}

func (h handlers) setupRoutes() []wire.Route {
	const tag = "setup"
	return []wire.Route{
		{Method: "GET", Path: "/v1/setup", Name: "v1.setup.get", Handle: h.setupState, Public: true, Out: SetupState{}, Tag: tag,
			Summary: "Is the installation set up"},
		{Method: "POST", Path: "/v1/setup", Name: "v1.setup.create", Handle: h.setUp, Public: true, In: SetupInput{}, Out: Grant{},
			Status: http.StatusCreated, Tag: tag, Summary: "Make the first administrator and sign in"},
	}
}

func (h handlers) setupState(c *wire.Call) (any, error) {
	needed, err := h.app.Setup.Needed(c.Ctx())
	if err != nil {
		return nil, err
	}
	return SetupState{Needed: needed, ExpiresAt: rest.Moment(h.app.Setup.Expires())}, nil
}

func (h handlers) setUp(c *wire.Call) (any, error) {
	var in SetupInput
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	admin, err := h.app.Setup.Complete(c.Ctx(), c.Origin(), in.Token, setup.Admin{Name: in.Name, Email: in.Email, Phone: in.Phone,
		Password: in.Password, Sample: in.Sample})
	if err != nil {
		return nil, err
	}
	grant, err := h.app.Session.Login(c.Ctx(), c.Origin(), session.Login{Login: admin.Name, Password: in.Password, AsksOTP: true})
	if err != nil {
		return nil, err
	}
	out, err := h.signedIn(c, grant)
	if err != nil {
		return nil, err
	}
	return withToken(c, out, in.Cookie, "/v1/me"), nil
}
