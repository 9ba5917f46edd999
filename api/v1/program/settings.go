package program

import (
	"net/http"
	"time"

	"stoa/api/v1/rest"
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/application"
	"stoa/app/fault"
)

// ApplicationChange changes what is given.
type ApplicationChange struct {
	Name         *string   `json:"name,omitempty"`
	Description  *string   `json:"description,omitempty" maxLength:"500"`
	State        *string   `json:"state,omitempty" enum:"normal,disabled,frozen" description:"frozen: by super administrators alone; other than normal ends its tokens"`
	Grants       *[]string `json:"grants,omitempty"`
	GrantTypes   *[]string `json:"grant_types,omitempty"`
	RedirectURIs *[]string `json:"redirect_uris,omitempty" maxItems:"20"`
	LogoutURIs   *[]string `json:"logout_uris,omitempty" maxItems:"20"`
	Scopes       *[]string `json:"scopes,omitempty"`
	Logo         *string   `json:"logo,omitempty"`
	Home         *string   `json:"home,omitempty"`
	Everyone     *bool     `json:"everyone,omitempty"`
	Trusted      *bool     `json:"trusted,omitempty"`
}

// Rotation says how long the old secret stays valid beside the new one.
type Rotation struct {
	OverlapHours int `query:"overlap_hours" minimum:"0" maximum:"168" description:"0 = the old secret ends at once, and the tokens made so far with it"`
}

// InterfaceGrant is exactly the interfaces that an application is to have.
type InterfaceGrant struct {
	Interfaces []uint64 `json:"interfaces"`
}

// Provider is what other systems need to know to sign people in here.
type Provider struct {
	Issuer    string       `json:"issuer"`
	Discovery string       `json:"discovery" description:"address of the metadata, which most programs ask for"`
	Warnings  []string     `json:"warnings" description:"issuer.derived: public_url is not configured; issuer.plain: plain HTTP beyond this machine"`
	Keys      []SigningKey `json:"keys"`
}

// SigningKey is a key that id tokens are signed with.
type SigningKey struct {
	ID        string     `json:"id" description:"kid"`
	Algorithm string     `json:"algorithm"`
	CreatedAt time.Time  `json:"created_at"`
	SignsFrom time.Time  `json:"signs_from"`
	EndsAt    *time.Time `json:"ends_at,omitempty" description:"left out while no other key follows it"`
}

func (h handlers) settingRoutes() []wire.Route {
	const tag, one = "applications", "/v1/applications/{id}"
	read, write := access.Of(access.ApplicationRead), access.Of(access.ApplicationWrite)
	return []wire.Route{
		{Method: "PATCH", Path: one, Name: "v1.applications.update", Handle: h.updateApplication, In: ApplicationChange{}, Out: Application{},
			Tag: tag, Summary: "Change an application", Needs: write},
		{Method: "POST", Path: one + "/rotate", Name: "v1.applications.rotate", Handle: h.rotateApplication, Query: Rotation{},
			Out: ApplicationSecret{}, Tag: tag, Summary: "Make a new secret; the old one ends, at once or later", Needs: write},
		{Method: "DELETE", Path: one + "/old-secret", Name: "v1.applications.retire", Handle: h.retireSecret, Out: Application{}, Tag: tag,
			Summary: "End the secret before the one in force", Needs: write},
		{Method: "PUT", Path: one + "/interfaces", Name: "v1.applications.interfaces", Handle: h.grantInterfaces, In: InterfaceGrant{},
			Out: Application{}, Tag: tag, Summary: "Grant an application exactly these interfaces", Needs: write},
		{Method: "GET", Path: "/v1/openid", Name: "v1.openid.get", Handle: h.provider, Out: Provider{}, Tag: tag,
			Summary: "What other systems need to know to sign people in here", Needs: read},
	}
}

func (h handlers) updateApplication(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	var in ApplicationChange
	version, err := rest.DecodeChange(c, &in)
	if err != nil {
		return nil, err
	}
	change := application.Change{Name: in.Name, Description: in.Description, Grants: in.Grants, Types: in.GrantTypes, Redirects: in.RedirectURIs,
		Logouts: in.LogoutURIs, Scopes: in.Scopes, Logo: in.Logo, Home: in.Home, Everyone: in.Everyone, Trusted: in.Trusted}
	if in.State != nil {
		state, ok := map[string]application.State{"normal": application.Normal, "disabled": application.Disabled, "frozen": application.Frozen}[*in.State]
		if !ok {
			return nil, fault.New(fault.Invalid, "application.state", "state", "state must be normal, disabled or frozen")
		}
		change.State = &state
	}
	a, err := h.app.Application.Update(c.Ctx(), c.Actor, id, change, version)
	return h.tagged(c, a, err)
}

// tagged shows an application with its ETag.
func (h handlers) tagged(c *wire.Call, a *application.Application, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	view, err := h.application(c, a)
	if err != nil {
		return nil, err
	}
	return rest.Tagged(a.Version, view), nil
}

func (h handlers) rotateApplication(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	var in Rotation
	if err := c.Bind(&in); err != nil {
		return nil, err
	}
	overlap := time.Duration(min(max(in.OverlapHours, -1), 1_000)) * time.Hour
	a, secret, err := h.app.Application.Rotate(c.Ctx(), c.Actor, id, overlap)
	if err != nil {
		return nil, err
	}
	view, err := h.application(c, a)
	if err != nil {
		return nil, err
	}
	return rest.Tagged(a.Version, ApplicationSecret{Application: view, ClientSecret: secret}), nil
}

func (h handlers) retireSecret(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	a, err := h.app.Application.Retire(c.Ctx(), c.Actor, id)
	return h.tagged(c, a, err)
}

func (h handlers) grantInterfaces(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	var in InterfaceGrant
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	a, err := h.app.Application.GrantInterfaces(c.Ctx(), c.Actor, id, in.Interfaces)
	return h.tagged(c, a, err)
}

func (h handlers) provider(c *wire.Call) (any, error) {
	if err := c.Actor.Need(access.ApplicationRead); err != nil {
		return nil, err
	}
	keys, err := h.app.OpenID.Keys(c.Ctx())
	if err != nil {
		return nil, err
	}
	out := Provider{Issuer: h.app.OpenID.Issuer, Discovery: h.app.OpenID.Issuer + "/.well-known/openid-configuration",
		Warnings: list(h.app.OpenID.Warnings()), Keys: []SigningKey{}}
	for _, k := range keys {
		out.Keys = append(out.Keys, SigningKey{ID: k.ID, Algorithm: "RS256", CreatedAt: k.Created.UTC(), SignsFrom: k.Signs.UTC(), EndsAt: rest.Moment(k.Ends)})
	}
	return wire.WithHeader{Value: out, Header: http.Header{"Cache-Control": {"no-store"}}}, nil
}
