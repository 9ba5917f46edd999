package program

import (
	"stoa/api/wire"
	"stoa/app/openid"
)

// AuthorizationStep goes on with a sign-in to an application.
type AuthorizationStep struct {
	Request string `json:"request" description:"as /oauth2/authorize gave it"`
	Approve *bool  `json:"approve,omitempty" description:"what the person said; left out while they were not asked"`
}

// Authorization is what happens next: the browser goes to redirect_to, or its
// person is asked.
type Authorization struct {
	RedirectTo  string         `json:"redirect_to,omitempty"`
	Ask         string         `json:"ask,omitempty" enum:"sign_in,password,second_factor,consent" description:"what the person has to do"`
	Again       bool           `json:"again" description:"somebody is signed in and has to sign in once more"`
	LoginHint   string         `json:"login_hint"`
	Request     string         `json:"request" description:"to go on with"`
	Application AskingProgram  `json:"application"`
	Scopes      []string       `json:"scopes" description:"what is asked for"`
	Known       []string       `json:"known" description:"of which were allowed before"`
	Person      *AskedIdentity `json:"person,omitempty" description:"who is signed in"`
}

// AskingProgram is an application as those see it who are asked by it.
type AskingProgram struct {
	ID          uint64 `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Logo        string `json:"logo"`
	Home        string `json:"home"`
}

// AskedIdentity is who would be signed in to the application.
type AskedIdentity struct {
	ID   uint64 `json:"id"`
	Name string `json:"name"`
}

// FarewellStep goes on with a request of an application to sign out.
type FarewellStep struct {
	Request string `json:"request" description:"as /oauth2/logout gave it"`
	Confirm bool   `json:"confirm,omitempty" description:"the person wants to sign out"`
}

// Farewell says whether the person was signed out, and where the browser goes.
type Farewell struct {
	Application string `json:"application" description:"its name; empty where none is named"`
	RedirectTo  string `json:"redirect_to"`
	Ask         bool   `json:"ask" description:"nobody was signed out yet: the person has to say so"`
}

func (h handlers) authorizationRoutes() []wire.Route {
	return []wire.Route{
		{Method: "POST", Path: "/v1/authorizations", Name: "v1.authorizations.decide", Public: true, Handle: h.decide, In: AuthorizationStep{},
			Out: Authorization{}, Tag: "sessions", Summary: "Go on with a sign-in to an application"},
		{Method: "POST", Path: "/v1/farewells", Name: "v1.farewells.decide", Public: true, Handle: h.farewell, In: FarewellStep{},
			Out: Farewell{}, Tag: "sessions", Summary: "Go on with a request of an application to sign out"},
	}
}

func (h handlers) decide(c *wire.Call) (any, error) {
	var in AuthorizationStep
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	answer, err := h.app.OpenID.Decide(c.Ctx(), c.Actor, in.Request, in.Approve)
	if err != nil {
		return nil, err
	}
	return authorizationView(c, answer), nil
}

func authorizationView(c *wire.Call, a openid.Answer) Authorization {
	out := Authorization{RedirectTo: a.Redirect, Scopes: []string{}, Known: []string{}}
	if a.Ask == nil {
		return out
	}
	app := a.Ask.Application
	out.Ask, out.Again, out.LoginHint, out.Request = a.Ask.Why, a.Ask.Again, a.Ask.Hint, a.Ask.Request
	out.Scopes, out.Known = list(a.Ask.Scopes), list(a.Ask.Known)
	out.Application = AskingProgram{ID: app.ID, Name: app.Name, Description: app.Description, Logo: app.Logo, Home: app.Home}
	if c.Actor.Account != 0 {
		out.Person = &AskedIdentity{ID: c.Actor.Account, Name: c.Actor.Name}
	}
	return out
}

// farewell takes the console's cookie away with the session.
func (h handlers) farewell(c *wire.Call) (any, error) {
	var in FarewellStep
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	f, err := h.app.OpenID.Logout(c.Ctx(), c.Actor, in.Request, in.Confirm)
	if err != nil {
		return nil, err
	}
	out := Farewell{Application: f.Application, RedirectTo: f.Redirect, Ask: f.Ask}
	if f.Ask || c.Actor.Account == 0 {
		return out, nil
	}
	return wire.WithCookie{Value: out, Cookie: wire.SessionCookie("", c.Secure())}, nil
}
