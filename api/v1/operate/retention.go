package operate

import (
	"net/http"
	"time"

	"stoa/api/v1/rest"
	"stoa/api/v1/view"
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/fault"
)

// Retention says how long entries of the action log are kept.
type Retention struct {
	Tenant     uint64     `json:"tenant" description:"0 = all that have no own retention, and the server's own entries"`
	TenantName string     `json:"tenant_name"`
	Days       int        `json:"days" description:"0 = for ever"`
	SetBy      string     `json:"set_by"`
	SetAt      *time.Time `json:"set_at,omitempty"`
}

// Retentions are all that are set; the installation's is the first.
type Retentions struct {
	Items []Retention `json:"items"`
}

// RetentionChange sets a retention.
type RetentionChange struct {
	Days int `json:"days" minimum:"0" maximum:"36500" description:"30 at least, or 0 for ever"`
}

// RetentionPreview is what a retention would cut now.
type RetentionPreview struct {
	Entries int        `json:"entries" minimum:"0"`
	Until   *time.Time `json:"until,omitempty" description:"time of the latest entry that would go"`
}

// PreviewQuery is the retention that is thought of.
type PreviewQuery struct {
	Days int `query:"days" minimum:"0" maximum:"36500"`
}

type byTenant struct {
	Tenant uint64 `path:"tenant"`
}

func (h handlers) retentionRoutes() []wire.Route {
	const tag, one = "audit", "/v1/audit/retention/{tenant}"
	needs := access.Of(access.AuditKeep)
	return []wire.Route{
		{Method: "GET", Path: "/v1/audit/retention", Name: "v1.audit.retentions", Handle: h.retentions, Needs: needs, Out: Retentions{}, Tag: tag,
			Summary: "How long the action log is kept"},
		{Method: "GET", Path: one + "/preview", Params: byTenant{}, Name: "v1.audit.retention_preview", Handle: h.previewRetention, Needs: needs,
			Query: PreviewQuery{}, Out: RetentionPreview{}, Tag: tag, Summary: "What a retention would cut now; tenant 0 is the installation"},
		{Method: "PUT", Path: one, Params: byTenant{}, Name: "v1.audit.set_retention", Handle: h.setRetention, Needs: needs, In: RetentionChange{},
			Out: Retentions{}, Tag: tag, Summary: "Set how long entries are kept; older ones are cut soon after, up to a signed checkpoint"},
		{Method: "DELETE", Path: one, Params: byTenant{}, Name: "v1.audit.clear_retention", Handle: h.clearRetention, Needs: needs,
			Status: http.StatusNoContent, Tag: tag, Summary: "Remove a tenant's own retention: the installation's holds again"},
	}
}

func (h handlers) retentions(c *wire.Call) (any, error) {
	all, err := h.app.Audit.Retentions(c.Ctx(), c.Actor)
	if err != nil {
		return nil, err
	}
	var tenants []uint64
	for _, r := range all {
		tenants = append(tenants, r.Tenant)
	}
	named, err := h.app.Org.Units(c.Ctx(), tenants)
	if err != nil {
		return nil, err
	}
	out := Retentions{Items: make([]Retention, len(all))}
	for i, r := range all {
		out.Items[i] = Retention{Tenant: r.Tenant, TenantName: view.UnitName(named, r.Tenant), Days: r.Days, SetBy: r.By, SetAt: rest.Moment(r.At)}
	}
	return out, nil
}

// tenant is the one in the path, which may be 0.
func tenant(c *wire.Call) (uint64, error) {
	if c.Path("tenant") == "0" {
		return 0, nil
	}
	return c.ID("tenant")
}

func (h handlers) previewRetention(c *wire.Call) (any, error) {
	var q PreviewQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	id, err := tenant(c)
	if err != nil {
		return nil, err
	}
	p, err := h.app.Audit.PreviewRetention(c.Ctx(), c.Actor, id, q.Days)
	if err != nil {
		return nil, err
	}
	return RetentionPreview{Entries: p.Entries, Until: rest.Moment(p.Until)}, nil
}

func (h handlers) setRetention(c *wire.Call) (any, error) {
	var in RetentionChange
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	id, err := tenant(c)
	if err != nil {
		return nil, err
	}
	if id != 0 && c.Actor.Can(access.AuditKeep) {
		if named, err := h.app.Org.Units(c.Ctx(), []uint64{id}); err != nil {
			return nil, err
		} else if view.UnitName(named, id) == "" {
			return nil, fault.New(fault.NotFound, "org.not_found", "tenant", "there is no such organisation")
		}
	}
	if err := h.app.Audit.SetRetention(c.Ctx(), c.Actor, id, in.Days); err != nil {
		return nil, err
	}
	return h.retentions(c)
}

func (h handlers) clearRetention(c *wire.Call) (any, error) {
	id, err := tenant(c)
	if err != nil {
		return nil, err
	}
	return wire.NoContent{}, h.app.Audit.ClearRetention(c.Ctx(), c.Actor, id)
}
