package door

import (
	"mime"
	"strings"
	"unicode/utf8"

	"stoa/app/bucket"
)

// Sent is what a client says of a file.
type Sent struct {
	Key    *string           // nil = it leaves the name to us
	Fname  string            // its name at the client's
	Kind   string            // content type
	Custom map[string]string // x:name
	Meta   map[string]string // x-qn-meta-name, by the name alone
}

// Limits of what a client says.
const (
	maxCustom = 100
	MaxFname  = 1 << 10 // bytes
	MetaMark  = "x-qn-meta-"
)

// Note takes one further field: a custom variable or metadata. Others are left out.
func (s *Sent) Note(name, value string) error {
	switch {
	case strings.HasPrefix(name, "x:"):
		if s.Custom == nil {
			s.Custom = map[string]string{}
		}
		s.Custom[name] = value
	case strings.HasPrefix(strings.ToLower(name), MetaMark):
		name = strings.ToLower(name[len(MetaMark):])
		if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" || !utf8.ValidString(value) || strings.ContainsAny(value, "\r\n\x00") {
			return BadRequest(MetaMark+name, "metadata has names of a-z 0-9 - _ . and values without line breaks")
		}
		if s.Meta == nil {
			s.Meta = map[string]string{}
		}
		s.Meta[name] = value
	}
	if len(s.Custom)+len(s.Meta) > maxCustom {
		return BadRequest("x", "a file has up to %d custom variables and metadata", maxCustom)
	}
	return nil
}

// Arrived is what the server knows of a file that came in.
type Arrived struct {
	Size  int64
	Hash  string
	Sniff func() string // content type by the first bytes; nil = not known
}

const Octets = "application/octet-stream"

// TypeOf is a file's content type. detect is the policy's detectMime: 0 believes the
// client, -1 too and asks nobody else, other values look for themselves.
func TypeOf(detect int, s *Sent, key string, a Arrived) string {
	given, _, err := mime.ParseMediaType(s.Kind)
	if err != nil || len(s.Kind) > 200 {
		given = ""
	}
	if given != "" && given != Octets && detect <= 0 {
		return s.Kind
	}
	if detect < 0 {
		return Octets
	}
	byName := bucket.TypeByName(s.Fname)
	if byName == "" {
		byName = bucket.TypeByName(key)
	}
	seen := Octets
	if a.Sniff != nil {
		seen = a.Sniff()
	}
	switch {
	case detect == 0 && byName != "":
		return byName
	case seen == Octets || strings.HasPrefix(seen, "text/plain"):
		if byName != "" {
			return byName
		}
	}
	return seen
}
