package program

import (
	"time"

	"stoa/api/v1/rest"
	"stoa/api/wire"
	"stoa/app/access"
)

// ApplicationUsage is what an application did with its tokens.
type ApplicationUsage struct {
	Calls    uint64                  `json:"calls" description:"in the days asked for"`
	LastUsed *time.Time              `json:"last_used,omitempty" description:"left out where it made no call"`
	Days     []ApplicationUsageDay   `json:"days" description:"those with calls, oldest first"`
	Routes   []ApplicationUsageRoute `json:"routes" description:"most used first"`
}

// ApplicationUsageDay is the calls of one day.
type ApplicationUsageDay struct {
	Day   string `json:"day" format:"date" description:"UTC"`
	Calls uint64 `json:"calls"`
}

// ApplicationUsageRoute is one call's use.
type ApplicationUsageRoute struct {
	Dialect  string    `json:"dialect"`
	Name     string    `json:"name" example:"v1.accounts.list" description:"empty for what was more than is told apart"`
	Calls    uint64    `json:"calls"`
	LastUsed time.Time `json:"last_used"`
}

// ApplicationUsageQuery says how far back.
type ApplicationUsageQuery struct {
	Days int `query:"days" minimum:"1" maximum:"90" default:"30" description:"how far back"`
}

func (h handlers) usageRoutes() []wire.Route {
	return []wire.Route{{Method: "GET", Path: "/v1/applications/{id}/usage", Name: "v1.applications.usage", Handle: h.applicationUsage,
		Query: ApplicationUsageQuery{}, Out: ApplicationUsage{}, Tag: "applications", Needs: access.Of(access.ApplicationRead),
		Summary: "When an application was last used, by which calls, and how often each day"}}
}

func (h handlers) applicationUsage(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	var q ApplicationUsageQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	if q.Days == 0 && c.Query().Get("days") == "" {
		q.Days = 30
	}
	u, err := h.app.Calls.Of(c.Ctx(), c.Actor, id, q.Days)
	if err != nil {
		return nil, err
	}
	out := ApplicationUsage{Calls: u.Calls, LastUsed: rest.Moment(u.Last), Days: make([]ApplicationUsageDay, len(u.Days)),
		Routes: make([]ApplicationUsageRoute, len(u.Routes))}
	for i, d := range u.Days {
		out.Days[i] = ApplicationUsageDay{Day: d.At.Format(time.DateOnly), Calls: d.Calls}
	}
	for i, r := range u.Routes {
		out.Routes[i] = ApplicationUsageRoute{Dialect: r.Dialect, Name: r.Name, Calls: r.Calls, LastUsed: r.Last.UTC()}
	}
	return out, nil
}
