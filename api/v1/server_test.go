package v1_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/pquerna/otp/totp"

	v1 "stoa/api/v1"
	"stoa/api/wire"
	"stoa/app"
	"stoa/app/access"
	"stoa/app/apptest"
	"stoa/app/session"
)

// world is a server with people, whose every answer is held against the OpenAPI
// document.
type world struct {
	*apptest.App
	t      *testing.T
	server *httptest.Server
	routes []wire.Route
	spec   routers.Router
	tokens map[string]string // by user name
	ids    map[string]uint64
}

// coverage is which operations were answered how, over all tests.
var coverage = &covered{seen: map[string]map[int]bool{}}

type covered struct {
	mu   sync.Mutex
	seen map[string]map[int]bool // operation → statuses
}

func (c *covered) note(operation string, status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen[operation] == nil {
		c.seen[operation] = map[int]bool{}
	}
	c.seen[operation][status] = true
}

// TestMain fails a whole run in which an operation never succeeded or, where it
// can be refused, never was: then nobody has held that answer against the document.
func TestMain(m *testing.M) {
	code := m.Run()
	whole := flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.list").Value.String() == ""
	if code == 0 && whole && !coverage.complete() {
		code = 1
	}
	os.Exit(code)
}

func (c *covered) complete() bool {
	open := map[string]bool{"setup.get": true, "openapi": true, "registration.organisations": true, "password.forgot": true,
		"sources.public": true, "sources.start": true, "sources.callback": true} // browsers are sent back with the refusal
	whole := true
	_, err := exec.LookPath("/usr/sbin/slapd")
	slapd := err == nil
	for _, r := range v1.New(&app.App{}, v1.Options{}).Routes {
		name := strings.TrimPrefix(r.Name, "v1.")
		succeeded, refused := false, open[name]
		for status := range c.seen[name] {
			succeeded, refused = succeeded || status < 400, refused || status >= 400
		}
		if name == "sources.sync" && !slapd {
			succeeded = true
		}
		if !succeeded || !refused {
			fmt.Printf("%s: success tested %v, failure tested %v\n", name, succeeded, refused)
			whole = false
		}
	}
	return whole
}

// people of every world: name → organisation and roles.
func (w *world) populate() {
	other := w.Organisation("other", true)
	w.ids["other-org"] = other.ID
	w.enter(apptest.SuperName)
	for _, p := range []struct {
		name   string
		tenant uint64
		roles  []uint64
	}{
		{"admin", 1, []uint64{access.RoleAdmin}}, {"member", 1, nil}, {"owner", 1, []uint64{access.RoleOwner}},
		{"stranger", other.ID, []uint64{access.RoleAdmin}}, {"outsider", other.ID, nil},
	} {
		w.ids[p.name] = w.Account(p.tenant, p.name, p.roles...).ID
		w.enter(p.name)
	}
}

func (w *world) enter(name string) {
	g, err := w.Session.Login(w.t.Context(), apptest.Origin("test"), session.Login{Login: name, Password: apptest.Password})
	if err != nil {
		w.t.Fatal(err)
	}
	w.tokens[name], w.ids[name] = g.Token, g.Account.ID
}

func open(t *testing.T, change ...func(*app.Config)) *world {
	w := empty(t, apptest.Open(t, change...))
	w.populate()
	return w
}

func empty(t *testing.T, a *apptest.App) *world {
	w := &world{App: a, t: t, tokens: map[string]string{}, ids: map[string]uint64{}}
	d := v1.New(a.App, v1.Options{Version: "1.2.3", Started: apptest.Start(), Clock: a.Clock.Now})
	w.routes = d.Routes
	var err error
	if w.spec, err = spec(); err != nil {
		t.Fatal(err)
	}
	mux := wire.NewMux(wire.Deps{Authenticate: a.Session.Authenticate, Clock: a.Clock.Now, Used: a.Calls.Used})
	mux.Mount(d)
	w.server = httptest.NewServer(mux)
	t.Cleanup(w.server.Close)
	return w
}

// spec is the document with every object of answers closed: they may hold
// nothing that is not described. In requests unknown fields are ignored.
var spec = sync.OnceValues(func() (routers.Router, error) {
	routes := v1.New(&app.App{}, v1.Options{}).Routes
	text, err := v1.Document(routes)
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("the document is not valid: %w", err)
	}
	taken := map[string]bool{}
	for _, r := range routes {
		if r.In != nil {
			taken[reflect.TypeOf(r.In).Name()] = true
		}
	}
	for name, schema := range doc.Components.Schemas {
		if schema.Value.Type.Is("object") && !taken[name] {
			no := false
			schema.Value.AdditionalProperties = openapi3.AdditionalProperties{Has: &no}
		}
	}
	return gorillamux.NewRouter(doc)
})

// reply is an answer.
type reply struct {
	t      *testing.T
	status int
	header http.Header
	body   []byte
}

// at walks the JSON body by keys and indexes.
func (r reply) at(path ...any) any {
	r.t.Helper()
	var v any
	d := json.NewDecoder(bytes.NewReader(r.body))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		r.t.Fatalf("body %q: %v", r.body, err)
	}
	for _, step := range path {
		switch s := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[s]
		case int:
			l, _ := v.([]any)
			if s >= len(l) {
				return nil
			}
			v = l[s]
		}
	}
	return v
}

func (r reply) text(path ...any) string { return fmt.Sprint(r.at(path...)) }

func (r reply) count(path ...any) int {
	l, _ := r.at(path...).([]any)
	return len(l)
}

// call makes a request as somebody ("" = nobody) and holds the answer against
// the document. headers are name, value pairs.
func (w *world) call(who, method, path string, body any, headers ...string) reply {
	w.t.Helper()
	var text []byte
	switch b := body.(type) {
	case nil:
	case string:
		text = []byte(b)
	default:
		text, _ = json.Marshal(b)
	}
	req, err := http.NewRequest(method, w.server.URL+path, bytes.NewReader(text))
	if err != nil {
		w.t.Fatal(err)
	}
	if text != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token, ok := w.tokens[who]; ok {
		req.Header.Set("Authorization", "Bearer "+token)
	} else if who != "" {
		req.Header.Set("Authorization", "Bearer "+who)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	w.check(req, text, res, got)
	return reply{t: w.t, status: res.StatusCode, header: res.Header, body: got}
}

// check holds an answer against the document, and a request that succeeded.
func (w *world) check(req *http.Request, sent []byte, res *http.Response, got []byte) {
	w.t.Helper()
	inner, _ := http.NewRequest(req.Method, req.URL.RequestURI(), bytes.NewReader(sent))
	inner.Header = req.Header
	route, params, err := w.spec.FindRoute(inner)
	if err != nil {
		return // no such route: answered by the wire
	}
	coverage.note(route.Operation.OperationID, res.StatusCode)
	kind := res.Header.Get("Content-Type")
	if res.StatusCode < 300 && res.StatusCode != 204 && kind != "application/json" {
		return // a file or a stream
	}
	options := &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}
	in := &openapi3filter.RequestValidationInput{Request: inner, PathParams: params, Route: route, Options: options}
	if res.StatusCode < 300 {
		if err := openapi3filter.ValidateRequest(w.t.Context(), in); err != nil {
			w.t.Errorf("%s %s was taken, but the document forbids the request: %v", req.Method, req.URL.Path, err)
		}
	}
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: res.StatusCode, Header: res.Header, Options: options}
	out.SetBodyBytes(got)
	if err := openapi3filter.ValidateResponse(w.t.Context(), out); err != nil {
		w.t.Errorf("%s %s: the answer %d %s is not as documented: %v", req.Method, req.URL.Path, res.StatusCode, clip(got), err)
	}
	if res.StatusCode >= 400 && kind != "application/problem+json" {
		w.t.Errorf("%s %s: %d comes as %s", req.Method, req.URL.Path, res.StatusCode, kind)
	}
}

func clip(b []byte) string { return string(b[:min(len(b), 400)]) }

// want is call with the status that must come.
func (w *world) want(status int, who, method, path string, body any, headers ...string) reply {
	w.t.Helper()
	r := w.call(who, method, path, body, headers...)
	if r.status != status {
		w.t.Errorf("%s %s as %q: got %d %s, want %d", method, path, who, r.status, clip(r.body), status)
	}
	return r
}

// refused is want with the problem's code.
func (w *world) refused(status int, code, who, method, path string, body any, headers ...string) reply {
	w.t.Helper()
	r := w.want(status, who, method, path, body, headers...)
	if r.status == status && r.text("code") != code {
		w.t.Errorf("%s %s as %q: code %s, want %s (%s)", method, path, who, r.text("code"), code, r.text("detail"))
	}
	return r
}

type object = map[string]any

func (w *world) path(pattern string, name string) string {
	return strings.ReplaceAll(pattern, "{id}", fmt.Sprint(w.ids[name]))
}

// otp is the code that an authenticator app would show.
func (w *world) otp(secret string) string {
	code, err := totp.GenerateCode(secret, w.Clock.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	return code
}

// listen is a gateway on loopback that takes messages.
func listen(t *testing.T, take func(body string)) string {
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		take(string(b))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// number is an id of an answer as a number.
func (w *world) number(text string) uint64 {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}
