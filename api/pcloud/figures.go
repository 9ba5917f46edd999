package pcloud

import "stoa/api/wire"

// cycleDays is how many days the dashboard's course has.
const cycleDays = 30

func (h handlers) figureRoutes(prefix string) []wire.Route {
	return []wire.Route{
		{Method: "POST", Path: prefix + "/admin/log/action/statistics", Name: "pcloud.figures.today", Handle: h.figuresToday},
		{Method: "POST", Path: prefix + "/admin/dashboard/cycle/statistics", Name: "pcloud.figures.cycle", Handle: h.figuresCycle},
	}
}

// dayView is a day on the dashboard: the people who came, and their calls.
type dayView struct {
	Day             string `json:"day"`
	Visits          int    `json:"visits"`
	InterfaceVisits int    `json:"interfaceVisits"`
}

func (h handlers) figuresToday(c *wire.Call) (any, error) {
	days, err := h.app.Tally.Days(c.Ctx(), c.Actor, 1)
	if err != nil {
		return nil, err
	}
	return struct {
		DailyVisits          int `json:"dailyVisits"`
		DailyInterfaceVisits int `json:"dailyInterfaceVisits"`
	}{days[0].Visits, days[0].Calls}, nil
}

// figuresCycle is the course of the last days. The front end asks for it and
// shows nothing of it; `type` is ignored.
func (h handlers) figuresCycle(c *wire.Call) (any, error) {
	days, err := h.app.Tally.Days(c.Ctx(), c.Actor, cycleDays)
	if err != nil {
		return nil, err
	}
	rows := make([]dayView, len(days))
	for i, d := range days {
		rows[i] = dayView{d.Day, d.Visits, d.Calls}
	}
	return rows, nil
}
