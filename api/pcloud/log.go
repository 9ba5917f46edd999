package pcloud

import (
	"encoding/json"
	"strings"
	"time"

	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
)

// actionView is one line of the action log, 操作日志.
type actionView struct {
	ID         string  `json:"_id"`
	UserID     uint64  `json:"userId"`
	Name       string  `json:"name"`
	Path       string  `json:"path"`
	Params     string  `json:"params"` // JSON as text
	ClientIP   string  `json:"clientIp"`
	OS         string  `json:"os"`
	Browser    string  `json:"browser"`
	Modifier   string  `json:"gmtModifiedName"`
	ModifiedAt *string `json:"gmtModifiedDate"`
}

func (h handlers) logRoutes(prefix string) []wire.Route {
	return []wire.Route{{Method: "POST", Path: prefix + "/admin/log/action/page", Name: "pcloud.log.page", Needs: access.Of(access.AuditRead), Handle: h.logPage}}
}

// logPage lists the action log, newest first: of one name, of one day.
func (h handlers) logPage(c *wire.Call) (any, error) {
	var in struct {
		paging
		Name      wire.Text `json:"name"`
		VisitDate wire.Text `json:"visitDate"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	number, size, err := in.check()
	if err != nil {
		return nil, err
	}
	f := audit.Filter{Text: strings.TrimSpace(string(in.Name)), Page: number, Limit: size}
	if day := strings.TrimSpace(string(in.VisitDate)); day != "" {
		if f.From, err = time.ParseInLocation(time.DateOnly, day, h.zone); err != nil {
			return nil, fault.New(fault.Invalid, "pcloud.visit_date", "visitDate", "visitDate is %q: a day such as 2026-03-02 is expected", day)
		}
		f.To = f.From.AddDate(0, 0, 1)
	}
	page, err := h.app.Audit.List(c.Ctx(), c.Actor, f)
	if err != nil {
		return nil, err
	}
	rows := make([]actionView, len(page.Items))
	for i := range page.Items {
		rows[i] = h.action(&page.Items[i])
	}
	return list{rows, page.Total, page.Capped}, nil
}

func (h handlers) action(e *audit.Entry) actionView {
	system, browser := agent(e.Origin.UserAgent)
	v := actionView{ID: e.ID, UserID: e.Account, Name: e.Action, Path: e.Origin.Path, Params: e.Params, ClientIP: e.Origin.Address,
		OS: system, Browser: browser, Modifier: e.AccountName, ModifiedAt: h.stamp(e.At)}
	if v.Params == "" {
		v.Params = params(e)
	}
	return v
}

// params is what the log knows of an entry without a recorded request, as JSON
// text: what it was done to, and what changed.
func params(e *audit.Entry) string {
	told := map[string]any{}
	for name, value := range map[string]string{"kind": e.ObjectKind, "id": e.ObjectID, "name": e.ObjectName, "reason": e.Reason} {
		if value != "" {
			told[name] = value
		}
	}
	for _, change := range e.Changes {
		told[change.Field] = change.New
	}
	text, err := json.Marshal(told) // escapes < and >: the front end shows it as it is
	if err != nil {
		return "{}"
	}
	return string(text)
}

// agent names the system and the browser of a user agent; "" where it says
// nothing that is known.
func agent(text string) (system, browser string) {
	for _, s := range [][2]string{{"Windows", "Windows"}, {"Android", "Android"}, {"iPhone", "iOS"}, {"iPad", "iOS"}, {"Mac OS X", "macOS"}, {"Linux", "Linux"}} {
		if strings.Contains(text, s[0]) {
			system = s[1]
			break
		}
	}
	for _, b := range [][2]string{{"MicroMessenger", "WeChat"}, {"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}} {
		if strings.Contains(text, b[0]) {
			browser = b[1]
			break
		}
	}
	if first, _, ok := strings.Cut(text, "/"); browser == "" && ok && len(first) <= 32 && !strings.ContainsAny(first, "<>\"'& ") {
		browser = first
	}
	return system, browser
}
