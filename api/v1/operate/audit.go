package operate

import (
	"strings"
	"time"

	"stoa/api/v1/rest"
	"stoa/api/v1/view"
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
)

// AuditEntry is one line of the action log.
type AuditEntry struct {
	ID          string    `json:"id"`
	At          time.Time `json:"at"`
	Tenant      uint64    `json:"tenant"`
	Account     uint64    `json:"account" description:"who did it; 0 = nobody signed in, or the server"`
	AccountName string    `json:"account_name"`
	Action      string    `json:"action" example:"account.create"`
	ObjectKind  string    `json:"object_kind"`
	ObjectID    string    `json:"object_id"`
	ObjectName  string    `json:"object_name"`
	Outcome     string    `json:"outcome" enum:"ok,refused,failed"`
	Reason      string    `json:"reason"`
	Changes     []Change  `json:"changes"`
	Params      string    `json:"params" description:"what was asked, as JSON with secrets masked; may be empty"`
	Dialect     string    `json:"dialect"`
	Method      string    `json:"method"`
	Path        string    `json:"path"`
	Address     string    `json:"address"`
	UserAgent   string    `json:"user_agent"`
	RequestID   string    `json:"request_id"`
}

// Change is one field's change.
type Change struct {
	Field string `json:"field"`
	Old   string `json:"old"`
	New   string `json:"new"`
}

// VerifyReport says whether the action log is whole.
type VerifyReport struct {
	OK     bool          `json:"ok"`
	Chains []ChainReport `json:"chains"`
}

// ChainReport is the result for one tenant's chain.
type ChainReport struct {
	All        bool   `json:"all" description:"the chain over all tenants"`
	Tenant     uint64 `json:"tenant"`
	TenantName string `json:"tenant_name"`
	Blocks     uint64 `json:"blocks"`
	Entries    uint64 `json:"entries"`
	Problem    string `json:"problem" description:"what is wrong and where; empty = whole"`

	Cut      uint64     `json:"cut" description:"entries that were cut by the retention, as a signed checkpoint says"`
	CutUntil *time.Time `json:"cut_until,omitempty" description:"time of the latest of them"`
	CutDays  int        `json:"cut_days" description:"of the retention that cut them"`
}

// AuditQuery selects entries of the action log.
type AuditQuery struct {
	rest.Listing
	Q       string    `query:"q" description:"beginnings of words: of a name, an id, the action, the address, the reason, the request's id"`
	Tenant  uint64    `query:"tenant" description:"super administrators; 0 = all"`
	Account uint64    `query:"account" description:"who did it"`
	Action  string    `query:"action" description:"account.create, or account. for all that begins with it"`
	Object  string    `query:"object" description:"account (a kind), account/12 or 12"`
	Outcome string    `query:"outcome" enum:"ok,refused,failed"`
	Dialect string    `query:"dialect" description:"the API it came through: casdao, v1, …"`
	Address string    `query:"address" description:"the client's whole address"`
	From    time.Time `query:"from" format:"date-time" description:"the first moment, RFC 3339"`
	To      time.Time `query:"to" format:"date-time" description:"the first moment that is too late, RFC 3339"`
}

// entryPath is the id of an entry, which is no number.
type entryPath struct {
	ID string `path:"id" pattern:"^[0-9a-f]{16}$"`
}

func (h handlers) auditRoutes() []wire.Route {
	const tag = "audit"
	return []wire.Route{
		{Method: "GET", Path: "/v1/audit", Name: "v1.audit.list", Needs: access.Of(access.AuditRead), Handle: h.auditList, Query: AuditQuery{}, Out: rest.Page[AuditEntry]{},
			Long: true, Tag: tag, Summary: "List the action log, newest first"},
		{Method: "GET", Path: "/v1/audit/{id}", Name: "v1.audit.get", Needs: access.Of(access.AuditRead), Handle: h.auditEntry, Out: AuditEntry{},
			Params: entryPath{}, Tag: tag,
			Summary: "Read one entry of the action log"},
		{Method: "POST", Path: "/v1/audit/verify", Name: "v1.audit.verify", Needs: access.Of(access.AuditRead), Handle: h.auditVerify, Out: VerifyReport{}, Long: true,
			Tag: tag, Summary: "Check that the action log is whole"},
	}
}

func (h handlers) auditList(c *wire.Call) (any, error) {
	var q AuditQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	switch q.Outcome {
	case "", audit.OK, audit.Refused, audit.Failed:
	default:
		return nil, fault.New(fault.Invalid, "audit.outcome", "outcome", "outcome is %q: ok, refused or failed are allowed", q.Outcome)
	}
	f := audit.Filter{Tenant: q.Tenant, Account: q.Account, Action: q.Action, Object: q.Object, Text: q.Q, From: q.From, To: q.To,
		Outcome: q.Outcome, Dialect: q.Dialect, Address: q.Address}
	if q.Format == "csv" || q.Format == "xlsx" {
		if err := h.app.Audit.Exporting(c.Ctx(), c.Actor, f, q.Format); err != nil {
			return nil, err
		}
	}
	return rest.List[AuditEntry]{Name: "audit", Columns: auditColumns, Fetch: func(at rest.Listing) (rest.Page[AuditEntry], error) {
		f.Page, f.Limit, f.Cursor = at.Page, at.Limit, at.Cursor
		page, err := h.app.Audit.List(c.Ctx(), c.Actor, f)
		if err != nil {
			return rest.Page[AuditEntry]{}, err
		}
		items := make([]AuditEntry, len(page.Items))
		for i := range page.Items {
			items[i] = auditView(&page.Items[i])
		}
		return rest.Page[AuditEntry]{Items: items, Total: page.Total, TotalCapped: page.Capped, Next: page.Next}, nil
	}}.Serve(c, q.Listing)
}

var auditColumns = []rest.Column[AuditEntry]{
	rest.Col("at", "时间", func(e *AuditEntry) any { return e.At }),
	rest.Col("account", "操作人编号", func(e *AuditEntry) any { return e.Account }),
	rest.Col("account_name", "操作人", func(e *AuditEntry) any { return e.AccountName }),
	rest.Col("tenant", "组织编号", func(e *AuditEntry) any { return e.Tenant }),
	rest.Col("action", "操作", func(e *AuditEntry) any { return e.Action }),
	rest.Col("object_kind", "对象类型", func(e *AuditEntry) any { return e.ObjectKind }),
	rest.Col("object_id", "对象编号", func(e *AuditEntry) any { return e.ObjectID }),
	rest.Col("object_name", "对象名称", func(e *AuditEntry) any { return e.ObjectName }),
	rest.Col("outcome", "结果", func(e *AuditEntry) any { return e.Outcome }),
	rest.Col("reason", "原因", func(e *AuditEntry) any { return e.Reason }),
	rest.Col("changes", "变更内容", func(e *AuditEntry) any { return changesText(e.Changes) }),
	rest.Col("dialect", "API", func(e *AuditEntry) any { return e.Dialect }),
	rest.Col("address", "地址", func(e *AuditEntry) any { return e.Address }),
	rest.Col("request_id", "请求编号", func(e *AuditEntry) any { return e.RequestID }),
	rest.Col("id", "编号", func(e *AuditEntry) any { return e.ID }),
}

func changesText(changes []Change) string {
	parts := make([]string, len(changes))
	for i, ch := range changes {
		parts[i] = ch.Field + ": " + ch.Old + " → " + ch.New
	}
	return strings.Join(parts, "; ")
}

func auditView(e *audit.Entry) AuditEntry {
	v := AuditEntry{ID: e.ID, At: e.At.UTC(), Tenant: e.Tenant, Account: e.Account, AccountName: e.AccountName, Action: e.Action,
		ObjectKind: e.ObjectKind, ObjectID: e.ObjectID, ObjectName: e.ObjectName, Outcome: e.Outcome, Reason: e.Reason,
		Changes: make([]Change, len(e.Changes)), Params: e.Params, Dialect: e.Origin.Dialect, Method: e.Origin.Method,
		Path: e.Origin.Path, Address: e.Origin.Address, UserAgent: e.Origin.UserAgent, RequestID: e.Origin.RequestID}
	for i, ch := range e.Changes {
		v.Changes[i] = Change{Field: ch.Field, Old: ch.Old, New: ch.New}
	}
	return v
}

func (h handlers) auditEntry(c *wire.Call) (any, error) {
	e, err := h.app.Audit.Get(c.Ctx(), c.Actor, c.Path("id"))
	if err != nil {
		return nil, err
	}
	return auditView(e), nil
}

func (h handlers) auditVerify(c *wire.Call) (any, error) {
	report, err := h.app.Audit.Verify(c.Ctx(), c.Actor)
	if err != nil {
		return nil, err
	}
	var tenants []uint64
	for _, chain := range report.Chains {
		tenants = append(tenants, chain.Tenant)
	}
	named, err := h.app.Org.Units(c.Ctx(), tenants)
	if err != nil {
		return nil, err
	}
	out := VerifyReport{OK: report.OK, Chains: make([]ChainReport, len(report.Chains))}
	for i, chain := range report.Chains {
		out.Chains[i] = ChainReport{All: chain.All, Tenant: chain.Tenant, TenantName: view.UnitName(named, chain.Tenant), Blocks: uint64(chain.Blocks),
			Entries: uint64(chain.Entries), Problem: chain.Problem, Cut: uint64(chain.Cut), CutUntil: rest.Moment(chain.CutUntil), CutDays: chain.CutDays}
	}
	return out, nil
}
