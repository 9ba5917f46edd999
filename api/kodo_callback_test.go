package api_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"stoa/app"
	"stoa/app/accesskey/signature"
)

// receiver is an application's server that is called back.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	got    []*http.Request
	bodies []string
	status int
	answer string
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{status: 200, answer: `{"ok":"<yes>"}`}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.got, r.bodies = append(r.got, req), append(r.bodies, string(body))
		w.WriteHeader(r.status)
		fmt.Fprint(w, r.answer)
	}))
	t.Cleanup(r.Close)
	return r
}

// signed reports whether the last request was signed by the key, in this style.
func (r *receiver) signed(k *cell, style signature.Style) bool {
	req, body := r.got[len(r.got)-1], r.bodies[len(r.bodies)-1]
	h, ok := signature.ParseHeader(req.Header.Get("Authorization"))
	return ok && h.Style == style && h.Access == k.access && h.Verify(k.secret, signature.Request{Method: req.Method, Host: req.Host, Path: req.URL.RequestURI(),
		Type: req.Header.Get("Content-Type"), Header: req.Header, Body: []byte(body)})
}

func (k *cell) called(policy map[string]any, more ...field) answer {
	policy["scope"] = "photos"
	return k.upload(append(append([]field{{name: "token", value: k.token(policy)}}, more...), field{name: "file", value: "called back", file: "a b.txt"})...)
}

func TestKodoCallbacks(t *testing.T) {
	k := newCell(t)
	r := newReceiver(t)
	const body = "name=$(fname)&key=$(key)&n=$(fsize)&x=$(x:foo)"
	got := k.called(map[string]any{"callbackUrl": r.URL + "/hook?a=1", "callbackBody": body, "callbackHost": "hooks.example.com"},
		field{name: "key", value: "k1"}, field{name: "x:foo", value: "&="})
	k.want(got, 200, "ok", "<yes>")
	if !r.signed(k, signature.QBox) || r.got[0].Host != "hooks.example.com" || r.bodies[0] != "name=a+b.txt&key=k1&n=11&x=%26%3D" {
		t.Errorf("%v %s", r.got[0].Header, r.bodies[0])
	}
	k.want(k.called(map[string]any{"callbackUrl": r.URL + "/hook", "callbackBody": `{"k":$(key),"n":$(fsize)}`, "callbackBodyType": "application/json"}, field{name: "key", value: "k2"}), 200)
	if !r.signed(k, signature.Qiniu) || r.bodies[1] != `{"k":"k2","n":11}` {
		t.Error(r.bodies[1])
	}
	// several addresses, the first of which does not answer
	k.want(k.called(map[string]any{"callbackUrl": "http://127.0.0.1:1/;" + r.URL + "/second", "callbackBody": body}), 200)
	if r.got[2].URL.Path != "/second" {
		t.Error(r.got[2].URL)
	}
	// what fails is told, and the file is kept
	for name, spoil := range map[string]func(){
		"status": func() { r.status = 500 },
		"json":   func() { r.answer = "fine" },
	} {
		r.status, r.answer = 200, "{}"
		spoil()
		k.want(k.called(map[string]any{"callbackUrl": r.URL, "callbackBody": body}, field{name: "key", value: "kept-" + name}), 579, "key", "kept-"+name)
		if res, _ := k.get("/photos/kept-" + name); res.StatusCode != 200 {
			t.Error("the file is gone")
		}
	}
	if got := k.called(map[string]any{"callbackUrl": "http://10.0.0.1/", "callbackBody": body}); got.status != 579 || strings.Contains(fmt.Sprint(got.body["error"]), "private") {
		t.Error(got.status, got.body)
	}
}

// The picture app's upload: Kodo's SDK, this server's callback, this server's receiver.
func TestGalleryUpload(t *testing.T) {
	k := newCell(t, func(c *app.Config) { c.PublicURL = "https://pictures.example.com" })
	const body = "filename:$(fname)&filesize:$(fsize)&param:$(fparam)"
	token := k.token(map[string]any{"scope": "photos", "callbackUrl": "https://pictures.example.com/api/image/upload", "callbackBody": body})
	file := field{name: "file", value: "a picture", file: "cat & dog.jpg"}
	got := k.upload(field{name: "token", value: token}, field{name: "x:param", value: "mosaic:1"}, file)
	k.want(got, 200, "code", 1, "filename", "cat & dog.jpg", "param", "mosaic:1")
	address := got.at("url").(string)
	if !strings.HasPrefix(address, "https://pictures.example.com/photos/") {
		t.Error(address)
	}
	if _, body := k.get(strings.TrimPrefix(address, "https://pictures.example.com")); body != "a picture" {
		t.Error(body)
	}
	c := client{t, k.server.URL}
	bearer := "Bearer " + k.Login("keeper").Token
	id := fmt.Sprint(got.at("id"))
	k.want(c.do("GET", "/api/image/query/?id="+id, "", "", "Authorization", bearer), 200, "code", 1, "url", address, "param", "mosaic:1")
	k.want(c.do("GET", "/api/image/query?id="+id, "", ""), 200, "code", -3)
	k.tenant(5, "stranger")
	k.want(c.do("GET", "/api/image/query?id="+id, "", "", "Authorization", "Bearer "+k.Login("stranger").Token), 200, "code", -1)
	// the same once more keeps its id
	again := k.upload(field{name: "token", value: token}, field{name: "x:fparam", value: "other"}, file)
	k.want(again, 200, "id", got.at("id"), "param", "other")
	// called by somebody else's server, signed both ways
	k.want(k.put("photos:plain.jpg", "12345"), 200)
	host := strings.TrimPrefix(k.server.URL, "http://")
	for _, call := range []struct {
		style      signature.Style
		kind, body string
		status     int
	}{
		{signature.QBox, formKind, "filename:plain.jpg&filesize:5&param:p", 200},
		{signature.QBox, formKind, "filename=plain.jpg&filesize=5&param=p", 200},
		{signature.Qiniu, "application/json", `{"filename":"plain.jpg","filesize":5,"param":"p"}`, 200},
	} {
		auth := signature.Authorize(call.style, k.access, k.secret, signature.Request{Method: "POST", Host: host, Path: "/api/image/upload", Type: call.kind, Body: []byte(call.body)})
		k.want(c.do("POST", "/api/image/upload", call.kind, call.body, "Authorization", auth), 200, "code", 1, "filename", "plain.jpg", "url", "https://pictures.example.com/photos/plain.jpg")
		k.want(c.do("POST", "/api/image/upload", call.kind, call.body+" ", "Authorization", auth), 401, "code", -3)
	}
	k.want(c.do("POST", "/api/image/upload", formKind, "filename:plain.jpg"), 401, "code", -3)
	unknown := signature.Authorize(signature.QBox, k.access, k.secret, signature.Request{Path: "/api/image/upload", Type: formKind, Body: []byte("filename:none.jpg")})
	k.want(c.do("POST", "/api/image/upload", formKind, "filename:none.jpg", "Authorization", unknown), 200, "code", -1)
}

func TestGalleryAddInfo(t *testing.T) {
	k := newCell(t)
	c := client{t, k.server.URL}
	bearer := "Bearer " + k.Login("keeper").Token
	add := func(values url.Values, token string) answer {
		return c.form("/api/image/addinfo/", values, "Authorization", token)
	}
	good := url.Values{"url": {"https://elsewhere.example.com/x.jpg"}, "filename": {"x.jpg"}, "param": {"p"}, "user_id": {fmt.Sprint(k.by.Account)}}
	k.want(add(good, bearer), 200, "code", 1)
	k.want(add(good, ""), 200, "code", -1)
	other := url.Values{"url": good["url"], "filename": good["filename"], "user_id": {"1"}}
	k.want(add(other, bearer), 200, "code", -1)
	k.want(add(url.Values{"url": {"javascript:alert(1)"}, "filename": {"x"}}, bearer), 200, "code", -1)
	k.want(add(url.Values{"filename": {"x"}}, bearer), 200, "code", -1)
	k.want(c.do("GET", "/api/image/query/?id=1", "", "", "Authorization", bearer), 200, "code", 1, "url", "https://elsewhere.example.com/x.jpg")
	k.want(c.do("GET", "/api/image/query/?id=99", "", "", "Authorization", bearer), 200, "code", -1)
	k.want(c.do("GET", "/api/image/query/", "", "", "Authorization", bearer), 200, "code", 0)
	open := newCell(t, func(c *app.Config) { c.Gallery.Anonymous = true })
	c = client{t, open.server.URL}
	good.Set("user_id", fmt.Sprint(open.by.Account))
	open.want(c.form("/api/image/addinfo/", good), 200, "code", 1)
	open.want(c.do("GET", "/api/image/query/?id=1", "", ""), 200, "code", 1)
	good.Set("user_id", "99999")
	open.want(c.form("/api/image/addinfo/", good), 200, "code", -1)
}
