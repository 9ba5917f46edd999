package kodo

import (
	"maps"
	"mime"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"stoa/api/kodo/variable"
	"stoa/api/wire"
	"stoa/app/bucket"
	"stoa/app/fault"
)

// sent is what a client says of a file.
type sent struct {
	key    *string           // nil = it leaves the name to us
	fname  string            // its name at the client's
	kind   string            // content type
	custom map[string]string // x:name
	meta   map[string]string // x-qn-meta-name, by the name alone
}

// Limits of what a client says.
const (
	maxCustom = 100
	maxFname  = 1 << 10 // bytes
	metaMark  = "x-qn-meta-"
)

// note takes one further field: a custom variable or metadata. Others are left out.
func (s *sent) note(name, value string) error {
	switch {
	case strings.HasPrefix(name, "x:"):
		if s.custom == nil {
			s.custom = map[string]string{}
		}
		s.custom[name] = value
	case strings.HasPrefix(strings.ToLower(name), metaMark):
		name = strings.ToLower(name[len(metaMark):])
		if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" || !utf8.ValidString(value) || strings.ContainsAny(value, "\r\n\x00") {
			return badRequest(metaMark+name, "metadata has names of a-z 0-9 - _ . and values without line breaks")
		}
		if s.meta == nil {
			s.meta = map[string]string{}
		}
		s.meta[name] = value
	}
	if len(s.custom)+len(s.meta) > maxCustom {
		return badRequest("x", "a file has up to %d custom variables and metadata", maxCustom)
	}
	return nil
}

// arrived is what the server knows of a file that came in.
type arrived struct {
	size  int64
	hash  string
	sniff func() string // content type by the first bytes; nil = not known
}

// place decides under which name a file is kept, or why not.
func (h *handlers) place(g *grant, s *sent, a arrived) (bucket.Put, error) {
	p := g.policy
	now := h.app.Now()
	if p.Expired(now) {
		return bucket.Put{}, oldToken()
	}
	if !utf8.ValidString(s.fname) || len(s.fname) > maxFname {
		return bucket.Put{}, badRequest("fname", "a file's name has up to %d bytes of UTF-8", maxFname)
	}
	put := bucket.Put{Bucket: g.bucket, EndUser: strings.ToValidUTF8(p.EndUser, "?"), Meta: s.meta}
	var err error
	if put.Key, err = h.name(g, s, a); err != nil {
		return put, err
	}
	if err := limits(g, a.size); err != nil {
		return put, err
	}
	put.Type = typeOf(int(p.DetectMime), s, put.Key, a)
	if !p.AllowsType(put.Type) {
		return put, fault.New(fault.Denied, codeLimit, "mimeLimit", "the upload token does not allow files of the type %s", put.Type)
	}
	if p.Overwrites() {
		put.Mode = bucket.Overwrite
	}
	if p.DeleteAfterDays > 0 {
		put.Expires = now.AddDate(0, 0, int(p.DeleteAfterDays))
	}
	return put, nil
}

// name is the key: the token's, the client's, the token's for clients that name
// none, or the hash.
func (h *handlers) name(g *grant, s *sent, a arrived) (string, error) {
	p := g.policy
	key := a.hash
	switch {
	case p.SaveKey != "" && (bool(p.ForceSaveKey) || s.key == nil):
		facts := &facts{bucket: g.bucket.Name, hash: a.hash, size: a.size, sent: s, endUser: p.EndUser, now: h.now()}
		facts.kind = typeOf(int(p.DetectMime), s, "", a)
		key = variable.Plain(p.SaveKey, facts.of)
	case s.key != nil:
		key = *s.key
	}
	if err := bucket.CheckKey(key); err != nil {
		return "", err
	}
	return key, g.covers(key)
}

func (g *grant) covers(key string) error {
	if !g.policy.AllowsKey(key) {
		return fault.New(fault.Denied, codeScope, "key", "key doesn't match with scope")
	}
	return nil
}

// now is the time in the zone that the configuration names.
func (h *handlers) now() time.Time { return h.app.Now().In(h.app.Config.Location()) }

// limits judges a file's size by the token.
func limits(g *grant, size int64) error {
	p := g.policy
	if p.FsizeLimit > 0 && size > int64(p.FsizeLimit) {
		return fault.New(fault.TooLarge, codeLimit, "fsizeLimit", "the file is larger than the %d bytes that the upload token allows", p.FsizeLimit)
	}
	if size < int64(p.FsizeMin) {
		return fault.New(fault.Denied, codeLimit, "fsizeMin", "the file is smaller than the %d bytes that the upload token asks for", p.FsizeMin)
	}
	return nil
}

const octets = "application/octet-stream"

// typeOf is a file's content type. detect is the policy's detectMime: 0 believes the
// client, -1 too and asks nobody else, other values look for themselves.
func typeOf(detect int, s *sent, key string, a arrived) string {
	given, _, err := mime.ParseMediaType(s.kind)
	if err != nil || len(s.kind) > 200 {
		given = ""
	}
	if given != "" && given != octets && detect <= 0 {
		return s.kind
	}
	if detect < 0 {
		return octets
	}
	byName := bucket.TypeByName(s.fname)
	if byName == "" {
		byName = bucket.TypeByName(key)
	}
	seen := octets
	if a.sniff != nil {
		seen = a.sniff()
	}
	switch {
	case detect == 0 && byName != "":
		return byName
	case seen == octets || strings.HasPrefix(seen, "text/plain"):
		if byName != "" {
			return byName
		}
	}
	return seen
}

// finish answers a client whose file was made.
func (h *handlers) finish(c *wire.Call, g *grant, s *sent, o *bucket.Object) (any, error) {
	f := &facts{bucket: g.bucket.Name, key: o.Key, hash: o.Hash, size: o.Size, kind: o.Type, sent: s, endUser: g.policy.EndUser, now: h.now(),
		picture: func() *pictureInfo { return h.pictureOf(c, g, o) }}
	p := g.policy
	switch {
	case p.CallbackURL != "":
		return h.callback(c, g, f)
	case p.ReturnURL != "":
		return h.redirect(p.ReturnURL, f, p.ReturnBody), nil
	}
	return wire.Bytes(200, "application/json", []byte(returned(p.ReturnBody, f))), nil
}

// made is the answer where the token asks for none of its own.
type made struct {
	Hash string `json:"hash"`
	Key  string `json:"key"`
}

// returned is the answer's body.
func returned(template string, f *facts) string {
	if template == "" {
		template = `{"hash":$(etag),"key":$(key)}`
	}
	return variable.JSON(template, f.of)
}

// names lists the custom variables, sorted.
func (s *sent) names() []string { return slices.Sorted(maps.Keys(s.custom)) }
