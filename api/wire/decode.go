package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"

	"stoa/api/wire/bind"
	"stoa/api/wire/jsontext"
	"stoa/app/fault"
)

// Codes of the failures that the wire itself finds. They keep their real HTTP
// status in every dialect.
const (
	codeRoute   = "route.unknown"
	codeMethod  = "route.method"
	codeTooBig  = "body.too_large"
	codeBusy    = "server.busy"
	codeTimeout = "server.timeout"
	codeGone    = "client.gone"
)

// Body is the whole request body, read once and bounded by the route's limit.
func (c *Call) Body() ([]byte, error) {
	if c.read {
		return c.body, c.readErr
	}
	c.read = true
	if c.r.ContentLength > c.maxBody {
		c.readErr = tooBig(c.maxBody)
		return nil, c.readErr
	}
	var buf bytes.Buffer
	if n := c.r.ContentLength; n > 0 {
		buf.Grow(int(n) + bytes.MinRead)
	}
	_, err := buf.ReadFrom(http.MaxBytesReader(c.w, c.r.Body, c.maxBody))
	var big *http.MaxBytesError
	switch {
	case errors.As(err, &big):
		c.readErr = tooBig(c.maxBody)
	case err != nil:
		c.readErr = unread(err)
	default:
		c.body = buf.Bytes()
		if c.route != nil && c.route.Long {
			c.unhurried()
		}
	}
	return c.body, c.readErr
}

func tooBig(limit int64) error {
	return fault.New(fault.TooLarge, codeTooBig, "", "the request body is larger than the %d bytes that this call takes", limit)
}

// Decode fills v, a pointer to a struct with `json` tags, from the request: JSON
// or form by content type, the query string for GET and HEAD. Unknown fields
// are ignored; the error is a fault that names the field and what is expected.
func (c *Call) Decode(v any) error {
	if c.r.Method == http.MethodGet || c.r.Method == http.MethodHead {
		return bind.Fill(v, c.Query(), "json")
	}
	body, err := c.Body()
	if err != nil {
		return err
	}
	if looksJSON(c.r.Header.Get("Content-Type"), body) {
		return c.parse(body, v)
	}
	return c.Form(v)
}

// JSON fills v from a JSON body, whatever content type it is sent with.
func (c *Call) JSON(v any) error {
	body, err := c.Body()
	if err != nil {
		return err
	}
	return c.parse(body, v)
}

// Form fills v from a form body (application/x-www-form-urlencoded, or
// multipart/form-data whose files are left out); a body of another type is refused.
func (c *Call) Form(v any) error {
	body, err := c.Body()
	if err != nil {
		return err
	}
	values, err := formValues(c.r.Header.Get("Content-Type"), body)
	if err != nil {
		return err
	}
	return bind.Fill(v, values, "json")
}

// Bind fills v from the query string by `query` tags.
func (c *Call) Bind(v any) error { return bind.Fill(v, c.Query(), "query") }

// looksJSON decides between JSON and form. Some clients send JSON with curl's
// default form type, so an opening brace decides where the type is no help.
func looksJSON(contentType string, body []byte) bool {
	kind, _, _ := mime.ParseMediaType(contentType)
	switch {
	case kind == "application/json" || kind == "text/json" || strings.HasSuffix(kind, "+json"):
		return true
	case kind == "multipart/form-data":
		return false
	}
	b := bytes.TrimLeft(body, " \t\r\n")
	return len(b) > 0 && (b[0] == '{' || b[0] == '[')
}

// formValues parses a form body.
func formValues(contentType string, body []byte) (url.Values, error) {
	kind, params, err := mime.ParseMediaType(contentType)
	if contentType != "" && err != nil {
		return nil, fault.New(fault.Malformed, "body.type", "", "the Content-Type header can't be read")
	}
	switch kind {
	case "multipart/form-data":
		form, err := multipart.NewReader(bytes.NewReader(body), params["boundary"]).ReadForm(int64(len(body)) + 1)
		if err != nil {
			return nil, fault.New(fault.Malformed, "body.form", "", "the body is no valid multipart form").With(err)
		}
		return url.Values(form.Value), nil
	case "application/json", "text/json":
		return nil, fault.New(fault.Malformed, "body.type", "", "this call takes a form (application/x-www-form-urlencoded), not JSON")
	}
	values, err := url.ParseQuery(string(bytes.TrimSpace(body)))
	if err != nil {
		return nil, fault.New(fault.Malformed, "body.form", "", "the body is no valid form: a % must be followed by two hex digits, and pairs are joined by &").With(err)
	}
	return values, nil
}

// parse checks the whole JSON text first, so that nothing is decoded of a body
// that is cut, ambiguous or followed by garbage.
func (c *Call) parse(body []byte, v any) error {
	if e := jsontext.Check(body, c.deps.Limits.Depth); e != nil {
		f := fault.New(fault.Malformed, "body.syntax", "", "the body is no valid JSON: %s", e)
		return f.With(e)
	}
	return bind.Typed(json.Unmarshal(body, v))
}
