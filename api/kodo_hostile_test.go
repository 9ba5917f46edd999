package api_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"stoa/app/accesskey/signature"
)

// A token for a prefix is given to people who share it: nobody replaces what another
// has put (Kodo's manual: with isPrefixalScope 1 nothing is overwritten).
func TestPrefixTokenReplacesNothing(t *testing.T) {
	k := newCell(t)
	token := field{name: "token", value: k.token(map[string]any{"scope": "photos:shared/", "isPrefixalScope": 1})}
	key, name := field{name: "key", value: "shared/a"}, "f.bin"
	k.want(k.upload(token, key, field{name: "file", value: "the first", file: name}), 200)
	k.want(k.upload(token, key, field{name: "file", value: "the first", file: name}), 200) // the same again
	k.want(k.upload(token, key, field{name: "file", value: "another's", file: name}), 614)
	if _, body := k.get("/photos/shared/a"); body != "the first" {
		t.Errorf("the file is %q now", body)
	}
	k.want(k.upload(token, field{name: "key", value: "elsewhere/a"}, field{name: "file", value: "x", file: name}), 403)
}

// An address that brings one bad token after the other is told to wait, whatever call
// it brings them to. What holds is let in from there all the same: behind the address
// may be an office.
func TestBadSignaturesAreSlowedDown(t *testing.T) {
	k := newCell(t)
	good := field{name: "token", value: k.token(map[string]any{"scope": "photos"})}
	file := field{name: "file", value: "x", file: "f.bin"}
	k.want(k.put("vault:a", "secret"), 200)
	bad := []func() int{
		func() int { return k.upload(field{name: "token", value: "nobody:c2ln:e30="}, file).status },
		func() int { return k.upload(field{name: "token", value: k.access + ":c2ln:e30="}, file).status },
		func() int { return k.manage(signature.QBox, "POST", "/stat/"+entryOf("photos:a"), "", "").status },
		func() int {
			res, _ := k.get("/vault/a?e=1893456000&token=" + k.access + ":c2ln")
			return res.StatusCode
		},
	}
	right := k.secret
	k.secret = "not the secret"
	statuses := map[int]int{}
	for i := range 200 {
		statuses[bad[i%len(bad)]()]++
	}
	if statuses[401] != 100 || statuses[573] != 100 {
		t.Errorf("%v", statuses)
	}
	k.secret = right
	k.want(k.upload(good, file), 200)
	k.want(k.manage(signature.Qiniu, "POST", "/stat/"+entryOf("vault:a"), "application/x-www-form-urlencoded", ""), 200)
	if got := k.upload(field{name: "token", value: "nobody:c2ln:e30="}, file); got.status != 573 || got.header.Get("Retry-After") == "" {
		t.Error(got.status, got.header)
	}
	k.Clock.Add(time.Minute)
	if got := bad[0](); got != 401 {
		t.Error("a minute later:", got)
	}
}

// silent is a server that takes a request and answers it when it is told.
func silent(t *testing.T) (url string, asked, answer chan struct{}) {
	asked, answer = make(chan struct{}, 10), make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		select {
		case <-answer:
		case <-r.Context().Done():
		}
		w.WriteHeader(500)
	}))
	t.Cleanup(s.Close)
	return s.URL, asked, answer
}

// An address that takes a callback and never answers leaves time for the others.
func TestCallbackBehindASilentAddress(t *testing.T) {
	k := newCell(t)
	first, _, answer := silent(t)
	defer close(answer)
	r := newReceiver(t)
	urls := first + strings.Repeat(";"+r.URL, 9)
	k.want(k.called(map[string]any{"callbackUrl": urls, "callbackBody": "key=$(key)"}), 200, "ok", "<yes>")
}

// The file is there, so its application is told, though the client that uploaded it
// does not wait for the end.
func TestCallbackAfterTheClientLeft(t *testing.T) {
	k := newCell(t)
	first, asked, answer := silent(t)
	second, told, done := silent(t)
	defer close(done)
	ctx, leave := context.WithCancel(t.Context())
	token := k.token(map[string]any{"scope": "photos", "callbackUrl": first + ";" + second, "callbackBody": "key=$(key)"})
	body := "--b\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\n" + token +
		"\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nx\r\n--b--\r\n"
	req, err := http.NewRequestWithContext(ctx, "POST", k.server.URL+"/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	go func() {
		<-asked
		leave()
	}()
	res, err := http.DefaultClient.Do(req)
	if err == nil {
		_, _ = io.Copy(io.Discard, res.Body)
		res.Body.Close()
		t.Fatal("it was answered")
	}
	answer <- struct{}{}
	select {
	case <-told:
	case <-time.After(10 * time.Second):
		t.Error("nobody was told of the file")
	}
}

// No file is a script to a browser on the server's own host, by any of the names that
// scripts have (WHATWG MIME Sniffing, 4.6), whatever its uploader says it is.
func TestNoFileIsAScriptBesideTheConsole(t *testing.T) {
	k := newCell(t)
	for _, kind := range []string{"application/ecmascript", "application/javascript", "application/x-ecmascript", "application/x-javascript", "text/ecmascript",
		"text/javascript", "text/javascript1.0", "text/javascript1.5", "text/jscript", "text/livescript", "text/x-ecmascript", "text/x-javascript", "TEXT/JScript; x=y"} {
		key := strings.NewReplacer("/", "-", " ", "").Replace(kind)
		k.want(k.upload(field{name: "token", value: k.token(map[string]any{"scope": "photos:" + key})}, field{name: "key", value: key},
			field{name: "file", value: "alert(1)", file: "f", kind: kind}), 200)
		res, _ := k.get("/photos/" + url.PathEscape(key))
		if got := res.Header.Get("Content-Type"); res.StatusCode != 200 || strings.Contains(strings.ToLower(got), "script") || res.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s is sent as %q (%d)", kind, got, res.StatusCode)
		}
	}
}

// A token whose template names a long variable a thousand times does not make the
// server write hundreds of megabytes for one request.
func TestTemplatesThatSwell(t *testing.T) {
	k := newCell(t)
	long := field{name: "x:a", value: strings.Repeat("\x01", 60<<10)}
	file := field{name: "file", value: "x", file: "f"}
	many := strings.Repeat("$(x:a)", 1000)
	for name, policy := range map[string]map[string]any{
		"returnBody":   {"returnBody": `{"a":"` + many + `"}`},
		"callbackBody": {"callbackUrl": "http://127.0.0.1:1/", "callbackBody": many},
		"saveKey":      {"saveKey": many},
	} {
		policy["scope"] = "photos"
		if got := k.upload(field{name: "token", value: k.token(policy)}, long, file); got.status != 400 {
			t.Errorf("%s: %d", name, got.status)
		}
	}
	once := k.token(map[string]any{"scope": "photos", "returnBody": `{"a":$(x:a),"key":$(key),"n":$(fsize),"name":$(fname)}`})
	k.want(k.upload(field{name: "token", value: once}, field{name: "x:a", value: strings.Repeat("a", 60<<10)}, file), 200, "n", 1)
}
