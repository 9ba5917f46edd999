package v1

import (
	"strings"
	"time"

	"stoa/api/wire"
	"stoa/app/audit"
	"stoa/app/fault"
)

// AuditQuery selects entries of the action log.
type AuditQuery struct {
	Listing
	Q       string    `query:"q" description:"part of a name, the path, the parameters or the reason"`
	Tenant  uint64    `query:"tenant" description:"super administrators; 0 = all"`
	Account uint64    `query:"account" description:"who did it"`
	Action  string    `query:"action" description:"account.create, or account. for all that begins with it"`
	Object  string    `query:"object" description:"account (a kind), account/12 or 12"`
	Outcome string    `query:"outcome" enum:"ok,refused,failed"`
	From    time.Time `query:"from" format:"date-time" description:"the first moment, RFC 3339"`
	To      time.Time `query:"to" format:"date-time" description:"the first moment that is too late, RFC 3339"`
}

func (d *door) auditRoutes() []wire.Route {
	const tag = "audit"
	return []wire.Route{
		{Method: "GET", Path: "/v1/audit", Name: "v1.audit.list", Handle: d.auditList, Query: AuditQuery{}, Out: Page[AuditEntry]{},
			Long: true, Tag: tag, Summary: "List the action log, newest first"},
		{Method: "GET", Path: "/v1/audit/{id}", Name: "v1.audit.get", Handle: d.auditEntry, Out: AuditEntry{}, Tag: tag,
			Summary: "Read one entry of the action log"},
		{Method: "POST", Path: "/v1/audit/verify", Name: "v1.audit.verify", Handle: d.auditVerify, Out: VerifyReport{}, Long: true,
			Tag: tag, Summary: "Check that the action log is whole"},
	}
}

func (d *door) auditList(c *wire.Call) (any, error) {
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
		Outcome: q.Outcome}
	return list[AuditEntry]{name: "audit", columns: auditColumns, fetch: func(at Listing) (Page[AuditEntry], error) {
		f.Page, f.Limit, f.Cursor = at.Page, at.Limit, at.Cursor
		page, err := d.app.Audit.List(c.Ctx(), c.Actor, f)
		if err != nil {
			return Page[AuditEntry]{}, err
		}
		items := make([]AuditEntry, len(page.Items))
		for i := range page.Items {
			items[i] = auditView(&page.Items[i])
		}
		return Page[AuditEntry]{Items: items, Total: page.Total, TotalCapped: page.Capped, Next: page.Next}, nil
	}}.serve(c, q.Listing)
}

var auditColumns = []column[AuditEntry]{
	{"at", func(e *AuditEntry) any { return e.At }},
	{"account", func(e *AuditEntry) any { return e.Account }},
	{"account_name", func(e *AuditEntry) any { return e.AccountName }},
	{"tenant", func(e *AuditEntry) any { return e.Tenant }},
	{"action", func(e *AuditEntry) any { return e.Action }},
	{"object_kind", func(e *AuditEntry) any { return e.ObjectKind }},
	{"object_id", func(e *AuditEntry) any { return e.ObjectID }},
	{"object_name", func(e *AuditEntry) any { return e.ObjectName }},
	{"outcome", func(e *AuditEntry) any { return e.Outcome }},
	{"reason", func(e *AuditEntry) any { return e.Reason }},
	{"changes", func(e *AuditEntry) any { return changesText(e.Changes) }},
	{"dialect", func(e *AuditEntry) any { return e.Dialect }},
	{"address", func(e *AuditEntry) any { return e.Address }},
	{"request_id", func(e *AuditEntry) any { return e.RequestID }},
	{"id", func(e *AuditEntry) any { return e.ID }},
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

func (d *door) auditEntry(c *wire.Call) (any, error) {
	e, err := d.app.Audit.Get(c.Ctx(), c.Actor, c.Path("id"))
	if err != nil {
		return nil, err
	}
	return auditView(e), nil
}

func (d *door) auditVerify(c *wire.Call) (any, error) {
	report, err := d.app.Audit.Verify(c.Ctx(), c.Actor)
	if err != nil {
		return nil, err
	}
	var tenants []uint64
	for _, chain := range report.Chains {
		tenants = append(tenants, chain.Tenant)
	}
	named, err := d.app.Org.Units(c.Ctx(), tenants)
	if err != nil {
		return nil, err
	}
	out := VerifyReport{OK: report.OK, Chains: make([]ChainReport, len(report.Chains))}
	for i, chain := range report.Chains {
		out.Chains[i] = ChainReport{All: chain.All, Tenant: chain.Tenant, TenantName: unitName(named, chain.Tenant), Blocks: uint64(chain.Blocks),
			Entries: uint64(chain.Entries), Problem: chain.Problem}
	}
	return out, nil
}
