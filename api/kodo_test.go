package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"stoa/app"
	"stoa/app/access"
	"stoa/app/accesskey/signature"
	"stoa/app/apptest"
	"stoa/app/bucket"
	"stoa/app/bucket/etag"
)

// cell is a server with a tenant's bucket and a key for it.
type cell struct {
	*apptest.App
	t              *testing.T
	server         *httptest.Server
	by             access.Actor
	access, secret string
}

func newCell(t *testing.T, change ...func(*app.Config)) *cell {
	t.Helper()
	change = append(change, func(c *app.Config) { c.Egress.Allow = []string{"127.0.0.1"} })
	k := &cell{App: apptest.Open(t, change...), t: t}
	k.server = httptest.NewServer(handlerOf(t, k.App))
	t.Cleanup(k.server.Close)
	k.by, k.access, k.secret = k.tenant(2, "keeper")
	k.make(k.by, "photos", false)
	k.make(k.by, "vault", true)
	return k
}

// tenant is an administrator of an organisation, with a key.
func (k *cell) tenant(org uint64, name string) (access.Actor, string, string) {
	k.t.Helper()
	a := k.Account(org, name, access.RoleAdmin)
	by := k.Actor(a)
	key, secret, err := k.AccessKey.Create(k.t.Context(), by, "test")
	if err != nil {
		k.t.Fatal(err)
	}
	return by, key.Access, secret
}

func (k *cell) make(by access.Actor, name string, private bool) *bucket.Bucket {
	k.t.Helper()
	b, err := k.Bucket.Create(k.t.Context(), by, bucket.New{Name: name, Private: private})
	if err != nil {
		k.t.Fatal(err)
	}
	return b
}

// token is an upload token; the policy lacks a deadline.
func (k *cell) token(policy map[string]any) string {
	k.t.Helper()
	p := map[string]any{"deadline": k.Clock.Now().Add(time.Hour).Unix()}
	for name, v := range policy {
		p[name] = v
	}
	text, err := json.Marshal(p)
	if err != nil {
		k.t.Fatal(err)
	}
	return signature.NewToken(k.access, k.secret, text)
}

// field is one of a form; a file where file is set.
type field struct{ name, value, file, kind string }

// upload posts a form.
func (k *cell) upload(fields ...field) answer {
	k.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range fields {
		var part io.Writer
		var err error
		if f.file != "" {
			h := map[string][]string{"Content-Disposition": {fmt.Sprintf(`form-data; name=%q; filename=%q`, f.name, f.file)}}
			if f.kind != "" {
				h["Content-Type"] = []string{f.kind}
			}
			part, err = w.CreatePart(h)
		} else {
			part, err = w.CreateFormField(f.name)
		}
		if err != nil {
			k.t.Fatal(err)
		}
		io.WriteString(part, f.value)
	}
	w.Close()
	return client{k.t, k.server.URL}.do("POST", "/", w.FormDataContentType(), b.String())
}

func (k *cell) put(bucketKey, content string) answer {
	k.t.Helper()
	_, key, _ := strings.Cut(bucketKey, ":")
	return k.upload(field{name: "token", value: k.token(map[string]any{"scope": bucketKey})}, field{name: "key", value: key}, field{name: "file", value: content, file: "f.bin"})
}

// manage makes a signed call.
func (k *cell) manage(style signature.Style, method, path, kind, body string) answer {
	k.t.Helper()
	u, err := url.Parse(k.server.URL)
	if err != nil {
		k.t.Fatal(err)
	}
	auth := signature.Authorize(style, k.access, k.secret, signature.Request{Method: method, Host: u.Host, Path: path, Type: kind, Body: []byte(body)})
	return client{k.t, k.server.URL}.do(method, path, kind, body, "Authorization", auth)
}

func entryOf(s string) string { return signature.Encode([]byte(s)) }

func (k *cell) want(a answer, status int, values ...any) {
	k.t.Helper()
	if a.status != status {
		k.t.Fatalf("status %d, want %d: %v", a.status, status, a.body)
	}
	for i := 0; i+1 < len(values); i += 2 {
		got, err1 := json.Marshal(a.at(values[i].(string)))
		want, err2 := json.Marshal(values[i+1])
		if err1 != nil || err2 != nil || string(got) != string(want) {
			k.t.Errorf("%v is %s, want %s; the answer is %v", values[i], got, want, a.body)
		}
	}
}

func (k *cell) get(path string, header ...string) (*http.Response, string) {
	k.t.Helper()
	req, err := http.NewRequest("GET", k.server.URL+path, nil)
	if err != nil {
		k.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
			continue
		}
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		k.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		k.t.Fatal(err)
	}
	return res, string(body)
}

func TestKodoForm(t *testing.T) {
	k := newCell(t)
	const text = "hello kodo"
	sum := fmt.Sprint(crc32.ChecksumIEEE([]byte(text)))
	token := field{name: "token", value: k.token(map[string]any{"scope": "photos"})}
	file := field{name: "file", value: text, file: "a.txt"}
	got := k.upload(token, field{name: "key", value: "dir/a b.txt"}, file, field{name: "crc32", value: sum})
	k.want(got, 200, "key", "dir/a b.txt", "hash", etag.Of([]byte(text)))
	for name, want := range map[string]string{"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store", "Content-Type": "application/json"} {
		if got.header.Get(name) != want {
			t.Errorf("%s: %q", name, got.header.Get(name))
		}
	}
	if got.header.Get("X-Reqid") == "" {
		t.Error("no X-Reqid")
	}
	res, body := k.get("/photos/dir/a%20b.txt")
	if body != text || res.Header.Get("ETag") != `"`+etag.Of([]byte(text))+`"` || res.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("download: %q %v", body, res.Header)
	}
	k.want(k.upload(token, file), 200, "key", etag.Of([]byte(text)))
	k.want(k.upload(token, field{name: "key", value: "dir/a b.txt"}, file), 200) // the same again
	other := field{name: "file", value: "other", file: "a.txt"}
	k.want(k.upload(token, field{name: "key", value: "dir/a b.txt"}, other), 614, "error", "file exists")
	k.want(k.put("photos:dir/a b.txt", "other"), 200)
	k.want(k.upload(token, file, field{name: "crc32", value: "1"}), 406)
	k.want(k.upload(file), 401)
	k.want(k.upload(field{name: "key", value: "x"}), 401, "error", "token not specified")
	k.want(k.upload(field{name: "token", value: "a:b:e30="}, file), 401, "error", "bad token")
	k.want(k.upload(field{name: "token", value: token.value[:len(token.value)-4] + "AAAA"}, file), 401, "error", "bad token")
	k.want(k.upload(token), 400)
	k.want(k.upload(field{name: "token", value: k.token(map[string]any{"scope": "nothing"})}, file), 631)
	k.want(k.upload(field{name: "token", value: k.token(map[string]any{"scope": "photos:b"})}, field{name: "key", value: "a"}, file), 403)
	k.want(k.upload(field{name: "token", value: k.token(map[string]any{"scope": "photos", "persistentOps": "x"})}, file), 400)
	old := k.token(map[string]any{"scope": "photos"})
	k.Clock.Add(2 * time.Hour)
	k.want(k.upload(field{name: "token", value: old}, file), 401, "error", "token out of date")
}

func TestKodoPolicy(t *testing.T) {
	k := newCell(t)
	up := func(policy map[string]any, kind, content string, more ...field) answer {
		policy["scope"] = "photos"
		return k.upload(append(append([]field{{name: "token", value: k.token(policy)}}, more...), field{name: "file", value: content, file: "cat.jpg", kind: kind})...)
	}
	k.want(up(map[string]any{"fsizeLimit": 4}, "", "12345"), 413)
	k.want(up(map[string]any{"fsizeMin": 6}, "", "12345"), 403)
	k.want(up(map[string]any{"mimeLimit": "image/*"}, "text/plain", "1"), 403)
	k.want(up(map[string]any{"mimeLimit": "image/*"}, "image/png", "2"), 200)
	k.want(up(map[string]any{"mimeLimit": "!image/*"}, "", "3"), 403) // by its name a picture
	got := up(map[string]any{"saveKey": "$(endUser)/$(year)/${x:album}$(ext)", "endUser": "lin", "deleteAfterDays": 3,
		"returnBody": `{"k":$(key),"b":"$(bucket)","n":$(fsize),"name":$(fname),"album":$(x:album),"none":$(x:none),"mime":$(mimeType)}`},
		"", "four", field{name: "x:album", value: `sum"mer`}, field{name: "x-qn-meta-Place", value: "Ulm"})
	k.want(got, 200, "k", `lin/2026/sum"mer.jpg`, "b", "photos", "n", 4, "name", "cat.jpg", "album", `sum"mer`, "none", nil, "mime", "image/jpeg")
	stat := k.manage(signature.Qiniu, "POST", "/stat/"+entryOf(`photos:lin/2026/sum"mer.jpg`), "application/x-www-form-urlencoded", "")
	k.want(stat, 200, "fsize", 4, "endUser", "lin", "expiration", k.Clock.Now().AddDate(0, 0, 3).Unix())
	if place := stat.at("x-qn-meta", "place"); place != "Ulm" {
		t.Error("metadata:", place)
	}
	k.Clock.Add(73 * time.Hour)
	k.want(k.manage(signature.QBox, "GET", "/stat/"+entryOf(`photos:lin/2026/sum"mer.jpg`), "", ""), 612)
	k.want(up(map[string]any{"saveKey": "forced", "forceSaveKey": true}, "", "x", field{name: "key", value: "mine"}), 200, "key", "forced")
	back := "http://client.example.com/done?a=1"
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	w.WriteField("token", k.token(map[string]any{"scope": "photos", "returnUrl": back}))
	p, _ := w.CreateFormFile("file", "x")
	p.Write([]byte("redirected"))
	w.Close()
	req, _ := http.NewRequest("POST", k.server.URL+"/", &b)
	req.Header.Set("Content-Type", w.FormDataContentType())
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	to, _ := url.Parse(res.Header.Get("Location"))
	ret, _ := signature.Decode(to.Query().Get("upload_ret"))
	if res.StatusCode != 303 || to.Query().Get("a") != "1" || !strings.Contains(string(ret), etag.Of([]byte("redirected"))) {
		t.Error("redirect:", res.StatusCode, to, string(ret))
	}
}

// answers is an answer that is no object.
type answers struct {
	status int
	raw    string
	list   []map[string]any
}

func (k *cell) manageList(style signature.Style, path, kind, body string) answers {
	k.t.Helper()
	host := strings.TrimPrefix(k.server.URL, "http://")
	req, err := http.NewRequest("POST", k.server.URL+path, strings.NewReader(body))
	if err != nil {
		k.t.Fatal(err)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	req.Header.Set("Authorization", signature.Authorize(style, k.access, k.secret, signature.Request{Method: "POST", Host: host, Path: path, Type: kind, Body: []byte(body)}))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		k.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		k.t.Fatal(err)
	}
	l := answers{status: res.StatusCode, raw: string(raw)}
	_ = json.Unmarshal(raw, &l.list)
	return l
}
