package api_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"stoa/app"
	"stoa/app/apptest"
	"stoa/app/notice"
)

// The PCloud front end in one session: it signs in, builds its navigation, opens
// every page and does there what can be done, with its own requests, and finds the
// fields that it reads. Beside it somebody who may only look at users tries every
// call first, and is refused. With and without the prefix /api, as the front end
// is built.
func TestFrontEndSession(t *testing.T) {
	script := readScript(t, "testdata/frontend.script")
	for name, prefix := range map[string]string{"production": "", "development": "/api"} {
		t.Run(name, func(t *testing.T) {
			a := apptest.Open(t, func(c *app.Config) { c.PCloud.FrontEnd = true })
			_, err := a.Notice.Send(t.Context(), a.Super, notice.New{Title: "Maintenance <today>", Text: "From 9 & to \"10\" <b>o'clock</b>",
				For: notice.Audience{Scope: notice.All}})
			if err != nil {
				t.Fatal(err)
			}
			server := httptest.NewServer(handlerOf(t, a))
			defer server.Close()
			f := &frontEnd{t: t, server: server.URL, prefix: prefix, known: map[string]string{"today": a.Clock.Now().Format("2006-01-02")}}
			f.signIn()
			f.play(script)
			f.pagesVisited()
			a.Verify()
		})
	}
}

// frontEnd is the program, in a browser, and beside it one of somebody whose role
// is limited.
type frontEnd struct {
	t              *testing.T
	server, prefix string
	token, limited string
	known          map[string]string // {{x}} of the script
	last           any               // answer to the call before
	navigation     []string          // pages it was given
	visited        map[string]bool
}

// signIn is the form, and what the front end asks before it shows anything.
func (f *frontEnd) signIn() {
	f.t.Helper()
	refused := f.enter(`{"phone":"` + apptest.SuperName + `","password":"not this one","grantType":"ADMIN"}`)
	if refused["code"] != 1000.0 || refused["msg"] == "" {
		f.t.Errorf("a wrong password: %v", refused) // at 401 it would say that a session has ended
	}
	signedIn := f.enter(`{"phone":"` + apptest.SuperName + `","password":"` + apptest.Password + `","grantType":"ADMIN"}`)
	f.token = f.one(signedIn, "data.token", "text")
	f.navigation = f.bootstrap(f.token, "ROLE_SUPER_ADMIN")
	for _, page := range []string{"/system/user", "/system/role", "/system/dept", "/system/post", "/system/grade", "/system/menu",
		"/system/resource", "/system/log", "/personalized/mail", "/personalized/sms", "/personalized/upload", "/open/application",
		"/open/interface", "/segment/center"} {
		if !slices.Contains(f.navigation, page) {
			f.t.Errorf("the navigation lacks %s: %v", page, f.navigation)
		}
	}
	f.visited = map[string]bool{}
}

// enter is the sign-in call: with the program's own Basic credentials, as every
// build sends them.
func (f *frontEnd) enter(body string) map[string]any {
	f.t.Helper()
	return f.call(request{method: "POST", path: "/oauth/token", body: body, authorization: "Basic " + base64.StdEncoding.EncodeToString([]byte("pcloud:pcloud"))})
}

// bootstrap is what follows a sign-in: who am I, my pages, unread mail, figures.
// It gives the pages.
func (f *frontEnd) bootstrap(token, role string) []string {
	f.t.Helper()
	me := f.call(request{method: "POST", path: "/admin/system/adminInfo", body: `{}`, token: token})
	for _, field := range []string{"data.name", "data.phone", "data.avatar"} {
		f.one(me, field, "text")
	}
	if got := f.one(me, "data.permissions[0]", "text"); got != role {
		f.t.Errorf("permissions: %s, want %s", got, role)
	}
	names, pages := map[string]bool{}, []string{}
	routers, _ := pick(me, "data.routers[]")
	for _, root := range routers {
		if got := f.one(root, "component", "text"); got != "Layout" {
			f.t.Errorf("the shell of a root is %s", got)
		}
		pages = append(pages, f.route(names, root, "")...)
	}
	f.one(f.call(request{method: "GET", path: "/integration/admin/mail/quantity", token: token}), "data", "number")
	figures := f.call(request{method: "POST", path: "/admin/log/action/statistics", body: `{}`, token: token})
	f.one(figures, "data.dailyVisits", "number")
	f.one(figures, "data.dailyInterfaceVisits", "number")
	return pages
}

// route checks what the front end's router is handed, and gives the shown pages.
func (f *frontEnd) route(names map[string]bool, of any, above string) []string {
	f.t.Helper()
	name, path := f.one(of, "name", "text"), f.one(of, "path", "text")
	if names[name] || path == "" || strings.HasPrefix(path, "/") != (above == "") {
		f.t.Errorf("a route %q with the path %q", name, path)
	}
	names[name] = true
	for _, field := range []string{"meta.title", "meta.icon"} {
		f.one(of, field, "text")
	}
	f.one(of, "meta.noCache", "bool")
	m := of.(map[string]any)
	for _, never := range []string{"alias", "props", "components"} {
		if m[never] != nil {
			f.t.Errorf("%s has %s", name, never)
		}
	}
	children, _ := m["children"].([]any)
	if above == "" && len(children) == 0 {
		f.t.Errorf("%s has no pages: the front end would not show it", name)
	}
	full, pages := strings.TrimPrefix(above+"/"+path, "//"), []string{}
	if above != "" && f.one(of, "hidden", "bool") == "false" {
		if want := full[1:] + "/index"; f.one(of, "component", "text") != want {
			f.t.Errorf("%s is shown by %v, want %s", full, m["component"], want)
		}
		pages = append(pages, full)
	}
	for _, child := range children {
		pages = append(pages, f.route(names, child, path)...)
	}
	return pages
}

// pagesVisited holds the script against the navigation.
func (f *frontEnd) pagesVisited() {
	for _, page := range f.navigation {
		if !f.visited[page] {
			f.t.Errorf("the script does not open %s", page)
		}
	}
}

func (f *frontEnd) play(script []scriptLine) {
	for _, line := range script {
		text, err := f.filled(line.text)
		switch head, rest, _ := strings.Cut(text, " "); {
		case err != nil:
		case line.indent:
			err = f.read(text)
		case head == "==":
			f.visited[rest] = true
		case head == "limited":
			f.enterLimited(rest)
		default:
			err = f.act(head, rest)
		}
		if err != nil {
			f.t.Errorf("line %d: %s: %v\nanswer: %s", line.number, text, err, plain(f.last))
		}
	}
}

// filled is a line with the values that were kept.
func (f *frontEnd) filled(line string) (string, error) {
	var out strings.Builder
	for {
		before, after, more := strings.Cut(line, "{{")
		out.WriteString(before)
		if !more {
			return out.String(), nil
		}
		name, rest, _ := strings.Cut(after, "}}")
		value, known := f.known[name]
		if !known {
			return line, fmt.Errorf("nothing is kept as %s", name)
		}
		out.WriteString(value)
		line = rest
	}
}

// enterLimited signs the other one in: one page is left of the navigation.
func (f *frontEnd) enterLimited(body string) {
	f.t.Helper()
	f.limited = f.one(f.enter(body), "data.token", "text")
	if pages := f.bootstrap(f.limited, "ROLE_LOOKS"); len(pages) != 1 || pages[0] != "/system/user" {
		f.t.Errorf("who may only look at users is given %v", pages)
	}
}

// act is a call, first by the other one, who gets code, then by the session.
func (f *frontEnd) act(code, call string) error {
	r := request{method: "POST"}
	r.method, call, _ = strings.Cut(call, " ")
	r.path, r.body, _ = strings.Cut(call, " ")
	r.body = laid(r.body)
	if code != "-" {
		r.token = f.limited
		if got := f.call(r)["code"]; plain(got) != code {
			return fmt.Errorf("who may only look at users gets %v, want %s", got, code)
		}
	}
	r.token = f.token
	answer := f.call(r)
	f.last = answer
	return expect(answer["code"], "= 200")
}

// read is what the front end reads of the last answer.
func (f *frontEnd) read(line string) error {
	path, wanted := cutPath(line)
	found, err := pick(f.last, path)
	if err != nil {
		return err
	}
	if name, keep := strings.CutPrefix(wanted, "keep "); keep {
		f.known[name] = plain(found[0])
		return nil
	}
	for _, v := range found {
		if err := expect(v, wanted); err != nil {
			return err
		}
	}
	return nil
}

// one is a single field of a type.
func (f *frontEnd) one(of any, path, kind string) string {
	f.t.Helper()
	found, err := pick(of, path)
	if err == nil {
		err = expect(found[0], kind)
	}
	if err != nil {
		f.t.Fatalf("%s: %v\nanswer: %s", path, err, plain(of))
	}
	return plain(found[0])
}

// request is one call; method SAVE is a download, UPLOAD a picture in a form.
type request struct {
	method, path, body   string
	token, authorization string
}

// call sends a request as the front end's axios does and gives the envelope. A
// download that works has no envelope: its code is 200 for a spreadsheet.
func (f *frontEnd) call(r request) map[string]any {
	f.t.Helper()
	body, kind, method := io.Reader(strings.NewReader(r.body)), "application/json;charset=UTF-8", r.method
	path := f.prefix + r.path
	switch {
	case method == "UPLOAD":
		body, kind = f.picture()
		method, path = "POST", r.path // always below /api
	case method == "SAVE":
		method = "POST"
	case r.body == "":
		body, kind = nil, ""
	}
	req, err := http.NewRequestWithContext(f.t.Context(), method, f.server+path, body)
	if err != nil {
		f.t.Fatal(err)
	}
	req.Header.Set("Accept", "application/json, text/plain, */*")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.Header.Set("Origin", f.server)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if r.authorization == "" {
		r.authorization = "Bearer " + r.token
		req.AddCookie(&http.Cookie{Name: "ACCESS_TOKEN", Value: r.token})
	}
	req.Header.Set("Authorization", r.authorization)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return f.envelope(r.method, res, raw)
}

func (f *frontEnd) envelope(method string, res *http.Response, raw []byte) map[string]any {
	f.t.Helper()
	at := res.Request.Method + " " + res.Request.URL.Path
	if method == "SAVE" && res.StatusCode == http.StatusOK {
		if !strings.Contains(cellsOf(f.t, raw), "13900007002") || !strings.HasPrefix(res.Header.Get("Content-Disposition"), "attachment") {
			f.t.Errorf("%s: the file lacks the user", at)
		}
		return map[string]any{"code": 200.0}
	}
	var e map[string]any
	if err := json.Unmarshal(raw, &e); err != nil {
		f.t.Fatalf("%s: %d, no envelope: %s", at, res.StatusCode, raw)
	}
	code, _ := e["code"].(float64)
	if want := map[bool]int{true: int(code), false: http.StatusOK}[method == "SAVE"]; res.StatusCode != want {
		f.t.Errorf("%s: status %d, want %d: %s", at, res.StatusCode, want, raw)
	}
	if _, there := e["data"]; !there || kindOf(e["msg"]) != "text" || kindOf(e["timestamp"]) != "number" {
		f.t.Errorf("%s: no whole envelope: %s", at, raw)
	}
	if known := []float64{200, 401, 403, 1000, 3000}; !slices.Contains(known, code) {
		f.t.Errorf("%s: the front end takes the code %s for success", at, strconv.FormatFloat(code, 'f', -1, 64))
	}
	return e
}

// picture is a form with a small GIF, as the front end's upload sends it.
func (f *frontEnd) picture() (body io.Reader, kind string) {
	gif, err := base64.StdEncoding.DecodeString("R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs=")
	if err != nil {
		f.t.Fatal(err)
	}
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", "me.gif")
	if err == nil {
		_, err = part.Write(gif)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		f.t.Fatal(err)
	}
	return &form, w.FormDataContentType()
}
