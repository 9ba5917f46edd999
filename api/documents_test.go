package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"stoa/app/accesskey/signature"
	"stoa/app/apptest"
	"stoa/app/bucket"
)

// The pages under docs/dialects are tests: each shows requests and answers in
// fenced blocks marked http, and here they run in order against a real App.
//
// An answer block begins with "HTTP/1.1 <status>". Its body must be what the
// server sends, field for field; a field "…" lets an object have more. {{name}}
// inside a string stands for any text, and outside of one for any number, which
// later blocks may use by that name; {{=name}} must be that very text again.
// {{admin}} is the super administrator's token from the start.
//
// Pages about files have two buckets, photos and vault (private), and a key for them,
// {{access}}. A block marked policy makes {{upload}} the upload token for it, and
// {{sign}} is the key with its signature of the request that it stands in.

var (
	fence       = regexp.MustCompile("(?ms)^```(?:http|policy)\n(.*?)^```$")
	placeholder = regexp.MustCompile(`\{\{(=?\w+)\}\}`)
	bare        = regexp.MustCompile(`: (\{\{\w+\}\})`)
)

func TestDocuments(t *testing.T) {
	pages, err := filepath.Glob("../docs/dialects/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("no pages in docs/dialects: %v", err)
	}
	for _, page := range pages {
		t.Run(filepath.Base(page), func(t *testing.T) {
			text, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			app, token := openDocumented(t)
			server := httptest.NewServer(handlerOf(t, app))
			defer server.Close()
			d := document{t: t, page: string(text), server: server.URL, vars: map[string]string{"admin": token, "sign": "{{sign}}", "server": server.URL}}
			if name := filepath.Base(page); name == "kodo.md" || name == "gallery.md" {
				d.files(app)
			}
			if n := d.run(); n == 0 && !strings.HasPrefix(filepath.Base(page), "README") {
				t.Error("the page shows no request")
			}
		})
	}
}

// number marks a placeholder that stands for a number.
const number = "number "

type document struct {
	t      *testing.T
	page   string
	server string
	vars   map[string]string
	secret string // of {{access}}
}

// files makes the buckets and the key.
func (d *document) files(a *apptest.App) {
	by := a.Super
	for name, private := range map[string]bool{"photos": false, "vault": true} {
		if _, err := a.Bucket.Create(d.t.Context(), by, bucket.New{Name: name, Private: private}); err != nil {
			d.t.Fatal(err)
		}
	}
	key, secret, err := a.AccessKey.Create(d.t.Context(), by, "page")
	if err != nil {
		d.t.Fatal(err)
	}
	d.vars["access"], d.secret = key.Access, secret
}

// sign puts the signature of a request into its address or its header.
func (d *document) sign(req *http.Request, body string) {
	if before, _, found := strings.Cut(req.URL.RawQuery, "&token="); found && strings.Contains(req.URL.RawQuery, "sign") {
		token := d.vars["access"] + ":" + signature.Sign(d.secret, []byte(d.server+req.URL.EscapedPath()+"?"+before))
		req.URL.RawQuery = before + "&token=" + token
	}
	if strings.Contains(req.Header.Get("Authorization"), "{{sign}}") {
		req.Header.Set("Authorization", signature.Authorize(signature.QBox, d.vars["access"], d.secret, signature.Request{Path: req.URL.RequestURI(),
			Type: req.Header.Get("Content-Type"), Body: []byte(body)}))
	}
}

// run makes every request of the page and compares each answer; it returns how many.
func (d *document) run() int {
	var answer *http.Response
	var body []byte
	n, line := 0, 0
	for _, at := range fence.FindAllStringSubmatchIndex(d.page, -1) {
		block := d.page[at[2]:at[3]]
		line = 1 + strings.Count(d.page[:at[2]], "\n")
		if strings.HasPrefix(block, "HTTP/1.1 ") {
			if answer == nil {
				d.t.Fatalf("line %d: an answer without a request", line)
			}
			d.compare(line, block, answer, body)
			continue
		}
		if strings.HasPrefix(d.page[at[0]:], "```policy") {
			d.vars["upload"] = signature.NewToken(d.vars["access"], d.secret, []byte(strings.TrimSpace(d.fill(line, block))))
			continue
		}
		answer, body = d.request(line, d.fill(line, block))
		n++
	}
	return n
}

// fill puts the values of names into a request.
func (d *document) fill(line int, block string) string {
	return placeholder.ReplaceAllStringFunc(block, func(p string) string {
		v, ok := d.vars[p[2:len(p)-2]]
		if !ok {
			d.t.Fatalf("line %d: %s has no value yet", line, p)
		}
		return v
	})
}

func (d *document) request(line int, block string) (*http.Response, []byte) {
	head, body, _ := strings.Cut(block, "\n\n")
	lines := strings.Split(strings.TrimSpace(head), "\n")
	method, path, ok := strings.Cut(lines[0], " ")
	if !ok {
		d.t.Fatalf("line %d: %q is no request line", line, lines[0])
	}
	req, err := http.NewRequest(method, d.server+path, strings.NewReader(strings.TrimSuffix(body, "\n")))
	if err != nil {
		d.t.Fatalf("line %d: %v", line, err)
	}
	for _, h := range lines[1:] {
		name, value, _ := strings.Cut(h, ":")
		req.Header.Add(name, strings.TrimSpace(value))
	}
	d.sign(req, strings.TrimSuffix(body, "\n"))
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		d.t.Fatalf("line %d: %v", line, err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		d.t.Fatalf("line %d: %v", line, err)
	}
	return res, got
}

func (d *document) compare(line int, block string, res *http.Response, body []byte) {
	d.t.Helper()
	head, want, _ := strings.Cut(block, "\n\n")
	lines := strings.Split(strings.TrimSpace(head), "\n")
	var status int
	if _, err := fmt.Sscanf(lines[0], "HTTP/1.1 %d", &status); err != nil {
		d.t.Fatalf("line %d: %q is no status line", line, lines[0])
	}
	if res.StatusCode != status {
		d.t.Fatalf("line %d: status %d, the page says %d; the answer is %s", line, res.StatusCode, status, body)
	}
	for _, h := range lines[1:] {
		name, value, _ := strings.Cut(h, ":")
		if err := d.match(strings.TrimSpace(value), res.Header.Get(name)); err != nil {
			d.t.Errorf("line %d: header %s: %v", line, name, err)
		}
	}
	if strings.TrimSpace(want) == "" {
		return
	}
	wantJSON, gotJSON := parse(d.t, line, bare.ReplaceAllString(want, `: "`+number+`$1"`)), parse(d.t, line, string(body))
	if err := d.same("", wantJSON, gotJSON); err != nil {
		d.t.Errorf("line %d: %v\nthe answer is %s", line, err, body)
	}
}

func parse(t *testing.T, line int, s string) any {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader([]byte(s)))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("line %d: no JSON: %v in %s", line, err, s)
	}
	return v
}

// same compares an answer with what the page shows of it.
func (d *document) same(at string, want, got any) error {
	switch w := want.(type) {
	case map[string]any:
		return d.sameObject(at, w, got)
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return fmt.Errorf("%s: the page shows a list of %d, the answer has %v", at, len(w), got)
		}
		for i := range w {
			if err := d.same(fmt.Sprintf("%s[%d]", at, i), w[i], g[i]); err != nil {
				return err
			}
		}
		return nil
	case string:
		g, ok := got.(string)
		if n, isNumber := got.(json.Number); isNumber && strings.HasPrefix(w, number+"{{") {
			w, g, ok = strings.TrimPrefix(w, number), n.String(), true
		}
		if !ok {
			return fmt.Errorf("%s: the page shows the text %q, the answer has %v", at, w, got)
		}
		if err := d.match(w, g); err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
		return nil
	}
	if want != got {
		return fmt.Errorf("%s: the page shows %v, the answer has %v", at, want, got)
	}
	return nil
}

func (d *document) sameObject(at string, want map[string]any, got any) error {
	g, ok := got.(map[string]any)
	if !ok {
		return fmt.Errorf("%s: the page shows an object, the answer has %v", at, got)
	}
	_, open := want["…"]
	for k := range want {
		if _, there := g[k]; !there && k != "…" {
			return fmt.Errorf("%s.%s: shown by the page, missing in the answer", at, k)
		}
	}
	for k, v := range g {
		w, shown := want[k]
		if !shown && !open {
			return fmt.Errorf("%s.%s: in the answer, not on the page", at, k)
		}
		if shown {
			if err := d.same(at+"."+k, w, v); err != nil {
				return err
			}
		}
	}
	return nil
}

// match compares texts; {{name}} in want stands for any text and remembers it.
func (d *document) match(want, got string) error {
	names := placeholder.FindAllStringSubmatch(want, -1)
	if len(names) == 0 {
		if want != got {
			return fmt.Errorf("the page shows %q, the answer has %q", want, got)
		}
		return nil
	}
	var pattern strings.Builder
	last := 0
	for i, at := range placeholder.FindAllStringIndex(want, -1) {
		pattern.WriteString(regexp.QuoteMeta(want[last:at[0]]))
		if known, again := strings.CutPrefix(names[i][1], "="); again {
			pattern.WriteString("(" + regexp.QuoteMeta(d.vars[known]) + ")")
		} else {
			pattern.WriteString("(.+?)")
		}
		last = at[1]
	}
	pattern.WriteString(regexp.QuoteMeta(want[last:]))
	found := regexp.MustCompile("(?s)^" + pattern.String() + "$").FindStringSubmatch(got)
	if found == nil {
		return fmt.Errorf("the page shows %q, the answer has %q", want, got)
	}
	for i, n := range names {
		if n[1] != "admin" {
			d.vars[n[1]] = found[i+1]
		}
	}
	return nil
}
