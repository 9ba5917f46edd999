package message

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"text/template"
	"time"

	"stoa/app/egress"
)

// HTTPConfig is an SMS gateway that takes an HTTP request. URL, header values and
// Body are templates (text/template) over {{.To}}, {{.Body}} (also {{.Text}}),
// {{.Code}}, {{.Purpose}}, {{.ID}}, {{.Unix}} and {{index .Values "name"}}.
//
// Values come out escaped for where they stand: in a JSON body as the inside of
// a string, in a form body and in the URL percent-encoded, in a header without
// line breaks. Functions: raw (unescaped), json (a quoted string), url, base64,
// md5, sha256 and hmac (hex; hmac key text), for gateways that want a signature.
type HTTPConfig struct {
	URL     string
	Method  string // "" = POST
	Headers map[string]string
	Body    string
	Format  string // json, form or text; "" = json. Also sets Content-Type, unless Headers does
	Success string // regular expression that the answer's body matches; "" = any 2xx is success
	Clock   func() time.Time
}

const maxAnswer = 64 << 10

// httpSender posts messages to a gateway.
type httpSender struct {
	method  string
	url     *template.Template
	headers map[string]*template.Template
	body    *template.Template
	format  string
	success *regexp.Regexp
	clock   func() time.Time
	client  *http.Client
}

// NewHTTP checks the configuration and makes the sender. The operator's gateway
// may be in a private network; a redirect to elsewhere is refused.
func NewHTTP(c HTTPConfig) (Sender, error) {
	s := &httpSender{method: c.Method, format: c.Format, headers: map[string]*template.Template{}, clock: c.Clock}
	if s.method == "" {
		s.method = http.MethodPost
	}
	if s.format == "" {
		s.format = "json"
	}
	if _, ok := contentTypes()[s.format]; !ok {
		return nil, fmt.Errorf("message.sms: the format is json, form or text, not %q", c.Format)
	}
	var err error
	if s.url, err = parse("url", c.URL); err != nil {
		return nil, err
	}
	if s.body, err = parse("body", c.Body); err != nil {
		return nil, err
	}
	for name, value := range c.Headers {
		if s.headers[name], err = parse("header "+name, value); err != nil {
			return nil, err
		}
	}
	if c.Success != "" {
		if s.success, err = regexp.Compile(c.Success); err != nil {
			return nil, fmt.Errorf("message.sms: success is no regular expression: %w", err)
		}
	}
	return s, s.try()
}

// try fills the templates once, so that a mistake is found at the start, and
// fixes the host that is trusted.
func (s *httpSender) try() error {
	r, err := s.request(context.Background(), Message{ID: 1, Channel: SMS, To: "+8613800000000", Body: "“test” \"1\"\n", Purpose: TestMessage,
		Values: map[string]string{"code": "123456"}})
	if err != nil {
		return fmt.Errorf("message.sms: %w", err)
	}
	if r.URL.Scheme != "http" && r.URL.Scheme != "https" || r.URL.Host == "" {
		return fmt.Errorf("message.sms: url is no http or https URL: %q", r.URL.Redacted())
	}
	if s.format == "json" && s.method != http.MethodGet {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		if !json.Valid(body) {
			return errors.New("message.sms: body does not give JSON")
		}
	}
	s.client = egress.Client(egress.Policy{Trust: []string{r.URL.Host}, Timeout: sendTime, MaxBody: maxAnswer, Redirects: -1})
	return nil
}

func contentTypes() map[string]string {
	return map[string]string{"json": "application/json; charset=utf-8", "form": "application/x-www-form-urlencoded",
		"text": "text/plain; charset=utf-8"}
}

// value is a text that prints itself escaped for the place it stands in.
type value struct {
	raw    string
	escape func(string) string
}

func (v value) String() string { return v.escape(v.raw) }

func rawText(v any) string {
	if v, ok := v.(value); ok {
		return v.raw
	}
	return fmt.Sprint(v)
}

func parse(name, source string) (*template.Template, error) {
	t, err := template.New(name).Option("missingkey=zero").Funcs(template.FuncMap{
		"raw":    rawText,
		"json":   func(v any) string { return jsonText(rawText(v)) },
		"url":    func(v any) string { return url.QueryEscape(rawText(v)) },
		"base64": func(v any) string { return base64.StdEncoding.EncodeToString([]byte(rawText(v))) },
		"md5":    func(v ...any) string { sum := md5.Sum([]byte(joined(v))); return hex.EncodeToString(sum[:]) },
		"sha256": func(v ...any) string { sum := sha256.Sum256([]byte(joined(v))); return hex.EncodeToString(sum[:]) },
		"hmac": func(key, text any) string {
			h := hmac.New(sha256.New, []byte(rawText(key)))
			h.Write([]byte(rawText(text)))
			return hex.EncodeToString(h.Sum(nil))
		},
	}).Parse(source)
	if err != nil {
		return nil, fmt.Errorf("message.sms: %w", err)
	}
	return t, nil
}

func joined(parts []any) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(rawText(p))
	}
	return b.String()
}

func jsonText(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return `""`
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func inJSON(s string) string { q := jsonText(s); return q[1 : len(q)-1] }
func oneLine(s string) string {
	return strings.NewReplacer("\r", " ", "\n", " ").Replace(s)
}
func plain(s string) string { return s }

func (s *httpSender) escape() func(string) string {
	switch s.format {
	case "json":
		return inJSON
	case "form":
		return url.QueryEscape
	default:
		return plain
	}
}

func (s *httpSender) fill(t *template.Template, m Message, escape func(string) string) (string, error) {
	values := map[string]value{}
	for name, v := range m.Values {
		values[name] = value{v, escape}
	}
	var unix int64
	if s.clock != nil {
		unix = s.clock().Unix()
	}
	data := map[string]any{"To": value{m.To, escape}, "Body": value{m.Body, escape}, "Text": value{m.Body, escape},
		"Code": value{m.Values["code"], escape}, "Purpose": value{m.Purpose, escape}, "ID": m.ID, "Unix": unix, "Values": values}
	var b strings.Builder
	err := t.Execute(&b, data)
	return b.String(), err
}

func (s *httpSender) request(ctx context.Context, m Message) (*http.Request, error) {
	at, err := s.fill(s.url, m, url.QueryEscape)
	if err != nil {
		return nil, err
	}
	body, err := s.fill(s.body, m, s.escape())
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, s.method, at, strings.NewReader(body))
	if err != nil {
		return nil, errors.New("url is not valid")
	}
	r.Header.Set("Content-Type", contentTypes()[s.format])
	for name, t := range s.headers {
		v, err := s.fill(t, m, oneLine)
		if err != nil {
			return nil, err
		}
		r.Header.Set(name, v)
	}
	return r, nil
}

// Send posts m. Errors name the gateway's host only: its URL may hold a key.
func (s *httpSender) Send(ctx context.Context, m Message) error {
	r, err := s.request(ctx, m)
	if err != nil {
		return errors.Join(ErrPermanent, err)
	}
	res, err := s.client.Do(r)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err
		}
		return fmt.Errorf("the gateway %s can't be reached: %w", r.URL.Host, err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return fmt.Errorf("the gateway's answer can't be read: %w", err)
	}
	return s.judge(res.StatusCode, answer)
}

func (s *httpSender) judge(status int, answer []byte) error {
	switch {
	case status/100 == 2 && (s.success == nil || s.success.Match(answer)):
		return nil
	case status/100 == 2:
		return errors.Join(ErrPermanent, fmt.Errorf("the gateway answered %d, but not as success is configured: %s", status, excerpt(answer)))
	case status/100 == 4 && status != http.StatusRequestTimeout && status != http.StatusTooManyRequests:
		return errors.Join(ErrPermanent, fmt.Errorf("the gateway refused it with %d: %s", status, excerpt(answer)))
	default:
		return fmt.Errorf("the gateway answered %d: %s", status, excerpt(answer))
	}
}

// excerpt is the beginning of an answer, on one line.
func excerpt(answer []byte) string {
	text := strings.Join(strings.Fields(strings.ToValidUTF8(string(answer), "?")), " ")
	if runes := []rune(text); len(runes) > 200 {
		text = string(runes[:200]) + "…"
	}
	return text
}
