// Package policy is Kodo's put policy: what an upload token allows and asks for. It
// is read from the token's JSON and judged whole, so that nothing that an upload
// was promised is left out in silence.
//
// Source: Qiniu's manual, "put policy".
package policy

import (
	"cmp"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"stoa/api/kodo/variable"
	"stoa/api/wire"
	"stoa/app/fault"
)

// Policy is a put policy as the token has it.
type Policy struct {
	Scope           string    `json:"scope"`
	IsPrefixalScope wire.Bool `json:"isPrefixalScope"`
	Deadline        wire.Int  `json:"deadline"` // Unix seconds
	InsertOnly      wire.Bool `json:"insertOnly"`
	EndUser         string    `json:"endUser"`

	ReturnURL  string `json:"returnUrl"`
	ReturnBody string `json:"returnBody"`

	CallbackURL      string `json:"callbackUrl"`
	CallbackHost     string `json:"callbackHost"`
	CallbackBody     string `json:"callbackBody"`
	CallbackBodyType string `json:"callbackBodyType"`

	SaveKey      string    `json:"saveKey"`
	ForceSaveKey wire.Bool `json:"forceSaveKey"`

	FsizeMin        wire.Int `json:"fsizeMin"`   // bytes
	FsizeLimit      wire.Int `json:"fsizeLimit"` // bytes; 0 = none
	DetectMime      wire.Int `json:"detectMime"` // 0 = the client's word, else by content; -1 = neither
	MimeLimit       string   `json:"mimeLimit"`
	DeleteAfterDays wire.Int `json:"deleteAfterDays"`
	FileType        wire.Int `json:"fileType"` // 0 = ordinary storage, the only one

	Bucket string `json:"-"` // of the scope
	Key    string `json:"-"` // of the scope; HasKey says whether there is one
	HasKey bool   `json:"-"`

	limit []string // of MimeLimit
}

// unserved are the fields that ask for what this server does not do.
type unserved struct {
	Ops      string          `json:"persistentOps"`
	Template string          `json:"persistentWorkflowTemplateID"`
	Notify   string          `json:"persistentNotifyUrl"`
	Fetch    wire.Bool       `json:"callbackFetchKey"`
	Change   string          `json:"transform"`
	Async    json.RawMessage `json:"asyncOps"`
}

// asked is the first of the fields that is set, "" if none is.
func (u *unserved) asked() string {
	switch {
	case u.Ops != "":
		return "persistentOps"
	case u.Template != "":
		return "persistentWorkflowTemplateID"
	case u.Notify != "":
		return "persistentNotifyUrl"
	case bool(u.Fetch):
		return "callbackFetchKey"
	case u.Change != "":
		return "transform"
	case len(u.Async) > 0 && string(u.Async) != "null" && string(u.Async) != `""`:
		return "asyncOps"
	}
	return ""
}

// Content types of a callback.
const (
	TypeForm = "application/x-www-form-urlencoded"
	TypeJSON = "application/json"
)

const maxURLs = 10 // of a callback

func bad(field, text string, args ...any) error {
	return fault.New(fault.Invalid, "kodo.policy", field, text, args...)
}

// Parse reads and judges a put policy. Its faults are Invalid.
func Parse(text []byte) (*Policy, error) {
	var whole struct {
		Policy
		unserved
	}
	if err := json.Unmarshal(text, &whole); err != nil {
		return nil, bad("token", "the put policy can't be read: it is a JSON object whose fields have the types of Kodo's document")
	}
	p := &whole.Policy
	if field := whole.asked(); field != "" || p.FileType != 0 {
		field = cmp.Or(field, "fileType")
		return nil, bad(field, "%s is not honoured by this server: leave it out of the put policy", field)
	}
	for _, check := range []func() error{p.scope, p.sizes, p.answer, p.callback, p.types} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *Policy) scope() error {
	p.Bucket, p.Key, p.HasKey = strings.Cut(p.Scope, ":")
	switch {
	case p.Bucket == "":
		return bad("scope", "scope names no bucket: bucket or bucket:key is expected")
	case bool(p.IsPrefixalScope) && !p.HasKey:
		return bad("isPrefixalScope", "isPrefixalScope wants a prefix in scope: bucket:prefix")
	case bool(p.ForceSaveKey) && p.SaveKey == "":
		return bad("forceSaveKey", "forceSaveKey wants a saveKey")
	}
	return nil
}

func (p *Policy) sizes() error {
	switch {
	case p.FsizeMin < 0 || p.FsizeLimit < 0:
		return bad("fsizeLimit", "fsizeMin and fsizeLimit are bytes, not below 0")
	case p.FsizeLimit > 0 && p.FsizeMin > p.FsizeLimit:
		return bad("fsizeMin", "fsizeMin is above fsizeLimit: no file fits")
	case p.DeleteAfterDays < 0 || p.DeleteAfterDays > 36500:
		return bad("deleteAfterDays", "deleteAfterDays is 1 to 36500, or 0 for never")
	case p.DetectMime < -1 || p.DetectMime > 3:
		return bad("detectMime", "detectMime is 0, 1, 2, 3 or -1")
	}
	return nil
}

// answer judges what the client gets.
func (p *Policy) answer() error {
	switch {
	case p.ReturnURL != "" && p.CallbackURL != "":
		return bad("returnUrl", "returnUrl and callbackUrl exclude one another")
	case p.ReturnURL != "" && !web(p.ReturnURL):
		return bad("returnUrl", "returnUrl is no http or https address")
	case p.ReturnBody != "" && !fills(p.ReturnBody):
		return bad("returnBody", "returnBody is no JSON, with variables as its values")
	}
	return nil
}

func (p *Policy) callback() error {
	if p.CallbackURL == "" {
		return nil
	}
	urls := p.Callbacks()
	if len(urls) == 0 || len(urls) > maxURLs {
		return bad("callbackUrl", "callbackUrl is 1 to %d addresses, joined by ;", maxURLs)
	}
	for _, u := range urls {
		if !web(u) {
			return bad("callbackUrl", "callbackUrl holds what is no http or https address")
		}
	}
	if p.CallbackBodyType == "" {
		p.CallbackBodyType = TypeForm
	}
	switch {
	case p.CallbackBody == "":
		return bad("callbackBody", "callbackUrl wants a callbackBody")
	case p.CallbackBodyType != TypeForm && p.CallbackBodyType != TypeJSON:
		return bad("callbackBodyType", "callbackBodyType is %s or %s", TypeForm, TypeJSON)
	case p.CallbackBodyType == TypeJSON && !fills(p.CallbackBody):
		return bad("callbackBody", "callbackBody is no JSON, with variables as its values")
	case strings.ContainsAny(p.CallbackHost, " \r\n\t/\\@?#"):
		return bad("callbackHost", "callbackHost is no host name")
	}
	return nil
}

// Callbacks are the addresses of the callback, to be tried in this order.
func (p *Policy) Callbacks() []string {
	var out []string
	for u := range strings.SplitSeq(p.CallbackURL, ";") {
		if u = strings.TrimSpace(u); u != "" {
			out = append(out, u)
		}
	}
	return out
}

// web reports an absolute http or https address.
func web(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil
}

// fills reports whether a template is JSON once its variables have values.
func fills(template string) bool {
	return json.Valid([]byte(variable.JSON(template, func(string) variable.Value { return variable.Value{} })))
}

func (p *Policy) types() error {
	if p.MimeLimit == "" {
		return nil
	}
	list, negated := strings.CutPrefix(p.MimeLimit, "!")
	for t := range strings.SplitSeq(list, ";") {
		if t = strings.ToLower(strings.TrimSpace(t)); t == "" {
			continue
		}
		if main, sub, ok := strings.Cut(t, "/"); !ok || main == "" || sub == "" || main == "*" {
			return bad("mimeLimit", "mimeLimit is a list such as image/*;video/mp4, with ! in front to exclude")
		}
		p.limit = append(p.limit, t)
	}
	if len(p.limit) == 0 {
		return bad("mimeLimit", "mimeLimit is a list such as image/*;video/mp4, with ! in front to exclude")
	}
	if negated {
		p.limit = append([]string{"!"}, p.limit...)
	}
	return nil
}

// Expired reports whether the deadline has passed.
func (p *Policy) Expired(now time.Time) bool { return now.Unix() > int64(p.Deadline) }

// AllowsType reports whether mimeLimit lets a content type in.
func (p *Policy) AllowsType(contentType string) bool {
	if len(p.limit) == 0 {
		return true
	}
	t, _, _ := strings.Cut(contentType, ";")
	t = strings.ToLower(strings.TrimSpace(t))
	list, negated := p.limit, p.limit[0] == "!"
	if negated {
		list = list[1:]
	}
	for _, pattern := range list {
		if main, any := strings.CutSuffix(pattern, "*"); t == pattern || any && strings.HasSuffix(main, "/") && strings.HasPrefix(t, main) {
			return !negated
		}
	}
	return negated
}

// AllowsKey reports whether the scope covers a file's name.
func (p *Policy) AllowsKey(key string) bool {
	switch {
	case !p.HasKey:
		return true
	case bool(p.IsPrefixalScope):
		return strings.HasPrefix(key, p.Key)
	}
	return key == p.Key
}

// Overwrites reports whether an existing file may be replaced: when the scope names
// it, not its prefix alone, and insertOnly does not forbid it.
func (p *Policy) Overwrites() bool {
	return p.HasKey && !bool(p.IsPrefixalScope) && !bool(p.InsertOnly)
}
