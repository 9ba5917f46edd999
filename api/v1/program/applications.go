package program

import (
	"net/http"
	"time"

	"stoa/api/v1/rest"
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/application"
)

// Application is a program that signs in with an id and a secret of its own, or
// that people sign in to.
type Application struct {
	ID           uint64          `json:"id"`
	Name         string          `json:"name"`
	Description  string          `json:"description"`
	ClientID     string          `json:"client_id"`
	State        string          `json:"state" enum:"normal,disabled,frozen"`
	Public       bool            `json:"public" description:"it can keep no secret and has none"`
	Grants       []string        `json:"grants" description:"permissions it has when it acts by itself"`
	Interfaces   []uint64        `json:"interfaces" description:"ids of the interfaces granted to it, whose permissions it has besides"`
	GrantTypes   []string        `json:"grant_types"`
	RedirectURIs []string        `json:"redirect_uris"`
	LogoutURIs   []string        `json:"logout_uris"`
	Scopes       []string        `json:"scopes" description:"what it may ask people for"`
	Logo         string          `json:"logo"`
	Home         string          `json:"home"`
	Everyone     bool            `json:"everyone" description:"people of other organisations may sign in to it"`
	Trusted      bool            `json:"trusted" description:"people of its own organisation are not asked whether they agree"`
	Secret       SecretState     `json:"secret"`
	LastUse      *ApplicationUse `json:"last_use,omitempty"`
	Tenant       uint64          `json:"tenant"`
	Owner        uint64          `json:"owner" description:"the account that made it; it acts with no more rights"`
	CreatedBy    string          `json:"created_by" description:"name of the owner; empty where the caller may not see it"`
	Sample       bool            `json:"sample"`
	CreatedAt    time.Time       `json:"created_at"`
	ModifiedAt   time.Time       `json:"modified_at"`
	ModifiedBy   string          `json:"modified_by"`
	Version      uint64          `json:"version" description:"for If-Match"`
}

// SecretState says how old the secrets of an application are.
type SecretState struct {
	MadeAt       *time.Time `json:"made_at,omitempty" description:"left out where there is none"`
	OldUntil     *time.Time `json:"old_until,omitempty" description:"end of the secret before, while it is valid"`
	OldLastUseAt *time.Time `json:"old_last_use_at,omitempty" description:"when the secret before was last used"`
}

// ApplicationUse is who proved to be the application last.
type ApplicationUse struct {
	At        time.Time `json:"at" description:"to the minute"`
	Address   string    `json:"address"`
	UserAgent string    `json:"user_agent"`
	Dialect   string    `json:"dialect"`
}

// ApplicationSecret is an application with its secret, which is shown once.
type ApplicationSecret struct {
	Application
	ClientSecret string `json:"client_secret" description:"shown this once; only its digest is kept. Empty for a public application"`
}

// ApplicationNew is a new application.
type ApplicationNew struct {
	Name         string   `json:"name"`
	Description  string   `json:"description,omitempty" maxLength:"500"`
	Public       bool     `json:"public,omitempty" description:"it can keep no secret: a program on a phone or a desktop"`
	Grants       []string `json:"grants,omitempty" description:"permissions it has when it acts by itself, none above its maker's"`
	GrantTypes   []string `json:"grant_types,omitempty" description:"authorization_code, refresh_token, client_credentials, password; client_credentials and password where it is left out"`
	RedirectURIs []string `json:"redirect_uris,omitempty" maxItems:"20"`
	LogoutURIs   []string `json:"logout_uris,omitempty" maxItems:"20"`
	Scopes       []string `json:"scopes,omitempty" description:"openid, profile, email, phone, roles, offline_access and names of permissions"`
	Logo         string   `json:"logo,omitempty" description:"a picture as data: URL of up to 16 KiB, or a path of this server"`
	Home         string   `json:"home,omitempty"`
	Everyone     bool     `json:"everyone,omitempty"`
	Trusted      bool     `json:"trusted,omitempty"`
}

func (h handlers) applicationRoutes() []wire.Route {
	const tag, one = "applications", "/v1/applications/{id}"
	read, write := access.Of(access.ApplicationRead), access.Of(access.ApplicationWrite)
	return []wire.Route{
		{Method: "GET", Path: "/v1/applications", Name: "v1.applications.list", Handle: h.applicationList, Query: rest.Search{},
			Out: rest.Page[Application]{}, Long: true, Tag: tag, Summary: "List applications", Needs: read},
		{Method: "POST", Path: "/v1/applications", Name: "v1.applications.create", Handle: rest.Once(h.app.Idempotency, h.createApplication),
			In: ApplicationNew{}, Out: ApplicationSecret{}, Status: http.StatusCreated, Tag: tag,
			Summary: "Make an application; its secret is shown once", Needs: write},
		{Method: "GET", Path: one, Name: "v1.applications.get", Handle: h.getApplication, Out: Application{}, Tag: tag,
			Summary: "Read an application", Needs: read},
		{Method: "DELETE", Path: one, Name: "v1.applications.delete", Handle: h.deleteApplication, Status: http.StatusNoContent,
			Tag: tag, Summary: "Delete an application; it can sign in no longer", Needs: write},
	}
}

func (h handlers) applicationList(c *wire.Call) (any, error) {
	var q rest.Search
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	return rest.List[Application]{Name: "applications", Columns: applicationColumns, Fetch: func(at rest.Listing) (rest.Page[Application], error) {
		number, err := at.Number()
		if err != nil {
			return rest.Page[Application]{}, err
		}
		page, err := h.app.Application.List(c.Ctx(), c.Actor, application.Filter{Text: q.Q, Page: number, Limit: at.Limit})
		if err != nil {
			return rest.Page[Application]{}, err
		}
		items, err := h.applications(c, page.Items)
		return rest.Page[Application]{Items: items, Total: page.Total, TotalCapped: page.Capped,
			Next: at.After(number, len(items), page.Total, page.Capped)}, err
	}}.Serve(c, q.Listing)
}

var applicationColumns = []rest.Column[Application]{
	rest.Col("id", "编号", func(a *Application) any { return a.ID }),
	rest.Col("name", "名称", func(a *Application) any { return a.Name }),
	rest.Col("client_id", "客户端编号", func(a *Application) any { return a.ClientID }),
	rest.Col("state", "状态", func(a *Application) any { return a.State }),
	rest.Col("created_by", "创建人", func(a *Application) any { return a.CreatedBy }),
	rest.Col("created_at", "创建时间", func(a *Application) any { return a.CreatedAt }),
	rest.Col("modified_at", "修改时间", func(a *Application) any { return a.ModifiedAt }),
	rest.Col("modified_by", "修改人", func(a *Application) any { return a.ModifiedBy }),
}

func (h handlers) applications(c *wire.Call, rows []application.Application) ([]Application, error) {
	var owners, ids []uint64
	for i := range rows {
		owners, ids = append(owners, rows[i].Owner), append(ids, rows[i].ID)
	}
	people, err := h.names(c, owners)
	if err != nil {
		return nil, err
	}
	uses, err := h.app.Application.Uses(c.Ctx(), ids)
	if err != nil {
		return nil, err
	}
	views := make([]Application, len(rows))
	for i := range rows {
		views[i] = shown(&rows[i], uses[rows[i].ID], h.app.Now())
		views[i].CreatedBy = people[rows[i].Owner]
	}
	return views, nil
}

// shown is an application without the name of its owner.
func shown(a *application.Application, use application.Use, now time.Time) Application {
	v := Application{ID: a.ID, Name: a.Name, Description: a.Description, ClientID: a.ClientID, State: a.State.String(), Public: a.Public,
		Grants: list(a.Grants), Interfaces: list(a.Interfaces), GrantTypes: []string{}, RedirectURIs: list(a.Redirects), LogoutURIs: list(a.Logouts),
		Scopes: list(a.Scopes), Logo: a.Logo, Home: a.Home, Everyone: a.Everyone, Trusted: a.Trusted, Tenant: a.Tenant, Owner: a.Owner,
		Sample: a.Sample, CreatedAt: a.Created.UTC(), ModifiedAt: a.Modified.UTC(), ModifiedBy: a.ModifiedBy, Version: a.Version}
	for _, t := range application.GrantTypes() {
		if a.Allows(t) {
			v.GrantTypes = append(v.GrantTypes, t)
		}
	}
	if !a.Public {
		made := a.SecretMade
		if made.IsZero() {
			made = a.Created
		}
		v.Secret.MadeAt = rest.Moment(made)
	}
	if now.Before(a.OldUntil) {
		v.Secret.OldUntil, v.Secret.OldLastUseAt = rest.Moment(a.OldUntil), rest.Moment(use.OldAt)
	}
	if !use.At.IsZero() {
		v.LastUse = &ApplicationUse{At: use.At.UTC(), Address: use.Address, UserAgent: use.UserAgent, Dialect: use.Dialect}
	}
	return v
}

// list is never nil: the API gives no null.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func (h handlers) application(c *wire.Call, a *application.Application) (Application, error) {
	views, err := h.applications(c, []application.Application{*a})
	if err != nil {
		return Application{}, err
	}
	return views[0], nil
}

func (in *ApplicationNew) draft() application.New {
	n := application.New{Name: in.Name, Grants: in.Grants, Public: in.Public, Change: application.Change{Description: &in.Description, Logo: &in.Logo,
		Home: &in.Home, Everyone: &in.Everyone, Trusted: &in.Trusted, Redirects: &in.RedirectURIs, Logouts: &in.LogoutURIs}}
	if in.GrantTypes != nil {
		n.Types = &in.GrantTypes
	}
	if in.Scopes != nil {
		n.Scopes = &in.Scopes
	}
	return n
}

func (h handlers) createApplication(c *wire.Call) (any, error) {
	var in ApplicationNew
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	a, secret, err := h.app.Application.Create(c.Ctx(), c.Actor, in.draft())
	if err != nil {
		return nil, err
	}
	view, err := h.application(c, a)
	if err != nil {
		return nil, err
	}
	return rest.Created("applications", a.ID, ApplicationSecret{Application: view, ClientSecret: secret}), nil
}

func (h handlers) getApplication(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	a, err := h.app.Application.Get(c.Ctx(), c.Actor, id)
	if err != nil {
		return nil, err
	}
	view, err := h.application(c, a)
	if err != nil {
		return nil, err
	}
	return rest.Tagged(a.Version, view), nil
}

func (h handlers) deleteApplication(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	return wire.NoContent{}, h.app.Application.Delete(c.Ctx(), c.Actor, id)
}
