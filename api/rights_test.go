package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"stoa/api"
	"stoa/api/openid"
	v1 "stoa/api/v1"
	"stoa/app"
	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/application"
	"stoa/app/apptest"
	"stoa/app/audit"
	"stoa/app/menu"
	"stoa/app/org"
	"stoa/app/resource"
	"stoa/app/role"
	"stoa/app/segment"
)

// The rights matrix: every route of every dialect, called by six people with a
// sensible request that, where it names an object, names one of somebody else in
// organisation 1. What each gets is in testdata/rights.golden for everybody to
// read; what must never happen is asserted besides.

const rightsGolden = "testdata/rights.golden"

// people of the matrix, in the order of its columns.
var people = []string{"nobody", "member", "secondary", "foreign", "admin", "super"}

// marker is in the name of everything that belongs to others in organisation 1.
const marker = "zebra"

func TestRightsMatrix(t *testing.T) {
	all := samples()
	public := publicRoutes(t)
	var got strings.Builder
	got.WriteString("# who gets what: nobody | member | secondary account | administrator of another organisation | administrator | super administrator\n")
	for _, line := range api.Handler(apptest.Open(t).App, api.Options{}).Routes() {
		parts := strings.Fields(line)
		method, path, dialect, name := parts[0], parts[1], parts[2], parts[3]
		if dialect == "-" {
			continue // console, health: no rights are involved
		}
		request, ok := all[name]
		if !ok {
			t.Errorf("%s %s (%s) has no sample request: who may call it?", method, path, name)
			continue
		}
		classes := make([]string, len(people))
		t.Run(method+" "+path, func(t *testing.T) {
			h := newHouse(t)
			for i, who := range people {
				classes[i] = h.try(trial{method, path, name, who, public[name], request})
			}
			if !neverOK()[name] && !strings.Contains(strings.Join(classes, " "), "ok") {
				t.Errorf("nobody at all gets through: %v", classes)
			}
		})
		fmt.Fprintf(&got, "%-6s %-44s %s\n", method, path, strings.Join(classes, " | "))
	}
	compareGolden(t, got.String())
}

func compareGolden(t *testing.T, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(rightsGolden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(rightsGolden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("rights differ from %s; if that is meant, run go test ./api -run RightsMatrix -update\n%s", rightsGolden, differing(string(want), got))
	}
}

func publicRoutes(t *testing.T) map[string]bool {
	a := apptest.Open(t)
	public := map[string]bool{}
	for _, d := range append(dialectsOf(a), openid.New(a.App), v1.New(a.App, v1.Options{})) {
		for _, r := range d.Routes {
			public[r.Name] = r.Public
		}
		if d.Last != nil {
			public[d.Last.Name] = d.Last.Public
		}
	}
	return public
}

// house is an installation with the people of the matrix.
type house struct {
	*apptest.App
	t      *testing.T
	server *httptest.Server
	tokens map[string]string
	ids    map[string]uint64
	names  map[string]string
	serial int
}

func newHouse(t *testing.T) *house {
	a := apptest.Open(t, func(c *app.Config) { c.Backup.Dir, c.Tenants.DeleteAfter = t.TempDir(), 0 })
	h := &house{App: a, t: t, tokens: map[string]string{}, ids: map[string]uint64{}, names: map[string]string{}}
	h.server = httptest.NewServer(api.Handler(a.App, api.Options{Clock: a.Clock.Now}))
	t.Cleanup(h.server.Close)
	other := a.Organisation("elsewhere", false)
	owner := a.Account(1, "owner", access.RoleOwner)
	for who, acc := range map[string]*account.Account{
		"member": a.Account(1, "member"), "secondary": a.Secondary(owner, "secondary"),
		"foreign": a.Account(other.ID, "foreign", access.RoleAdmin), "admin": a.Account(1, "admin", access.RoleAdmin),
	} {
		h.enter(who, acc.ID, acc.Name)
	}
	h.enter("super", a.Super.Account, apptest.SuperName)
	return h
}

func (h *house) enter(who string, id uint64, name string) {
	h.tokens[who], h.ids[who], h.names[who] = h.Login(name).Token, id, name
}

// trial is one call of the matrix.
type trial struct {
	method, path, name, who string
	public                  bool
	request                 sample
}

// try makes the call, checks the rules, and names what came.
func (h *house) try(c trial) string {
	h.t.Helper()
	req, object := h.request(c)
	class, text := h.send(req)
	h.judge(c, class, text, object)
	return class
}

// request is a call of the matrix, about fresh objects.
func (h *house) request(c trial) (*http.Request, *belonging) {
	h.t.Helper()
	fill, object := h.target(c)
	path := fill(strings.NewReplacer("/{$}", "/", "{id}", objectOf(c.name), "{tag}", "{segment}", "{bizTag}", "{segment}", "{name}", "account.read", "{dialect}", "casdao", "{tenant}", "{organisation}", "{key}", "table", "{kind}", "account", "{record}", "7", "{accountId}", "{application}", "{purpose}", "sign_up_code", "{language}", "en", "{number}", "2").Replace(c.path))
	body, kind := fill(c.request.json), "application/json"
	switch {
	case c.request.form != "" && c.method != http.MethodGet:
		body, kind = fill(c.request.form), "application/x-www-form-urlencoded"
	case c.request.query != "":
		path += "?" + fill(c.request.query)
	}
	req, err := http.NewRequestWithContext(h.t.Context(), c.method, h.server.URL+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	if token := h.tokens[c.who]; token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return req, object
}

// send gives the class of the answer and its text.
func (h *house) send(req *http.Request) (class, text string) {
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	kind := res.Header.Get("Content-Type")
	if kind == "text/event-stream" {
		return "ok", ""
	}
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	if res.StatusCode >= 500 {
		h.t.Errorf("%s %s: %d %s", req.Method, req.URL.Path, res.StatusCode, raw)
	}
	if strings.Contains(kind, "spreadsheetml") {
		return "ok", cellsOf(h.t, raw)
	}
	return classOf(req.URL.Path, res.StatusCode, raw), string(raw)
}

// classOf is ok, or the status or the dialect's code. A code of 200, or of 0 or
// 1 where the dialect has those for success, is ok.
func classOf(path string, status int, raw []byte) string {
	if status != http.StatusOK || strings.HasPrefix(path, "/v1/") || path == "/openapi.json" {
		if status < 300 {
			return "ok"
		}
		return fmt.Sprint(status)
	}
	var body struct{ Code *int }
	_ = json.Unmarshal(raw, &body)
	success := 200
	switch {
	case strings.HasPrefix(path, "/api/user/") || strings.HasPrefix(path, "/api/image/"):
		success = 1 // gallery; channel has no code
	case strings.HasPrefix(path, "/user"):
		success = 0 // datacanvas
	}
	if body.Code == nil || *body.Code == success {
		return "ok"
	}
	return fmt.Sprint("code ", *body.Code)
}

func cellsOf(t *testing.T, raw []byte) string {
	file, err := excelize.OpenReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := file.GetRows(file.GetSheetList()[0])
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(rows)
}

// judge holds what came against the rules.
func (h *house) judge(c trial, class, text string, object *belonging) {
	h.t.Helper()
	ok := class == "ok"
	switch {
	case c.who == "nobody" && !c.public && ok:
		h.t.Errorf("nobody gets through: %s", text)
	case (c.who == "member" || c.who == "secondary") && ok && listed(c.name, forAdministrators()):
		h.t.Errorf("%s gets what is for administrators: %s", c.who, text)
	case c.who == "admin" && ok && listed(c.name, forSuper()):
		h.t.Errorf("an administrator gets what is for super administrators: %s", text)
	}
	if c.public || c.who == "admin" || c.who == "super" {
		return
	}
	named := answersAnyway()[c.name]
	if object.used && ok && !named {
		h.t.Errorf("%s gets at somebody else's object: %s", c.who, text)
	}
	if object.used && object.state() != object.before {
		h.t.Errorf("%s changed somebody else's object: %s, was %s", c.who, object.state(), object.before)
	}
	if strings.Contains(text, marker) && !strings.HasPrefix(c.name, "gallery.") {
		h.t.Errorf("%s is shown what belongs to others: %s", c.who, text)
	}
}

func listed(name string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

// belonging is what a call names: somebody else's.
type belonging struct {
	used   bool
	state  func() string
	before string
}

// target makes fresh objects for one call; fill puts them into its texts.
func (h *house) target(c trial) (fill func(string) string, o *belonging) {
	h.t.Helper()
	h.serial++
	h.Clock.Add(15 * time.Minute) // no throttle meets a person for what another did
	name := fmt.Sprintf("%s-%d", marker, h.serial)
	ctx, by := h.t.Context(), h.Super
	victim := h.Account(1, name)
	grant := h.Login(name)
	department, err1 := h.Org.CreateDepartment(ctx, by, org.NewDepartment{Parent: 1, Name: "dept " + name})
	program, _, err2 := h.Application.Create(ctx, by, application.New{Name: "app " + name})
	path := "GET /v1/accounts"
	call, err5 := h.Application.CreateInterface(ctx, by, application.InterfaceChange{Name: &name, URL: &path})
	organisation := h.Organisation("org "+name, false)
	numbers, err4 := h.Segment.Create(ctx, by, segment.New{Tag: name})
	rights := h.rights(name)
	work, job := h.background(by, name)
	held := h.positions(name)
	kept := h.storage(c.name, name)
	sold := h.reselling(name)
	log, err3 := h.Audit.List(ctx, by, audit.Filter{Tenant: 1, Object: fmt.Sprint("account/", victim.ID), Limit: 1})
	from, to, err6 := leading(ctx, h.App, name)
	if err1 != nil || err2 != nil || err3 != nil || err4 != nil || err5 != nil || err6 != nil || len(log.Items) == 0 {
		h.t.Fatal(err1, err2, err3, err4, err5, err6, len(log.Items))
	}
	texts := strings.NewReplacer("{account}", fmt.Sprint(victim.ID), "{name}", name, "{session}", fmt.Sprint(grant.Session),
		"{department}", fmt.Sprint(department.ID), "{application}", fmt.Sprint(program.ID), "{organisation}", fmt.Sprint(organisation.ID),
		"{role}", fmt.Sprint(rights.role), "{menu}", fmt.Sprint(rights.menu), "{resource}", fmt.Sprint(rights.resource),
		"{channel}", fmt.Sprint(sold.channel), "{company}", fmt.Sprint(sold.company), "{frozen}", fmt.Sprint(sold.frozen),
		"{segment}", numbers.Tag, "{audit}", log.Items[0].ID, "{self}", fmt.Sprint(h.ids[c.who]), "{me}", h.names[c.who], "{task}", work, "{import}", job, "{new}", fmt.Sprintf("fresh-%d", h.serial),
		"{phone}", apptest.Phone(h.serial), "{post}", fmt.Sprint(held.post), "{grade}", fmt.Sprint(held.grade), "{interface}", fmt.Sprint(call.ID), "{source}", fmt.Sprint(from.ID), "{link}", fmt.Sprint(to.ID),
		"{bucket}", fmt.Sprint(kept.bucket), "{upload}", kept.upload, "{part}", kept.part, "{access_key}", kept.key)
	o = &belonging{}
	fill = func(s string) string {
		for _, p := range []string{"{account}", "{department}", "{application}", "{interface}", "{organisation}", "{segment}", "{session}", "{audit}", "{task}", "{import}", "{role}", "{post}", "{grade}", "{source}", "{link}",
			"{bucket}", "{upload}", "{access_key}", "{channel}", "{company}", "{frozen}"} {
			o.used = o.used || strings.Contains(s, p)
		}
		if strings.Contains(s, "{backup}") {
			o.used, s = true, strings.ReplaceAll(s, "{backup}", h.backup())
		}
		return texts.Replace(s)
	}
	o.state = func() string {
		i, err := h.Application.GetInterface(ctx, by, call.ID)
		if err != nil {
			return err.Error()
		}
		a, err1 := h.App.App.Account.Get(ctx, by, victim.ID)
		d, err2 := h.Org.Department(ctx, by, department.ID)
		p, err3 := h.Application.Get(ctx, by, program.ID)
		u, err4 := h.Org.Organisation(ctx, by, organisation.ID)
		_, err5 := h.Session.Authenticate(ctx, apptest.Origin("test"), grant.Token)
		g, err6 := h.Segment.Get(ctx, by, numbers.Tag)
		x, err7 := h.Source.Get(ctx, by, from.ID)
		v, err9 := h.Role.Get(ctx, by, rights.role)
		l, err8 := h.Link.Get(ctx, by, to.ID)
		if err1 != nil || err2 != nil || err3 != nil || err4 != nil || err6 != nil || err7 != nil || err8 != nil || err9 != nil {
			return fmt.Sprint(err1, err2, err3, err4, err6, err7, err8, err9)
		}
		return fmt.Sprintf("account %d %s, department %d %s, application %d, organisation %d %s, segment %d %d, interface %d, source %d, link %d, role %d, session %v", a.Version, a.State,
			d.Version, d.Name, p.Version, u.Version, u.Name, g.Version, g.Next, i.Version, x.Version, l.Version, v.Version, err5) + held.state() + kept.state() + sold.state()
	}
	o.before = o.state()
	return fill, o
}

// granting are a role, a menu and a resource that others made.
type granting struct{ role, menu, resource uint64 }

func (h *house) rights(name string) granting {
	h.t.Helper()
	ctx, by := h.t.Context(), h.Super
	v, err1 := h.Role.Create(ctx, by, role.New{Name: name})
	m, err2 := h.Menu.Create(ctx, by, menu.New{Name: fmt.Sprint("menu ", h.serial)})
	r, err3 := h.Resource.Create(ctx, by, resource.New{Name: fmt.Sprint("resource ", h.serial)})
	if err1 != nil || err2 != nil || err3 != nil {
		h.t.Fatal(err1, err2, err3)
	}
	return granting{v.ID, m.ID, r.ID}
}

// backup makes one and gives its name.
func (h *house) backup() string {
	h.t.Helper()
	err := h.Backup.Want(h.t.Context(), h.Super)
	if err == nil {
		err = h.Backup.Round(h.t.Context(), "test")
	}
	st, err2 := h.Backup.Status(h.t.Context(), h.Super)
	if err != nil || err2 != nil || len(st.Backups) == 0 {
		h.t.Fatal(err, err2)
	}
	return st.Backups[0].Name
}
