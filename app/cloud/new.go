package cloud

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"stoa/app/fault"
	"stoa/app/naming"
	"stoa/blob/s3"
)

// Limits of a credential, in bytes.
const (
	maxURL    = 255
	maxKey    = 256
	maxSecret = 256
	maxRegion = 64
)

// New is a credential of a new set.
type New struct {
	URL    string // host, host:port or http(s)://host[:port]
	Bucket string
	Region string
	Style  string
	Key    string
	Secret string // "" = as it is kept for the same bucket and key
}

// isBucket is the rule for names of buckets (AWS; others allow no more).
var isBucket = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// plan is a credential on its way into the set.
type plan struct {
	New
	old    *Credential // the row that it goes on in; nil = a fresh one
	number int         // in the request, from 1
	try    bool        // to be tried out before it is kept
}

// changed reports whether there is something about it that was not kept before.
func (p *plan) changed() bool {
	c := p.old
	return c == nil || !c.Retired.IsZero() || p.Secret != "" || p.Key != c.Key || p.Region != c.Region || p.Style != c.Style
}

func invalid(number int, field, text string, args ...any) error {
	return fault.New(fault.Invalid, "cloud."+field, at(number, field), text, args...)
}

// at names a field as the request has it: credentials[0].bucket.
func at(number int, field string) string {
	return "credentials[" + itoa(number-1) + "]." + field
}

// clean checks one credential by itself.
func (in New) clean(number int) (New, error) {
	for _, f := range []struct {
		name string
		text *string
		most int
		need bool
	}{{"url", &in.URL, maxURL, true}, {"bucket", &in.Bucket, 63, true}, {"access_key", &in.Key, maxKey, true},
		{"access_secret", &in.Secret, maxSecret, false}, {"region", &in.Region, maxRegion, false}} {
		*f.text = strings.TrimSpace(*f.text)
		if *f.text == "" && f.need {
			return in, fault.New(fault.Missing, "cloud.missing", at(number, f.name), "credential %d has no %s", number, f.name)
		}
		if _, err := naming.Line(*f.text, at(number, f.name), f.most); *f.text != "" && err != nil {
			return in, err
		}
	}
	if !isBucket.MatchString(in.Bucket) || strings.Contains(in.Bucket, "..") {
		return in, invalid(number, "bucket", "credential %d: %q is no name of a bucket: 3 to 63 of a-z, 0-9, - and .", number, in.Bucket)
	}
	host, secure, err := s3.ParseEndpoint(in.URL, in.Bucket)
	if err != nil {
		return in, invalid(number, "url", "credential %d: %s", number, err)
	}
	if in.URL = "http://" + host; secure {
		in.URL = "https://" + host
	}
	if !slices.Contains([]string{s3.Auto, s3.Path, s3.Virtual}, in.Style) {
		return in, invalid(number, "style", "credential %d: the style is path or virtual, or nothing to let the server choose", number)
	}
	return in, nil
}

// clean checks a whole set, in which a credential that comes twice is one.
func (s *Service) clean(in []New) ([]plan, error) {
	if len(in) > s.Most {
		return nil, fault.New(fault.TooLarge, "cloud.too_many", "credentials", "%d credentials are too many: a company has at most %d", len(in), s.Most)
	}
	var out []plan
	for i, n := range in {
		n, err := n.clean(i + 1)
		if err != nil {
			return nil, err
		}
		twin := slices.IndexFunc(out, func(p plan) bool { return p.URL == n.URL && p.Bucket == n.Bucket && p.Key == n.Key })
		switch {
		case twin < 0:
			out = append(out, plan{New: n, number: i + 1})
		case out[twin].Secret != n.Secret:
			return nil, invalid(i+1, "access_secret", "credentials %d and %d are for the same key and bucket, with different secrets", out[twin].number, i+1)
		}
	}
	return out, nil
}

// match finds for each credential the row it goes on in: that of the same key and
// bucket, else one of the same bucket whose key is replaced.
func match(plans []plan, rows []*Credential) error {
	taken := map[uint64]bool{}
	for _, same := range []func(p *plan, c *Credential) bool{
		func(p *plan, c *Credential) bool { return p.Key == c.Key },
		func(*plan, *Credential) bool { return true },
	} {
		for i := range plans {
			p := &plans[i]
			for _, c := range rows {
				if p.old == nil && !taken[c.ID] && p.URL == c.URL && p.Bucket == c.Bucket && same(p, c) {
					p.old, taken[c.ID] = c, true
				}
			}
		}
	}
	for _, p := range plans {
		if p.Secret == "" && (p.old == nil || p.old.Key != p.Key) {
			return fault.New(fault.Missing, "cloud.missing", at(p.number, "access_secret"), "credential %d has no access_secret", p.number)
		}
	}
	return nil
}

// sortSet brings credentials into the order of the set; retired ones behind.
func sortSet(all []*Credential) {
	slices.SortStableFunc(all, func(a, b *Credential) int {
		return cmp.Or(a.Retired.Compare(b.Retired), cmp.Compare(a.Position, b.Position), cmp.Compare(a.ID, b.ID))
	})
}
