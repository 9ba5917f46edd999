package api_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"stoa/app/accesskey/signature"
	"stoa/app/bucket"
	"stoa/app/bucket/etag"
)

const formKind = "application/x-www-form-urlencoded"

func (k *cell) op(path string) answer {
	k.t.Helper()
	return k.manage(signature.Qiniu, "POST", path, formKind, "")
}

func TestKodoManagement(t *testing.T) {
	k := newCell(t)
	k.want(k.put("photos:a", "one"), 200)
	k.want(k.op("/stat/"+entryOf("photos:a")), 200, "fsize", 3, "hash", etag.Of([]byte("one")), "putTime", k.Clock.Now().UnixNano()/100)
	k.want(k.op("/copy/"+entryOf("photos:a")+"/"+entryOf("vault:b")), 200)
	k.want(k.op("/copy/"+entryOf("photos:none")+"/"+entryOf("vault:b")), 612, "error", "no such file or directory")
	k.want(k.put("photos:c", "two"), 200)
	k.want(k.op("/move/"+entryOf("photos:c")+"/"+entryOf("photos:a")), 614)
	k.want(k.op("/move/"+entryOf("photos:c")+"/"+entryOf("photos:a")+"/force/true"), 200)
	if _, body := k.get("/photos/a"); body != "two" {
		t.Error("moved:", body)
	}
	k.want(k.op("/chgm/"+entryOf("photos:a")+"/mime/"+entryOf("image/png")), 200)
	k.want(k.op("/stat/"+entryOf("photos:a")), 200, "mimeType", "image/png")
	k.want(k.op("/chtype/"+entryOf("photos:a")+"/type/0"), 200)
	k.want(k.op("/chtype/"+entryOf("photos:a")+"/type/1"), 400)
	k.want(k.op("/chstatus/"+entryOf("photos:a")+"/status/1"), 400)
	k.want(k.op("/deleteAfterDays/"+entryOf("photos:a")+"/2"), 200)
	k.want(k.op("/stat/"+entryOf("photos:a")), 200, "expiration", k.Clock.Now().AddDate(0, 0, 2).Unix())
	k.want(k.op("/deleteAfterDays/"+entryOf("photos:a")+"/0"), 200)
	k.want(k.op("/lifecycle/"+entryOf("photos:a")+"/toIAAfterDays/0/deleteAfterDays/9"), 200)
	k.want(k.op("/lifecycle/"+entryOf("photos:a")+"/toIAAfterDays/3"), 400)
	k.want(k.op("/delete/"+entryOf("vault:b")), 200)
	k.want(k.op("/delete/"+entryOf("vault:b")), 612)
	k.want(k.op("/delete/"+entryOf("nowhere:b")), 631)
	k.want(k.op("/delete/!!"), 400)
	form := url.Values{"op": {"/stat/" + entryOf("photos:a"), "/stat/" + entryOf("photos:none"), "/delete/" + entryOf("photos:a"), "/nonsense"}}.Encode()
	res := k.manageList(signature.Qiniu, "/batch", formKind, form)
	if res.status != 298 || len(res.list) != 4 || fmt.Sprint(res.list[0]["code"], res.list[1]["code"], res.list[2]["code"], res.list[3]["code"]) != "200 612 200 400" {
		t.Errorf("batch: %+v", res)
	}
	if got := k.manageList(signature.QBox, "/buckets", "", ""); got.status != 200 || got.raw != `["photos","vault"]` {
		t.Errorf("buckets: %+v", got)
	}
	k.want(k.op("/v2/bucketInfo?bucket=vault"), 200, "private", 1)
}

func TestKodoLists(t *testing.T) {
	k := newCell(t)
	for _, key := range []string{"a/1", "a/2", "b", "c/1", "d"} {
		k.want(k.put("photos:"+key, key), 200)
	}
	var got []string
	for marker, n := "", 0; n < 10; n++ {
		page := k.op("/list?bucket=photos&delimiter=%2F&limit=2&marker=" + url.QueryEscape(marker))
		k.want(page, 200)
		for _, kind := range []string{"commonPrefixes", "items"} {
			list, _ := page.at(kind).([]any)
			for _, v := range list {
				if m, ok := v.(map[string]any); ok {
					v = m["key"]
				}
				got = append(got, v.(string))
			}
		}
		if marker, _ = page.at("marker").(string); marker == "" {
			break
		}
	}
	if fmt.Sprint(got) != "[a/ b c/ d]" {
		t.Error(got)
	}
	k.want(k.op("/list?bucket=photos&marker=zzz"), 640)
	k.want(k.op("/list?bucket=photos&limit=2000"), 400)
	all := k.manageList(signature.Qiniu, "/v2/list?bucket=photos&delimiter=%2F", formKind, "")
	lines := strings.Split(strings.TrimSpace(all.raw), "\n")
	if len(lines) != 4 || !strings.Contains(lines[0], `"dir":"a/"`) || !strings.Contains(lines[1], `"key":"b"`) {
		t.Error(all.raw)
	}
}

func TestKodoSignaturesOfManagement(t *testing.T) {
	k := newCell(t)
	k.want(k.put("photos:a", "one"), 200)
	c := client{t, k.server.URL}
	stat := "/stat/" + entryOf("photos:a")
	k.want(c.do("POST", stat, formKind, ""), 401, "error", "token not specified")
	k.want(c.do("POST", stat, formKind, "", "Authorization", "QBox x:y"), 401, "error", "bad token")
	k.want(c.do("POST", stat, formKind, "", "Authorization", "Bearer abc"), 401)
	k.want(k.manage(signature.QBox, "POST", stat, "", ""), 200)
	host := strings.TrimPrefix(k.server.URL, "http://")
	dated := func(at time.Time) answer {
		date := at.UTC().Format("20060102T150405Z")
		auth := signature.Authorize(signature.Qiniu, k.access, k.secret, signature.Request{Method: "POST", Host: host, Path: stat, Type: formKind,
			Header: map[string][]string{"X-Qiniu-Date": {date}}})
		return c.do("POST", stat, formKind, "", "Authorization", auth, "X-Qiniu-Date", date)
	}
	k.want(dated(k.Clock.Now().Add(-14*time.Minute)), 200)
	k.want(dated(k.Clock.Now().Add(-16*time.Minute)), 403)
	k.want(dated(k.Clock.Now().Add(16*time.Minute)), 403)
	// another tenant's key sees nothing of it
	mine := [2]string{k.access, k.secret}
	_, k.access, k.secret = k.tenant(5, "stranger")
	k.want(k.op(stat), 631)
	k.want(k.op("/delete/"+entryOf("photos:a")), 631)
	k.want(k.op("/list?bucket=photos"), 631)
	k.want(k.put("photos:a", "theirs"), 631)
	if got := k.manageList(signature.Qiniu, "/buckets", formKind, ""); got.raw != `[]` {
		t.Error(got.raw)
	}
	k.access, k.secret = mine[0], mine[1]
	if _, err := k.AccessKey.Switch(t.Context(), k.by, k.access, false, 0); err != nil {
		t.Fatal(err)
	}
	k.want(k.op(stat), 401)
	k.want(k.put("photos:a", "x"), 401)
}

func TestKodoDownloads(t *testing.T) {
	k := newCell(t)
	k.want(k.put("photos:dir//odd name?.txt", "odd"), 200)
	if _, body := k.get("/photos/dir//odd%20name%3F.txt"); body != "odd" {
		t.Error(body)
	}
	for _, path := range []string{"/photos/none", "/nobody/none", "/photos/"} {
		if res, body := k.get(path); res.StatusCode != 404 || body != `{"error":"Document not found"}` {
			t.Errorf("%s: %d %s", path, res.StatusCode, body)
		}
	}
	token := field{name: "token", value: k.token(map[string]any{"scope": "photos"})}
	for name, want := range map[string]string{
		"p.html": "text/plain; charset=utf-8 attachment", "p.svg": "image/svg+xml attachment", "p.js": "text/plain; charset=utf-8 attachment",
		"p.png": "image/png ", "p.pdf": "application/pdf ", "p.xml": "text/plain; charset=utf-8 attachment",
	} {
		k.want(k.upload(token, field{name: "key", value: name}, field{name: "file", value: "<script>", file: name}), 200)
		res, _ := k.get("/photos/" + name)
		disposition, _, _ := strings.Cut(res.Header.Get("Content-Disposition"), ";")
		if got := res.Header.Get("Content-Type") + " " + disposition; got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		if res.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(res.Header.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%s: %v", name, res.Header)
		}
	}
	res, _ := k.get("/photos/p.png?attname=bild%20%22x%22.png")
	if got := res.Header.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment") || strings.ContainsAny(got, "\r\n") {
		t.Error(got)
	}
	if res, _ := k.get("/photos/p.png", "If-None-Match", res.Header.Get("ETag")); res.StatusCode != 304 {
		t.Error("not modified:", res.StatusCode)
	}
	req, _ := http.NewRequest("OPTIONS", k.server.URL+"/photos/p.png", nil)
	pre, err := http.DefaultClient.Do(req)
	if err != nil || pre.StatusCode != 204 || pre.Header.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(pre.Header.Get("Access-Control-Allow-Headers"), "Authorization") {
		t.Error("preflight:", err, pre)
	}
}

func TestKodoPrivateDownloads(t *testing.T) {
	k := newCell(t)
	k.want(k.put("vault:secret.txt", "secret"), 200)
	host := strings.TrimPrefix(k.server.URL, "http://")
	path := func(origin, path string, d time.Duration) string {
		return strings.TrimPrefix(signature.DownloadURL(k.access, k.secret, origin+path, k.Clock.Now().Add(d)), origin)
	}
	for _, origin := range []string{"http://" + host, "https://" + host} {
		if res, body := k.get(path(origin, "/vault/secret.txt?attname=x.txt", time.Hour)); res.StatusCode != 200 || body != "secret" {
			t.Errorf("%s: %d %s", origin, res.StatusCode, body)
		}
	}
	good := path("http://"+host, "/vault/secret.txt", time.Hour)
	for name, p := range map[string]string{
		"none": "/vault/secret.txt", "of nothing": "/vault/none", "other file": strings.Replace(good, "secret.txt", "secret.tx", 1),
		"other host": path("http://evil.example.com", "/vault/secret.txt", time.Hour), "expired": path("http://"+host, "/vault/secret.txt", -time.Hour),
		"longer": strings.Replace(good, "e=1", "e=2", 1),
	} {
		if res, body := k.get(p); res.StatusCode != 401 || strings.Contains(body, "secret") {
			t.Errorf("%s: %d %s", name, res.StatusCode, body)
		}
	}
	mine := [2]string{k.access, k.secret}
	_, k.access, k.secret = k.tenant(5, "stranger")
	if res, _ := k.get(path("http://"+host, "/vault/secret.txt", time.Hour)); res.StatusCode != 401 {
		t.Error("another tenant's key opens it")
	}
	k.access, k.secret = mine[0], mine[1]
	grant := k.Login("keeper")
	if res, body := k.get("/vault/secret.txt", "Authorization", "Bearer "+grant.Token); res.StatusCode != 200 || body != "secret" {
		t.Error("signed in:", res.StatusCode, body)
	}
	if res, _ := k.get("/vault/secret.txt", "Authorization", "Bearer "+k.Login("stranger").Token); res.StatusCode == 200 {
		t.Error("a stranger reads it")
	}
}

func TestKodoDomains(t *testing.T) {
	k := newCell(t)
	b, err := k.Bucket.ByName(t.Context(), "photos")
	if err != nil {
		t.Fatal(err)
	}
	domains := []string{"img.example.com"}
	if _, err := k.Bucket.Update(t.Context(), k.Super, b.ID, bucket.Change{Domains: &domains}, 0); err != nil {
		t.Fatal(err)
	}
	k.want(k.put("photos:v1/accounts", "an object"), 200)
	if res, body := k.get("/v1/accounts", "Host", "img.example.com:80"); res.StatusCode != 200 || body != "an object" {
		t.Error(res.StatusCode, body)
	}
	if res, _ := k.get("/v1/accounts"); res.StatusCode != 401 {
		t.Error("the server's own:", res.StatusCode)
	}
	if res, body := k.get("/console/", "Host", "img.example.com"); res.StatusCode != 404 || body != `{"error":"Document not found"}` {
		t.Error(res.StatusCode, body)
	}
}

// What the server serves itself is no bucket's name.
func TestKodoReservedNames(t *testing.T) {
	k := newCell(t)
	for _, name := range []string{"console", "docs", "api", "casdao", "buckets", "stat", "mkblk", "user"} {
		if _, err := k.Bucket.Create(t.Context(), k.by, bucket.New{Name: name}); err == nil {
			t.Errorf("there is a bucket %q", name)
		}
	}
}

func TestKodoPictures(t *testing.T) {
	k := newCell(t)
	img := image.NewNRGBA(image.Rect(0, 0, 60, 40))
	for i := range img.Pix {
		img.Pix[i] = byte(i)
	}
	img.Set(0, 0, color.NRGBA{A: 9})
	var b bytes.Buffer
	png.Encode(&b, img)
	policy := k.token(map[string]any{"scope": "photos", "returnBody": `{"w":$(imageInfo.width),"h":"$(imageInfo.height)","i":$(imageInfo),"no":$(exif)}`})
	got := k.upload(field{name: "token", value: policy}, field{name: "key", value: "p.png"}, field{name: "file", value: b.String(), file: "p.png"})
	k.want(got, 200, "w", 60, "h", "40", "no", nil)
	if got.at("i", "format") != "png" {
		t.Error(got.body)
	}
	k.want(client{t, k.server.URL}.do("GET", "/photos/p.png?imageInfo", "", ""), 200, "width", 60, "height", 40, "format", "png")
	for query, want := range map[string]string{
		"imageView2/1/w/20/h/20": "20 20 png", "imageView2/2/w/30": "30 20 png", "imageView2/0/w/30/h/30": "30 20 png", "imageView2/2/w/600": "60 40 png",
		"imageView2/3/w/30/h/30/format/jpg/q/50": "45 30 jpeg", "imageView2/2/h/10/format/gif": "15 10 gif", "imageView2/4/w/90/h/10": "90 60 png", "imageView2/5/w/30/h/10": "30 10 png",
	} {
		_, body := k.get("/photos/p.png?" + query)
		c, format, err := image.DecodeConfig(strings.NewReader(body))
		if got := fmt.Sprint(c.Width, " ", c.Height, " ", format); err != nil || got != want {
			t.Errorf("%s: %s, want %s (%v)", query, got, want, err)
		}
	}
	k.want(k.put("photos:text", "no picture"), 200)
	for _, path := range []string{"/photos/text?imageInfo", "/photos/text?imageView2/2/w/5", "/photos/p.png?imageView2/9/w/5", "/photos/p.png?imageView2/2", "/photos/p.png?imageView2/2/w/99999",
		"/photos/p.png?imageMogr2/rotate/90", "/photos/p.png?imageView2/2/w/5|saveas/x", "/photos/p.png?imageView2/2/w/5/format/webp"} {
		if res, body := k.get(path); res.StatusCode != 400 || !strings.Contains(body, `"error"`) {
			t.Errorf("%s: %d %.80s", path, res.StatusCode, body)
		}
	}
}

func TestKodoFetch(t *testing.T) {
	k := newCell(t)
	source := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/none" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "image/gif")
		fmt.Fprint(w, "from elsewhere")
	}))
	defer source.Close()
	fetch := func(from, to string) answer {
		return k.manage(signature.QBox, "POST", "/fetch/"+entryOf(from)+"/to/"+entryOf(to), formKind, "")
	}
	k.want(fetch(source.URL+"/x", "photos:got"), 200, "key", "got", "fsize", 14, "mimeType", "image/gif", "hash", etag.Of([]byte("from elsewhere")))
	k.want(fetch(source.URL+"/x", "photos"), 200, "key", etag.Of([]byte("from elsewhere")))
	k.want(fetch(source.URL+"/none", "photos:got"), 400)
	k.want(fetch("http://169.254.169.254/latest", "photos:got"), 403)
	k.want(fetch("http://10.1.2.3/", "photos:got"), 403)
	k.want(fetch("file:///etc/passwd", "photos:got"), 400)
	k.want(fetch(k.server.URL+"/photos/got", "vault:again"), 200, "fsize", 14) // the server's own
}

func TestKodoRegions(t *testing.T) {
	k := newCell(t)
	host := strings.TrimPrefix(k.server.URL, "http://")
	v2 := client{t, k.server.URL}.do("GET", "/v2/query?ak=x&bucket=y", "", "")
	k.want(v2, 200)
	if main, _ := v2.at("up", "src", "main").([]any); len(main) != 1 || main[0] != host {
		t.Error(v2.body)
	}
	v4 := client{t, k.server.URL}.do("GET", "/v4/query?ak=x&bucket=y", "", "")
	if hosts, _ := v4.at("hosts").([]any); v4.status != 200 || len(hosts) != 1 {
		t.Error(v4.body)
	}
	k.want(client{t, k.server.URL}.do("GET", "/v2/query", "", ""), 400)
}
