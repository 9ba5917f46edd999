package api_test

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"stoa/api/casdao"
	"stoa/api/channel"
	"stoa/api/datacanvas"
	"stoa/api/gallery"
	"stoa/api/pcloud"
	"stoa/app/apptest"
	"stoa/app/fault"
)

// One account, five dialects and the native API: made through any of them, it
// signs in through all, and a token of any serves in all, in any header.

// client calls a server as a program of one of the documents would.
type client struct {
	t      *testing.T
	server string
}

// answer is a status and a JSON body.
type answer struct {
	status int
	body   map[string]any
	header http.Header
}

func (a answer) code() string { return fmt.Sprint(a.body["code"]) }

// data walks the body by keys; nil where there is nothing.
func (a answer) at(keys ...string) any {
	var v any = a.body
	for _, k := range keys {
		m, _ := v.(map[string]any)
		v = m[k]
	}
	return v
}

func (c client) do(method, path, kind, body string, headers ...string) answer {
	c.t.Helper()
	req, err := http.NewRequest(method, c.server+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	a := answer{status: res.StatusCode, header: res.Header}
	_ = json.NewDecoder(res.Body).Decode(&a.body)
	return a
}

func (c client) json(method, path string, body any, headers ...string) answer {
	c.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	return c.do(method, path, "application/json", string(text), headers...)
}

func (c client) form(path string, values url.Values, headers ...string) answer {
	c.t.Helper()
	return c.do("POST", path, "application/x-www-form-urlencoded", values.Encode(), headers...)
}

type object map[string]any

const everyPassword = "tall reeds bend 27"

// maker opens an account through one door.
type maker struct {
	door    string
	byPhone bool // takes a phone as the user name
	make    func(c client, admin, name string) answer
	made    func(answer) bool
	taken   func(answer) bool
}

func makers() []maker {
	return []maker{
		{"casdao", true, func(c client, admin, name string) answer {
			return c.json("POST", "/casdao/api/v1.0/system/user/addition", object{"roleId": 4, "roleCategory": 4, "username": name,
				"password": everyPassword, "mobilePhone": phoneOf(name), "departmentId": 1, "departmentName": "default", "origin": "console",
				"parentId": -1, "clusterAccounts": []int{}, "status": 0, "notify": 3, "module": "密码通知"}, "X-Auth-Token", admin)
		}, coded(200), coded(casdao.Code(fault.Exists))},
		{"pcloud", true, func(c client, admin, name string) answer {
			return c.json("POST", "/api/admin/system/user/create", object{"phone": phoneOf(name), "name": "Somebody", "password": everyPassword,
				"state": 0, "roleIds": []int{6}, "avatar": ""}, "Authorization", "Bearer "+admin)
		}, coded(200), coded(pcloud.Code(fault.Exists))},
		{"datacanvas", false, func(c client, admin, name string) answer {
			return c.form("/user", url.Values{"name": {name}, "email": {name + "@d.example.com"}, "password": {everyPassword}}, "X-Access-Token", admin)
		}, coded(0), coded(datacanvas.Code(fault.Exists))},
		{"gallery", false, func(c client, _, name string) answer {
			return c.form("/api/user/add/", url.Values{"username": {name}, "email": {name + "@g.example.com"}, "password": {everyPassword}})
		}, coded(1), coded(gallery.Code(fault.Exists))},
		{"native", true, func(c client, admin, name string) answer {
			return c.json("POST", "/v1/accounts", object{"name": name, "phone": phoneOf(name), "password": everyPassword}, "Authorization", "Bearer "+admin)
		}, func(a answer) bool { return a.status == 201 }, func(a answer) bool { return a.status == 409 }},
	}
}

func coded(n int) func(answer) bool {
	return func(a answer) bool { return a.code() == strconv.Itoa(n) }
}

// phoneOf is a name that is a phone, or else an invented phone of the name's own.
func phoneOf(name string) string {
	if _, err := strconv.Atoi(name); err == nil {
		return name
	}
	h := fnv.New32a()
	h.Write([]byte(name))
	return fmt.Sprintf("139%08d", h.Sum32()%1e8)
}

// signIns are the five doors by which somebody signs in; each gives a token or "".
func signIns(t *testing.T, c client, admin string) map[string]func(name string, tenant int) string {
	app := c.json("POST", "/v1/applications", object{"name": "everywhere"}, "Authorization", "Bearer "+admin)
	id, secret := fmt.Sprint(app.at("client_id")), fmt.Sprint(app.at("client_secret"))
	text := func(v any) string { s, _ := v.(string); return s }
	return map[string]func(string, int) string{
		"casdao": func(name string, tenant int) string {
			return text(c.json("POST", "/casdao/api/v1.0/system/auth/login", object{"username": name, "password": everyPassword, "source": "console", "departmentId": tenant}).at("data"))
		},
		"pcloud": func(name string, _ int) string {
			return text(c.json("POST", "/api/oauth/token", object{"phone": name, "password": everyPassword, "grantType": "ADMIN"}).at("data", "token"))
		},
		"channel": func(name string, _ int) string {
			return text(c.form("/api/user/ologin/", url.Values{"grant_type": {"password"}, "client_id": {id}, "client_secret": {secret}, "username": {name}, "password": {everyPassword}}).at("access_token"))
		},
		"gallery": func(name string, _ int) string {
			return text(c.form("/api/user/query/", url.Values{"username": {name}, "password": {everyPassword}}).at("token"))
		},
		"native": func(name string, _ int) string {
			return text(c.json("POST", "/v1/sessions", object{"login": name, "password": everyPassword}).at("token"))
		},
	}
}

func TestOneAccountEverywhere(t *testing.T) {
	app, admin := openDocumented(t)
	server := httptest.NewServer(handlerOf(t, app))
	defer server.Close()
	c := client{t, server.URL}
	doors := signIns(t, c, admin)
	for i, m := range makers() {
		name := fmt.Sprintf("everywhere%d", i)
		if m.door == "pcloud" {
			name = "13877770001" // its user name is the phone
		}
		if a := m.make(c, admin, name); !m.made(a) {
			t.Fatalf("%s made no account: %d %v", m.door, a.status, a.body)
		}
		for door, signIn := range doors {
			token := signIn(name, 1)
			if token == "" {
				t.Errorf("made through %s, %s does not sign in through %s", m.door, name, door)
				continue
			}
			for _, h := range [][2]string{{"Authorization", "Bearer "}, {"X-Auth-Token", ""}, {"X-Access-Token", ""}} {
				header, value := h[0], h[1]+token
				if a := c.do("GET", "/v1/me", "", "", header, value); a.at("account", "name") != name {
					t.Errorf("a token of %s in %s is not believed by the native API: %v", door, header, a.body)
				}
				if a := c.do("GET", "/api/user/info/", "", "", header, value); a.at("username") != name {
					t.Errorf("a token of %s in %s is not believed by channel: %v", door, header, a.body)
				}
				if a := c.json("POST", "/api/admin/system/adminInfo", object{}, header, value); a.code() != "200" {
					t.Errorf("a token of %s in %s is not believed by pcloud: %v", door, header, a.body)
				}
			}
		}
	}
}

// Of 64 callers who want one user name at once, through every door that can
// give it, exactly one gets it, and the others are told so in their dialect's
// words. A phone as user name is pcloud's way, so it races for one as well.
func TestOneNameOneWinner(t *testing.T) {
	app, admin := openDocumented(t)
	server := httptest.NewServer(handlerOf(t, app))
	defer server.Close()
	c := client{t, server.URL}
	for _, race := range []struct {
		name string
		in   func(maker) bool
	}{
		{"wanted.by.all", func(m maker) bool { return m.door != "pcloud" }},
		{"13866660001", func(m maker) bool { return m.byPhone }},
	} {
		var doors []maker
		for _, m := range makers() {
			if race.in(m) {
				doors = append(doors, m)
			}
		}
		if n := winners(t, c, doors, admin, race.name); n != 1 {
			t.Errorf("%d of 64 callers got the name %s", n, race.name)
		}
	}
	app.Verify()
}

// winners starts 64 callers at once and counts those who got the name.
func winners(t *testing.T, c client, doors []maker, admin, name string) int64 {
	var won atomic.Int64
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range 64 {
		all.Go(func() {
			<-start
			door := doors[i%len(doors)]
			a := door.make(c, admin, name)
			switch {
			case door.made(a):
				won.Add(1)
			case !door.taken(a):
				t.Errorf("%s: neither made nor told that the name is taken: %d %v", door.door, a.status, a.body)
			}
		})
	}
	close(start)
	all.Wait()
	return won.Load()
}

// What a client calls itself never stands in the way of its sign-in.
func TestAnyUserAgentSignsIn(t *testing.T) {
	app, _ := openDocumented(t)
	server := httptest.NewServer(handlerOf(t, app))
	defer server.Close()
	c := client{t, server.URL}
	for _, agent := range []string{strings.Repeat("x", 255) + "中文浏览器", "bad\xff\xfe", strings.Repeat("中", 400)} {
		a := c.json("POST", "/v1/sessions", object{"login": apptest.SuperName, "password": apptest.Password}, "User-Agent", agent)
		if a.status != 201 {
			t.Errorf("user agent of %d bytes: %d %v", len(agent), a.status, a.body)
		}
	}
}

// Every kind of failure has a code in every dialect, and none looks like success.
func TestEveryFailureHasACode(t *testing.T) {
	for _, k := range fault.Kinds() {
		if casdao.Code(k) == 200 || casdao.Code(k) == 0 {
			t.Errorf("casdao: %s looks like success", k)
		}
		if datacanvas.Code(k) == 0 {
			t.Errorf("datacanvas: %s looks like success", k)
		}
		if n := pcloud.Code(k); n != 401 && n != 403 && n != 1000 && n != 3000 {
			t.Errorf("pcloud: %s is %d: the front end would take it for success", k, n)
		}
		if channel.Status(k) < 400 {
			t.Errorf("channel: %s looks like success", k)
		}
		if gallery.Code(k) >= 1 {
			t.Errorf("gallery: %s looks like success", k)
		}
	}
	if channel.Status(fault.Internal) != 500 || pcloud.Code(fault.Internal) != 3000 || casdao.Code(fault.Internal) != 500 {
		t.Error("a bug is not told as one")
	}
}
