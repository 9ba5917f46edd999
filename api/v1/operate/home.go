package operate

import (
	"context"

	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/app/message"
	"stoa/app/org"
)

// Home is the first page: what to do next, how much there is, what changed.
type Home struct {
	Checklist []Check      `json:"checklist"`
	Counts    Counts       `json:"counts"`
	Days      []HomeDay    `json:"days" description:"the last 14 days, today last"`
	Recent    []AuditEntry `json:"recent" description:"newest first; empty for those who may not read the action log"`
}

// HomeDay is one day's figures: of the organisation, or of the installation for
// super administrators.
type HomeDay struct {
	Day    string `json:"day" format:"date" description:"in the server's zone"`
	Visits int    `json:"visits" minimum:"0" description:"accounts that came"`
	Calls  int    `json:"calls" minimum:"0" description:"calls that they made, through all APIs"`
}

// Check is one step of setting up.
type Check struct {
	ID   string `json:"id" enum:"second_factor,organisation,department,account,tls,sms,email,token" description:"what is to be done"`
	Done bool   `json:"done"`
}

// Counts are what the caller may see; 0 for what it may not.
type Counts struct {
	Accounts      int `json:"accounts" minimum:"0"`
	Online        int `json:"online" minimum:"0" description:"of those, signed in now"`
	Organisations int `json:"organisations" minimum:"0"`
	Departments   int `json:"departments" minimum:"0"`
}

const (
	recentEntries = 10
	recentDays    = 14
)

func (h handlers) homeRoutes() []wire.Route {
	return []wire.Route{{Method: "GET", Path: "/v1/home", Name: "v1.home.get", Handle: h.home, Out: Home{}, Tag: "home",
		Summary: "What to do next, how much there is, what changed"}}
}

func (h handlers) home(c *wire.Call) (any, error) {
	counts, err := h.counts(c.Ctx(), c.Actor)
	if err != nil {
		return nil, err
	}
	checks, err := h.checklist(c, counts)
	if err != nil {
		return nil, err
	}
	days, err := h.app.Tally.Days(c.Ctx(), c.Actor, recentDays)
	if err != nil {
		return nil, err
	}
	home := Home{Checklist: checks, Counts: counts, Recent: []AuditEntry{}}
	for _, d := range days {
		home.Days = append(home.Days, HomeDay{Day: d.Day, Visits: d.Visits, Calls: d.Calls})
	}
	if !c.Actor.Can(access.AuditRead) {
		return home, nil
	}
	page, err := h.app.Audit.List(c.Ctx(), c.Actor, audit.Filter{Limit: recentEntries})
	if err != nil {
		return nil, err
	}
	for i := range page.Items {
		home.Recent = append(home.Recent, auditView(&page.Items[i]))
	}
	return home, nil
}

// counts counts what by may list.
func (h handlers) counts(ctx context.Context, by access.Actor) (n Counts, err error) {
	if by.Can(access.AccountRead) {
		page, err := h.app.Account.List(ctx, by, account.Filter{Limit: 1})
		if err != nil {
			return n, err
		}
		n.Accounts = page.Total
	}
	if by.Can(access.OrganisationRead) {
		page, err := h.app.Org.Organisations(ctx, by, org.Filter{Limit: 1})
		if err != nil {
			return n, err
		}
		n.Organisations = page.Total
	}
	if by.Can(access.DepartmentRead) {
		if n.Departments, err = h.app.Org.DepartmentCount(ctx, by); err != nil {
			return n, err
		}
	}
	n.Online, err = h.app.Session.OnlineCount(ctx, by)
	return n, err
}

// checklist is what somebody with the caller's rights should have done.
func (h handlers) checklist(c *wire.Call, n Counts) ([]Check, error) {
	me, err := h.app.Account.Get(c.Ctx(), c.Actor, c.Actor.Account)
	if err != nil {
		return nil, err
	}
	checks := []Check{{"second_factor", me.SecondFactor}}
	if c.Actor.Can(access.OrganisationWrite) {
		checks = append(checks, Check{"organisation", n.Organisations > 1})
	}
	if c.Actor.Can(access.DepartmentWrite) {
		checks = append(checks, Check{"department", n.Departments > 0})
	}
	if c.Actor.Can(access.AccountCreate) {
		checks = append(checks, Check{"account", n.Accounts > 1})
	}
	if c.Actor.Can(access.SystemRead) {
		checks = append(checks, Check{"tls", c.Secure()}, Check{"sms", h.app.Message.Delivers(message.SMS)},
			Check{"email", h.app.Message.Delivers(message.Email)})
	}
	token, err := h.app.Session.Token(c.Ctx(), c.Actor)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return nil, err
	}
	return append(checks, Check{"token", token != nil}), nil
}
