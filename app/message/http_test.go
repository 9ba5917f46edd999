package message

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

type gateway struct {
	*httptest.Server
	status int
	answer string
	last   *http.Request
	body   string
}

func newGateway(t *testing.T) *gateway {
	g := &gateway{status: 200, answer: `{"code":"OK"}`}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		g.last, g.body = r, string(body)
		w.Header().Set("Location", "http://127.0.0.1:1/")
		w.WriteHeader(g.status)
		_, _ = io.WriteString(w, g.answer)
	}))
	t.Cleanup(g.Close)
	return g
}

func sms() Message {
	return Message{ID: 9, Channel: SMS, To: "+8613900000001", Body: "【stoa】\"123456\"\n& more", Purpose: SignUpCode,
		Values: map[string]string{"code": "123456", "by": "a\r\nX-Evil: 1"}}
}

func TestHTTPSenderEscapesForThePlace(t *testing.T) {
	g := newGateway(t)
	send := func(c HTTPConfig) {
		t.Helper()
		s, err := NewHTTP(c)
		if err == nil {
			err = s.Send(context.Background(), sms())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	send(HTTPConfig{URL: g.URL + "/send?id={{.ID}}&to={{.To}}", Body: `{"to":"{{.To}}","text":"{{.Body}}","same":{{json .Text}},"code":"{{.Code}}"}`,
		Headers: map[string]string{"Authorization": "Bearer abc", "X-By": `{{index .Values "by"}}`}})
	var got map[string]string
	if err := json.Unmarshal([]byte(g.body), &got); err != nil {
		t.Fatalf("%v: %s", err, g.body)
	}
	if got["to"] != sms().To || got["text"] != sms().Body || got["same"] != sms().Body || got["code"] != "123456" {
		t.Errorf("%q", got)
	}
	if g.last.URL.Query().Get("to") != sms().To || g.last.Header.Get("Authorization") != "Bearer abc" || g.last.Header.Get("X-Evil") != "" ||
		g.last.Header.Get("Content-Type") != "application/json; charset=utf-8" || g.last.Method != http.MethodPost {
		t.Errorf("%s %s %v", g.last.Method, g.last.URL, g.last.Header)
	}
	send(HTTPConfig{URL: g.URL, Format: "form", Body: "to={{.To}}&text={{.Body}}&sign={{md5 `key` .To}}"})
	form, err := url.ParseQuery(g.body)
	if err != nil || form.Get("text") != sms().Body || form.Get("to") != sms().To || len(form.Get("sign")) != 32 {
		t.Errorf("%q, %v", form, err)
	}
	send(HTTPConfig{URL: g.URL + "/{{.Code}}", Method: http.MethodGet, Format: "text"})
	if g.last.Method != http.MethodGet || g.last.URL.Path != "/123456" {
		t.Errorf("%s %s", g.last.Method, g.last.URL)
	}
}

func TestHTTPSenderJudgesTheAnswer(t *testing.T) {
	g := newGateway(t)
	s, err := NewHTTP(HTTPConfig{URL: g.URL + "/?key=s3cret", Body: `{}`, Success: `"code":"OK"`})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		status    int
		answer    string
		ok, final bool
	}{{200, `{"code":"OK"}`, true, false}, {200, `{"code":"LIMIT"}`, false, true}, {403, "no", false, true}, {429, "slow", false, false},
		{500, "oops", false, false}, {302, "", false, false}} {
		g.status, g.answer = c.status, c.answer
		err := s.Send(context.Background(), sms())
		if (err == nil) != c.ok || err != nil && errors.Is(err, ErrPermanent) != c.final {
			t.Errorf("%d %s: %v", c.status, c.answer, err)
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("the error shows the URL's key: %v", err)
		}
	}
	g.Close()
	if err := s.Send(context.Background(), sms()); err == nil || errors.Is(err, ErrPermanent) || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("no gateway: %v", err)
	}
}

func TestHTTPConfigIsChecked(t *testing.T) {
	for _, c := range []HTTPConfig{{}, {URL: "ftp://example.com", Body: "{}"}, {URL: "https://example.com", Body: `{"to":{{.To}}}`},
		{URL: "https://example.com", Body: `{{.To`}, {URL: "https://example.com", Body: "{}", Success: "("}, {URL: "https://example.com", Body: "{}", Format: "xml"},
		{URL: "https://example.com", Body: "{}", Headers: map[string]string{"A": "{{nothing}}"}}} {
		if _, err := NewHTTP(c); err == nil {
			t.Errorf("%+v is accepted", c)
		}
	}
	if _, err := NewHTTP(HTTPConfig{URL: "https://example.com/{{.Unix}}", Body: `{"to":"{{.To}}"}`, Clock: time.Now}); err != nil {
		t.Error(err)
	}
}
