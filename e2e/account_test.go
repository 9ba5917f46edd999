package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
)

const form = "application/x-www-form-urlencoded"

// doors sign somebody in through each API, and give the token.
func doors(s *server, auth []string) map[string]func(name string, tenant int) string {
	application := s.post("/v1/applications", object{"name": "e2e"}, auth...)
	post := func(path string, v url.Values) answer { return s.call("POST", path, form, v.Encode()) }
	return map[string]func(string, int) string{
		"casdao": func(name string, tenant int) string {
			return s.post("/casdao/api/v1.0/system/auth/login",
				object{"username": name, "password": password, "source": "console", "departmentId": tenant}).at("data")
		},
		"pcloud": func(name string, _ int) string {
			return s.post("/api/oauth/token", object{"phone": name, "password": password, "grantType": "ADMIN"}).at("data", "token")
		},
		"channel": func(name string, _ int) string {
			return post("/api/user/ologin/", url.Values{"grant_type": {"password"}, "client_id": {application.at("client_id")},
				"client_secret": {application.at("client_secret")}, "username": {name}, "password": {password}}).at("access_token")
		},
		"gallery": func(name string, _ int) string {
			return post("/api/user/query/", url.Values{"username": {name}, "password": {password}}).at("token")
		},
		"native": func(name string, tenant int) string {
			return s.post("/v1/sessions", object{"login": name, "password": password, "tenant": tenant}).at("token")
		},
		"datacanvas": func(name string, tenant int) string {
			session := s.post("/v1/sessions", object{"login": name, "password": password, "tenant": tenant}).at("token")
			return s.post("/v1/me/token", object{}, "Authorization", "Bearer "+session).at("token")
		},
	}
}

// One person, signed up once, comes in by every door; a token of any door
// opens every other, in any of the three headers, and after a restart too.
func TestOneAccountThroughEveryDoor(t *testing.T) {
	dir := installed(t, "--sample")
	s := start(t, dir)
	auth := s.signIn(admin, password)
	const name, phone, sample = "xiaolin", "13800000001", 2
	register := func(path string, v any) {
		t.Helper()
		if a := s.post("/casdao/api/v1.0/system/register/"+path, v); a.at("code") != "200" {
			t.Fatalf("%s: %s", path, a.raw)
		}
	}
	register("sms/code", object{"mobilePhone": phone, "module": "注册验证", "origin": "console", "departmentId": sample})
	register("addition", object{"roleId": 1, "roleCategory": 1, "username": name, "password": password, "confirmPassword": password,
		"mobilePhone": phone, "code": code(t, s, auth, phone), "departmentId": sample, "origin": "console"})
	tokens := map[string]string{}
	for door, signIn := range doors(s, auth) {
		if tokens[door] = signIn(name, sample); tokens[door] == "" {
			t.Errorf("%s does not sign in %s", door, name)
		}
	}
	for range 2 {
		for door, token := range tokens {
			for header, value := range map[string]string{"Authorization": "Bearer " + token, "X-Auth-Token": token, "X-Access-Token": token} {
				if a := s.get("/v1/me", header, value); a.at("account", "name") != name {
					t.Errorf("a token of %s in %s: native says %s", door, header, a.raw)
				}
				if a := s.get("/api/user/info/", header, value); a.at("username") != name {
					t.Errorf("a token of %s in %s: channel says %s", door, header, a.raw)
				}
				if a := s.post("/api/admin/system/adminInfo", object{}, header, value); a.at("data", "name") != name {
					t.Errorf("a token of %s in %s: pcloud says %s", door, header, a.raw)
				}
			}
		}
		s.signal(syscall.SIGTERM)
		s.end()
		s = start(t, dir)
	}
}

// code reads the sign-up code out of the outbox, as an administrator does.
func code(t *testing.T, s *server, auth []string, phone string) string {
	t.Helper()
	a := s.get("/v1/outbox", auth...)
	items, _ := a.json["items"].([]any)
	for _, v := range items {
		m, _ := v.(map[string]any)
		if m["to"] != phone {
			continue
		}
		body, _ := m["body"].(string)
		for _, word := range strings.FieldsFunc(body, func(r rune) bool { return r < '0' || r > '9' }) {
			if len(word) == 6 {
				return word
			}
		}
	}
	t.Fatalf("no code for %s in the outbox: %s", phone, a.raw)
	return ""
}

// What was acknowledged is there after kill -9 in the middle of the load, and
// the store is in order.
func TestKilledUnderLoad(t *testing.T) {
	dir := installed(t)
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	var acknowledged sync.Map // name → true
	for round := range 2 {
		s := start(t, dir)
		load(t, s, round, string(hash), &acknowledged)
	}
	s := start(t, dir)
	auth := s.signIn(admin, password)
	found := names(t, s, auth)
	total := 0
	acknowledged.Range(func(name, _ any) bool {
		total++
		if !found[name.(string)] {
			t.Errorf("%s was acknowledged and is gone", name)
		}
		return true
	})
	t.Logf("%d accounts acknowledged, %d found", total, len(found))
	if code, out, stderr := command(t, "", "check", "--data", dir); code != 0 {
		t.Errorf("check with the server: %d %s %s", code, out, stderr)
	}
	s.signal(syscall.SIGTERM)
	s.end()
	if code, out, stderr := command(t, "", "check", "--data", dir); code != 0 {
		t.Errorf("check without it: %d %s %s", code, out, stderr)
	}
}

// load creates accounts with 16 writers and kills the server when enough of
// them have been acknowledged.
func load(t *testing.T, s *server, round int, hash string, acknowledged *sync.Map) {
	t.Helper()
	auth := s.signIn(admin, password)
	var made atomic.Int64
	var writers sync.WaitGroup
	enough := make(chan struct{})
	for w := range 16 {
		writers.Go(func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("load-%d-%d-%d", round, w, i)
				a := s.post("/v1/accounts", object{"name": name, "password_hash": hash}, auth...)
				if a.status == 0 {
					return // the server is gone
				}
				if a.status != http.StatusCreated {
					t.Errorf("%s: %d %s", name, a.status, a.raw)
					return
				}
				acknowledged.Store(name, true)
				if made.Add(1) == 300 {
					close(enough)
				}
			}
		})
	}
	select {
	case <-enough:
	case <-time.After(patience):
		t.Error("the load makes no headway")
	}
	s.signal(syscall.SIGKILL)
	writers.Wait()
	s.end()
}

// names reads all accounts, page by page.
func names(t *testing.T, s *server, auth []string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	cursor := ""
	for {
		a := s.get("/v1/accounts?limit=500&cursor="+url.QueryEscape(cursor), auth...)
		var page struct {
			Items []struct{ Name string }
			Next  string
		}
		if err := json.Unmarshal([]byte(a.raw), &page); err != nil || a.status != 200 {
			t.Fatalf("list: %d %s", a.status, a.raw)
		}
		for _, i := range page.Items {
			found[i.Name] = true
		}
		if cursor = page.Next; cursor == "" {
			return found
		}
	}
}
