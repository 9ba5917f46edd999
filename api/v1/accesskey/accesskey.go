// Package accesskey is the access keys of a tenant: pairs by which programs put and
// get its files. One area of the native API; it puts the domain's operations on the
// wire and knows no other area.
package accesskey

import (
	"net/http"
	"net/url"
	"time"

	"stoa/api/v1/rest"
	"stoa/api/wire"
	"stoa/app"
	"stoa/app/access"
	"stoa/app/accesskey"
	"stoa/app/fault"
	"stoa/app/listing"
)

// AccessKey is a pair without its secret.
type AccessKey struct {
	AccessKey  string     `json:"access_key" description:"names the pair in what programs sign"`
	Name       string     `json:"name" description:"what it is for"`
	On         bool       `json:"on" description:"what it signs is refused while it is off"`
	Account    uint64     `json:"account" description:"the account that it acts for, with no more than that may do with files"`
	Owner      string     `json:"owner" description:"user name of the account, when the key was made"`
	Tenant     uint64     `json:"tenant"`
	CreatedAt  time.Time  `json:"created_at"`
	LastUsedAt *time.Time `json:"last_used_at,omitempty" description:"to about an hour; left out where it was not used"`
	Version    uint64     `json:"version" description:"for If-Match"`
}

// AccessKeySecret is a pair with its secret, which is shown once.
type AccessKeySecret struct {
	AccessKey
	SecretKey string `json:"secret_key" description:"shown this once; it signs and is never sent"`
}

// AccessKeyNew is a new pair.
type AccessKeyNew struct {
	Name string `json:"name" minLength:"1" maxLength:"100" description:"what it is for"`
}

// AccessKeyChange switches a pair on or off.
type AccessKeyChange struct {
	On *bool `json:"on,omitempty"`
}

// byKey names the pair in a path.
type byKey struct {
	AccessKey string `path:"access_key" minLength:"1" maxLength:"100"`
}

type handlers struct{ app *app.App }

// Routes are the area's calls.
func Routes(a *app.App) []wire.Route {
	h := handlers{a}
	const tag, one = "access keys", "/v1/access-keys/{access_key}"
	read, write := access.Of(access.KeyRead), access.Of(access.KeyWrite)
	return []wire.Route{
		{Method: "GET", Path: "/v1/access-keys", Name: "v1.access_keys.list", Needs: read, Handle: h.list, Query: rest.Listing{},
			Out: rest.Page[AccessKey]{}, Long: true, Tag: tag, Summary: "List access keys"},
		{Method: "POST", Path: "/v1/access-keys", Name: "v1.access_keys.create", Needs: write, Handle: rest.Once(h.app.Idempotency, h.create), In: AccessKeyNew{},
			Out: AccessKeySecret{}, Status: http.StatusCreated, Tag: tag, Summary: "Make an access key for the caller; its secret is shown once"},
		{Method: "GET", Path: one, Params: byKey{}, Name: "v1.access_keys.get", Needs: read, Handle: h.get, Out: AccessKey{}, Tag: tag,
			Summary: "Read an access key"},
		{Method: "PATCH", Path: one, Params: byKey{}, Name: "v1.access_keys.update", Needs: write, Handle: h.update, In: AccessKeyChange{},
			Out: AccessKey{}, Tag: tag, Summary: "Switch an access key on or off"},
		{Method: "DELETE", Path: one, Params: byKey{}, Name: "v1.access_keys.delete", Needs: write, Handle: h.remove, Status: http.StatusNoContent, Tag: tag,
			Summary: "Delete an access key; what it signed is refused from then on"},
	}
}

func (h handlers) list(c *wire.Call) (any, error) {
	var q rest.Listing
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	return rest.List[AccessKey]{Name: "access-keys", Columns: columns, Fetch: func(at rest.Listing) (rest.Page[AccessKey], error) {
		page, err := h.app.AccessKey.List(c.Ctx(), c.Actor, listing.Ask{Page: at.Page, Limit: at.Limit, Cursor: at.Cursor})
		if err != nil {
			return rest.Page[AccessKey]{}, err
		}
		items := make([]AccessKey, len(page.Items))
		for i := range page.Items {
			items[i] = shown(&page.Items[i])
		}
		return rest.Page[AccessKey]{Items: items, Total: page.Total, TotalCapped: page.Capped, Next: page.Next}, nil
	}}.Serve(c, q)
}

var columns = []rest.Column[AccessKey]{
	rest.Col("access_key", "访问密钥", func(k *AccessKey) any { return k.AccessKey }),
	rest.Col("name", "用途", func(k *AccessKey) any { return k.Name }),
	rest.Col("on", "启用", func(k *AccessKey) any { return k.On }),
	rest.Col("owner", "账号", func(k *AccessKey) any { return k.Owner }),
	rest.Col("created_at", "创建时间", func(k *AccessKey) any { return k.CreatedAt }),
	rest.Col("last_used_at", "最近使用", func(k *AccessKey) any { return rest.Stamp(k.LastUsedAt) }),
}

func shown(k *accesskey.Key) AccessKey {
	return AccessKey{AccessKey: k.Access, Name: k.Name, On: !k.Off, Account: k.Account, Owner: k.Owner, Tenant: k.Tenant, CreatedAt: k.Created.UTC(),
		LastUsedAt: rest.Moment(k.LastUsed), Version: k.Version}
}

func (h handlers) create(c *wire.Call) (any, error) {
	var in AccessKeyNew
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	k, secret, err := h.app.AccessKey.Create(c.Ctx(), c.Actor, in.Name)
	if err != nil {
		return nil, err
	}
	return wire.Created{Location: "/v1/access-keys/" + url.PathEscape(k.Access), Value: AccessKeySecret{AccessKey: shown(k), SecretKey: secret}}, nil
}

func (h handlers) get(c *wire.Call) (any, error) {
	k, err := h.app.AccessKey.Get(c.Ctx(), c.Actor, c.Path("access_key"))
	if err != nil {
		return nil, err
	}
	return rest.Tagged(k.Version, shown(k)), nil
}

func (h handlers) update(c *wire.Call) (any, error) {
	var in AccessKeyChange
	version, err := rest.DecodeChange(c, &in)
	if err != nil {
		return nil, err
	}
	if in.On == nil {
		return nil, fault.New(fault.Missing, "key.on", "on", "on is missing: true or false")
	}
	k, err := h.app.AccessKey.Switch(c.Ctx(), c.Actor, c.Path("access_key"), *in.On, version)
	if err != nil {
		return nil, err
	}
	return rest.Tagged(k.Version, shown(k)), nil
}

func (h handlers) remove(c *wire.Call) (any, error) {
	return wire.NoContent{}, h.app.AccessKey.Delete(c.Ctx(), c.Actor, c.Path("access_key"))
}
