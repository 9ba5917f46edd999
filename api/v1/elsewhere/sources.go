package elsewhere

import (
	"net/http"
	"time"

	"stoa/api/v1/rest"
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/source"
	"stoa/app/source/claim"
	"stoa/app/source/dingtalk"
	"stoa/app/source/ldap"
	"stoa/app/source/openid"
	"stoa/app/source/roster"
	"stoa/app/source/wecom"
)

// SourceInput is all of a sign-in source but its secret when that is left out.
type SourceInput struct {
	Tenant   uint64          `json:"tenant" description:"whose people it signs in; 0 = everybody's"`
	Kind     string          `json:"kind" enum:"ldap,openid,wecom,dingtalk" description:"stays as it was made"`
	Name     string          `json:"name" minLength:"1" maxLength:"64" description:"on the sign-in page"`
	Enabled  bool            `json:"enabled"`
	Order    int             `json:"order" minimum:"-1000" maximum:"1000" description:"of the buttons, rising"`
	LDAP     *SourceLDAP     `json:"ldap,omitempty"`
	OpenID   *SourceOpenID   `json:"openid,omitempty"`
	WeCom    *SourceWeCom    `json:"wecom,omitempty"`
	DingTalk *SourceDingTalk `json:"dingtalk,omitempty"`
	Secret   *string         `json:"secret,omitempty" format:"password" description:"of who searches, or of the client; left out = unchanged, empty = none. Never answered"`
	Mapping  SourceMapping   `json:"mapping" description:"left empty = the usual one of the kind"`
	Policy   SourcePolicy    `json:"policy"`
}

// Source is a place where people sign in. Its secret is never shown.
type Source struct {
	ID uint64 `json:"id"`
	SourceInput
	SecretSet  bool        `json:"secret_set" description:"a secret is kept"`
	Callback   string      `json:"callback" description:"to be entered at the source as the address to come back to; empty for directories"`
	LastSync   *SourceSync `json:"last_sync,omitempty"`
	CreatedAt  time.Time   `json:"created_at"`
	ModifiedAt time.Time   `json:"modified_at"`
	ModifiedBy string      `json:"modified_by"`
	Version    uint64      `json:"version" description:"for If-Match"`
}

// SourceSync is the last synchronisation of a directory.
type SourceSync struct {
	At     time.Time  `json:"at"`
	By     string     `json:"by"`
	Counts SyncCounts `json:"counts"`
	Error  string     `json:"error" description:"why nothing was done; empty = it was"`
}

// SyncCounts are how many people a synchronisation concerned.
type SyncCounts struct {
	People    int `json:"people" description:"whom the directory shows"`
	Added     int `json:"added"`
	Linked    int `json:"linked"`
	Updated   int `json:"updated"`
	Disabled  int `json:"disabled"`
	Enabled   int `json:"enabled"`
	Conflicts int `json:"conflicts"`
	Looked    int `json:"looked_after" description:"active accounts that the source made"`
}

// SyncStep is what becomes of one person.
type SyncStep struct {
	Action  string `json:"action" enum:"add,link,update,disable,enable,conflict"`
	Login   string `json:"login"`
	Account uint64 `json:"account" description:"0 = none yet"`
	Detail  string `json:"detail"`
}

// SyncResult is what a synchronisation did, or would do.
type SyncResult struct {
	DryRun bool       `json:"dry_run"`
	Counts SyncCounts `json:"counts"`
	Steps  []SyncStep `json:"steps" description:"the first 500"`
	Guard  string     `json:"guard" description:"why it would be refused without force; empty = it would not"`
}

// SyncQuery says how a synchronisation goes.
type SyncQuery struct {
	DryRun bool `query:"dry_run" description:"change nothing, say what would be changed"`
	Force  bool `query:"force" description:"disable more accounts than the policy allows"`
}

// SourceTry is a test of a source.
type SourceTry struct {
	Source   *SourceInput `json:"source,omitempty" description:"test it as it is about to be; left out = as it is"`
	Login    string       `json:"login,omitempty" description:"somebody to look up in a directory"`
	Password string       `json:"password,omitempty" format:"password" description:"theirs, to try the sign-in as well"`
}

// SourceTest is what a test found.
type SourceTest struct {
	OK     bool              `json:"ok"`
	Steps  []SourceStep      `json:"steps"`
	Sample []SourceAttribute `json:"sample" description:"somebody as the directory has them"`
	Person *SourcePerson     `json:"person,omitempty" description:"the account that the mapping makes of them"`
}

// SourceStep is one thing that was tried.
type SourceStep struct {
	Name   string `json:"name" enum:"resolve,connect,tls,bind,search,sign_in,mapping"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
}

// SourceAttribute is a name with its values.
type SourceAttribute struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
}

// SourcePerson is a person as an account would have them.
type SourcePerson struct {
	Name       string   `json:"name"`
	Nickname   string   `json:"nickname"`
	Email      string   `json:"email"`
	Phone      string   `json:"phone"`
	Department []string `json:"department"`
	Roles      []uint64 `json:"roles" description:"by groups"`
}

// versioned is an object that is replaced, guarded against lost updates.
type versioned struct {
	ID      uint64 `path:"id" minimum:"1"`
	IfMatch string `header:"If-Match" description:"ETag of the last reading; a change by somebody else since is refused with 412"`
}

func (h handlers) sourceRoutes() []wire.Route {
	const tag, one = "sources", "/v1/sources/{id}"
	read, write := access.Of(access.SourceRead), access.Of(access.SourceWrite)
	return []wire.Route{
		{Method: "GET", Path: "/v1/sources", Name: "v1.sources.list", Handle: h.sources, Query: rest.Listing{}, Out: rest.Page[Source]{}, Long: true,
			Needs: read, Tag: tag, Summary: "List sign-in sources"},
		{Method: "POST", Path: "/v1/sources", Name: "v1.sources.create", Handle: rest.Once(h.app.Idempotency, h.createSource), In: SourceInput{},
			Out: Source{}, Status: http.StatusCreated, Needs: write, Tag: tag, Summary: "Make a sign-in source"},
		{Method: "GET", Path: one, Name: "v1.sources.get", Handle: h.source, Out: Source{}, Needs: read, Tag: tag, Summary: "Read a sign-in source"},
		{Method: "PUT", Path: one, Params: versioned{}, Name: "v1.sources.update", Handle: h.updateSource, In: SourceInput{}, Out: Source{}, Needs: write, Tag: tag,
			Summary: "Change a sign-in source"},
		{Method: "DELETE", Path: one, Name: "v1.sources.delete", Handle: h.deleteSource, Status: http.StatusNoContent, Needs: write, Tag: tag,
			Summary: "Remove a sign-in source; accounts stay"},
		{Method: "POST", Path: "/v1/sources/test", Name: "v1.sources.try", Handle: h.trySource, In: SourceTry{}, Out: SourceTest{}, Needs: write,
			Tag: tag, Summary: "Test a sign-in source before it is made"},
		{Method: "POST", Path: one + "/test", Name: "v1.sources.test", Handle: h.trySource, In: SourceTry{}, Out: SourceTest{}, Needs: write, Tag: tag,
			Summary: "Test a sign-in source, step by step"},
		{Method: "POST", Path: one + "/sync", Name: "v1.sources.sync", Handle: h.syncSource, Query: SyncQuery{}, Out: SyncResult{}, Needs: write,
			Long: true, Tag: tag, Summary: "Bring accounts in line with a directory"},
	}
}

func (in *SourceInput) domain() source.New {
	out := source.New{Tenant: in.Tenant, Kind: source.Kind(in.Kind), Name: in.Name, Enabled: in.Enabled, Order: in.Order, Secret: in.Secret,
		LDAP: (*ldap.Settings)(in.LDAP), OpenID: (*openid.Settings)(in.OpenID), WeCom: (*wecom.Settings)(in.WeCom),
		DingTalk: (*dingtalk.Settings)(in.DingTalk), Policy: source.Policy(in.Policy)}
	m := in.Mapping
	out.Mapping = claim.Mapping{Name: m.Name, Nickname: m.Nickname, Email: m.Email, Phone: m.Phone, Department: m.Department, Groups: m.Groups}
	for _, r := range m.Roles {
		out.Mapping.Roles = append(out.Mapping.Roles, claim.GroupRole(r))
	}
	for _, r := range m.Required {
		out.Mapping.Required = append(out.Mapping.Required, claim.Condition(r))
	}
	return out
}

func (h handlers) sourceView(x *source.Source, reports map[uint64]roster.Report) Source {
	m := x.Mapping
	out := Source{ID: x.ID, SourceInput: SourceInput{Tenant: x.Tenant, Kind: string(x.Kind), Name: x.Name, Enabled: x.Enabled, Order: x.Order,
		LDAP: (*SourceLDAP)(x.LDAP), OpenID: (*SourceOpenID)(x.OpenID), WeCom: (*SourceWeCom)(x.WeCom), DingTalk: (*SourceDingTalk)(x.DingTalk),
		Policy: SourcePolicy(x.Policy), Mapping: SourceMapping{Name: m.Name, Nickname: m.Nickname, Email: m.Email, Phone: m.Phone,
			Department: m.Department, Groups: m.Groups, Roles: []SourceGroupRole{}, Required: []SourceCondition{}}},
		SecretSet: len(x.Sealed) > 0, CreatedAt: x.Created.UTC(), ModifiedAt: x.Modified.UTC(), ModifiedBy: x.ModifiedBy, Version: x.Version}
	if out.Policy.Roles == nil {
		out.Policy.Roles = []uint64{}
	}
	for _, r := range m.Roles {
		out.Mapping.Roles = append(out.Mapping.Roles, SourceGroupRole(r))
	}
	for _, r := range m.Required {
		out.Mapping.Required = append(out.Mapping.Required, SourceCondition(r))
	}
	if x.Kind != source.LDAP {
		out.Callback = h.app.Trip.Callback(x.ID)
	}
	if r, ok := reports[x.ID]; ok {
		out.LastSync = &SourceSync{At: r.At.UTC(), By: r.By, Counts: SyncCounts(r.Counts), Error: r.Error}
	}
	return out
}

func (h handlers) sources(c *wire.Call) (any, error) {
	var at rest.Listing
	if err := c.Bind(&at); err != nil {
		return nil, err
	}
	return rest.List[Source]{Name: "sources", Columns: sourceColumns, Fetch: func(at rest.Listing) (rest.Page[Source], error) {
		rows, err := h.app.Source.List(c.Ctx(), c.Actor)
		if err != nil {
			return rest.Page[Source]{}, err
		}
		reports, err := h.app.Roster.Reports(c.Ctx(), c.Actor)
		if err != nil {
			return rest.Page[Source]{}, err
		}
		all := make([]Source, len(rows))
		for i := range rows {
			all[i] = h.sourceView(&rows[i], reports)
		}
		return rest.Slice(all, at)
	}}.Serve(c, at)
}

var sourceColumns = []rest.Column[Source]{
	rest.Col("id", "编号", func(x *Source) any { return x.ID }),
	rest.Col("name", "名称", func(x *Source) any { return x.Name }),
	rest.Col("kind", "类型", func(x *Source) any { return x.Kind }),
	rest.Col("tenant", "组织编号", func(x *Source) any { return x.Tenant }),
	rest.Col("enabled", "启用", func(x *Source) any { return x.Enabled }),
	rest.Col("modified_at", "修改时间", func(x *Source) any { return x.ModifiedAt }),
	rest.Col("modified_by", "修改人", func(x *Source) any { return x.ModifiedBy }),
}

func (h handlers) createSource(c *wire.Call) (any, error) {
	var in SourceInput
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	x, err := h.app.Source.Create(c.Ctx(), c.Actor, in.domain())
	if err != nil {
		return nil, err
	}
	return rest.Created("sources", x.ID, h.sourceView(x, nil)), nil
}

func (h handlers) source(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	x, err := h.app.Source.Get(c.Ctx(), c.Actor, id)
	if err != nil {
		return nil, err
	}
	reports, err := h.app.Roster.Reports(c.Ctx(), c.Actor)
	if err != nil {
		return nil, err
	}
	return rest.Tagged(x.Version, h.sourceView(x, reports)), nil
}

func (h handlers) updateSource(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	var in SourceInput
	version, err := rest.DecodeChange(c, &in)
	if err != nil {
		return nil, err
	}
	x, err := h.app.Source.Modify(c.Ctx(), c.Actor, id, in.domain(), version)
	if err != nil {
		return nil, err
	}
	return rest.Tagged(x.Version, h.sourceView(x, nil)), nil
}

func (h handlers) deleteSource(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	return wire.NoContent{}, h.app.Source.Delete(c.Ctx(), c.Actor, id)
}

// trySource tests a source that is there, or one that is only described.
func (h handlers) trySource(c *wire.Call) (any, error) {
	id := uint64(0)
	if c.Path("id") != "" {
		var err error
		if id, err = c.ID("id"); err != nil {
			return nil, err
		}
	}
	var in SourceTry
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	var about *source.New
	if in.Source != nil {
		described := in.Source.domain()
		about = &described
	} else if id == 0 {
		about = &source.New{}
	}
	found, err := h.app.Source.Test(c.Ctx(), c.Actor, id, about, in.Login, in.Password)
	if err != nil {
		return nil, err
	}
	out := SourceTest{OK: found.OK, Steps: []SourceStep{}, Sample: []SourceAttribute{}}
	for _, s := range found.Steps {
		out.Steps = append(out.Steps, SourceStep(s))
	}
	for _, a := range found.Sample {
		out.Sample = append(out.Sample, SourceAttribute(a))
	}
	if p := found.Person; p != nil {
		out.Person = &SourcePerson{Name: p.Name, Nickname: p.Nickname, Email: p.Email, Phone: p.Phone,
			Department: append([]string{}, p.Department...), Roles: append([]uint64{}, p.Roles...)}
	}
	return out, nil
}

func (h handlers) syncSource(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	var q SyncQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	did, err := h.app.Roster.Synchronise(c.Ctx(), c.Actor, id, q.DryRun, q.Force)
	if err != nil {
		return nil, err
	}
	out := SyncResult{DryRun: did.Dry, Counts: SyncCounts(did.Counts), Steps: []SyncStep{}, Guard: did.Guard}
	for _, s := range did.Steps {
		out.Steps = append(out.Steps, SyncStep{Action: s.Action, Login: s.Login, Account: s.Account, Detail: s.Detail})
	}
	return out, nil
}
