// Package link is the links to other systems in the navigation: who keeps them,
// who sees which. It knows no dialect and fetches nothing.
package link

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/store"
)

// Limits.
const (
	MaxLinks = 200 // of the installation
	maxName  = 64  // characters
	maxURL   = 2048
	maxRoles = 50
)

var icons = regexp.MustCompile(`^[a-z0-9-]{0,32}$`)

// Link is an entry of the navigation that leads elsewhere.
type Link struct {
	ID         uint64    `cbor:"1,keyasint"`
	Tenant     uint64    `cbor:"2,keyasint,omitempty"` // who sees it; 0 = everybody's
	NameZH     string    `cbor:"3,keyasint,omitempty"` // one of the two is there
	NameEN     string    `cbor:"4,keyasint,omitempty"`
	URL        string    `cbor:"5,keyasint"`
	Icon       string    `cbor:"6,keyasint,omitempty"`
	Order      int       `cbor:"7,keyasint,omitempty"`
	NewTab     bool      `cbor:"8,keyasint,omitempty"`
	Roles      []uint64  `cbor:"9,keyasint,omitempty"` // who sees it; none = everybody
	Created    time.Time `cbor:"10,keyasint"`
	Modified   time.Time `cbor:"11,keyasint"`
	ModifiedBy string    `cbor:"12,keyasint,omitempty"` // user name
	Version    uint64    `cbor:"13,keyasint"`
}

// Name is the link's in Chinese or in English; the other one where it has but one.
func (l *Link) Name(chinese bool) string {
	if chinese && l.NameZH != "" || l.NameEN == "" {
		return l.NameZH
	}
	return l.NameEN
}

// New is what Create and Modify need.
type New struct {
	Tenant uint64 // 0 = everybody's: super administrators only
	NameZH string
	NameEN string
	URL    string // http or https
	Icon   string // a name of the console's set
	Order  int
	NewTab bool
	Roles  []uint64
}

// Deps are the neighbours of the service.
type Deps struct{ Audit *audit.Service }

// Service is the links.
type Service struct {
	Deps
	db   *store.DB
	ids  *store.Sequence
	rows store.Table[Link]
}

// NewService defines the table; Bind completes the service.
func NewService(schema *store.Schema, d Deps) *Service {
	s := &Service{Deps: d}
	s.ids = store.NewSequence(schema, 146, "link_id", 1)
	s.rows = store.Define(schema, 147, "link", func(l *Link) store.Key { return store.K().Uint(l.ID) })
	return s
}

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }

func missing() *fault.Fault {
	return fault.New(fault.NotFound, "link.not_found", "id", "there is no such link")
}

func invalid(field, text string, args ...any) *fault.Fault {
	return fault.New(fault.Invalid, "link."+field, field, text, args...)
}

func cleanName(s, field string) (string, error) {
	s = norm.NFC.String(strings.TrimSpace(s))
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > maxName || strings.ContainsFunc(s, unicode.IsControl) {
		return "", invalid(field, "a name has up to %d characters that can be shown", maxName)
	}
	return s, nil
}

// apply puts what was given into the link, checked.
func (l *Link) apply(by access.Actor, in New) error {
	if in.Tenant != by.Tenant && !by.Super() {
		return fault.New(fault.Denied, "link.tenant", "tenant", "you keep the links of your own organisation; those of others and of everybody are a super administrator's")
	}
	var err error
	if l.NameZH, err = cleanName(in.NameZH, "name_zh"); err != nil {
		return err
	}
	if l.NameEN, err = cleanName(in.NameEN, "name_en"); err != nil {
		return err
	}
	u, err := url.Parse(strings.TrimSpace(in.URL))
	switch {
	case l.NameZH+l.NameEN == "":
		return fault.New(fault.Missing, "link.name", "name_zh", "a name is needed, in one language at least")
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || len(in.URL) > maxURL || !utf8.ValidString(in.URL):
		return invalid("url", "the address begins with http:// or https://, and names a host")
	case u.User != nil:
		return invalid("url", "the address holds a user name or a password: leave it out, everybody would see it")
	case !icons.MatchString(in.Icon):
		return invalid("icon", "an icon is one of the console's names: lower-case letters and -")
	case in.Order < -1000 || in.Order > 1000:
		return invalid("order", "the order is -1000 to 1000")
	case len(in.Roles) > maxRoles:
		return invalid("roles", "a link is shown to at most %d roles", maxRoles)
	}
	l.Tenant, l.URL, l.Icon, l.Order, l.NewTab = in.Tenant, u.String(), in.Icon, in.Order, in.NewTab
	l.Roles = slices.Compact(slices.Sorted(slices.Values(in.Roles)))
	return nil
}

// all are the links that keep is true for, by order, then age.
func (s *Service) all(ctx context.Context, keep func(*Link) bool) ([]Link, error) {
	out := []Link{}
	err := s.db.View(ctx, func(r store.Reader) error {
		out = out[:0]
		for l, err := range s.rows.Scan(r, store.Scan{Limit: MaxLinks}) {
			if err != nil {
				return err
			}
			if keep(l) {
				out = append(out, *l)
			}
		}
		return nil
	})
	slices.SortStableFunc(out, func(a, b Link) int { return a.Order - b.Order })
	return out, fault.Wrap(err)
}

// List is the links that by keeps: of its tenant, or all for super administrators.
func (s *Service) List(ctx context.Context, by access.Actor) ([]Link, error) {
	if err := by.Need(access.LinkWrite); err != nil {
		return nil, err
	}
	return s.all(ctx, func(l *Link) bool { return by.Super() || l.Tenant == by.Tenant })
}

// Mine is the links in by's navigation: for everybody or for its tenant, and for
// everybody there or one of its roles.
func (s *Service) Mine(ctx context.Context, by access.Actor) ([]Link, error) {
	if !by.SignedIn() {
		return nil, access.SignIn()
	}
	return s.all(ctx, func(l *Link) bool {
		if l.Tenant != 0 && l.Tenant != by.Tenant {
			return false
		}
		return len(l.Roles) == 0 || slices.ContainsFunc(by.Roles, func(id uint64) bool { return slices.Contains(l.Roles, id) })
	})
}

// Get is one link that by keeps.
func (s *Service) Get(ctx context.Context, by access.Actor, id uint64) (*Link, error) {
	if err := by.Need(access.LinkWrite); err != nil {
		return nil, err
	}
	var l *Link
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		l, err = s.load(r, by, id)
		return err
	})
	return l, fault.Wrap(err)
}

func (s *Service) load(r store.Reader, by access.Actor, id uint64) (*Link, error) {
	l, err := s.rows.Get(r, store.K().Uint(id))
	if errors.Is(err, store.ErrNotFound) || err == nil && !by.Super() && l.Tenant != by.Tenant {
		return nil, missing()
	}
	return l, err
}

// Create makes a link.
func (s *Service) Create(ctx context.Context, by access.Actor, in New) (*Link, error) {
	if err := by.Need(access.LinkWrite); err != nil {
		return nil, err
	}
	draft := Link{ModifiedBy: by.Name, Version: 1}
	if err := draft.apply(by, in); err != nil {
		return nil, err
	}
	var made *Link
	err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
		fresh := draft
		made = &fresh
		if made.ID, err = s.ids.Next(tx); err != nil {
			return err
		}
		n := 0
		for _, err := range s.rows.Scan(tx, store.Scan{Limit: MaxLinks}) {
			if err != nil {
				return err
			}
			n++
		}
		if n >= MaxLinks {
			return fault.New(fault.Conflict, "link.too_many", "", "there are %d links: no more can be kept", n)
		}
		made.Created, made.Modified = tx.Now(), tx.Now()
		if err := s.rows.Insert(tx, made); err != nil {
			return err
		}
		return s.record(tx, by, "link.create", made, nil)
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return made, nil
}

// Modify changes a link to what in says. ifVersion 0 skips the check for a change
// by somebody else.
func (s *Service) Modify(ctx context.Context, by access.Actor, id uint64, in New, ifVersion uint64) (*Link, error) {
	if err := by.Need(access.LinkWrite); err != nil {
		return nil, err
	}
	var l *Link
	err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
		if l, err = s.load(tx, by, id); err != nil {
			return err
		}
		if ifVersion != 0 && l.Version != ifVersion {
			return fault.New(fault.Stale, "link.stale", "", "it was changed by %s meanwhile: read it again", l.ModifiedBy)
		}
		before := *l
		if err := l.apply(by, in); err != nil {
			return err
		}
		changes := diff(&before, l)
		if len(changes) == 0 {
			return nil
		}
		l.Modified, l.ModifiedBy = tx.Now(), by.Name
		l.Version++
		if err := s.rows.Update(tx, l); err != nil {
			return err
		}
		return s.record(tx, by, "link.update", l, changes)
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return l, nil
}

// Delete removes a link.
func (s *Service) Delete(ctx context.Context, by access.Actor, id uint64) error {
	if err := by.Need(access.LinkWrite); err != nil {
		return err
	}
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		l, err := s.load(tx, by, id)
		if err != nil {
			return err
		}
		if err := s.rows.Delete(tx, store.K().Uint(id)); err != nil {
			return err
		}
		return s.record(tx, by, "link.delete", l, nil)
	}))
}

func (s *Service) record(tx *store.Tx, by access.Actor, action string, l *Link, changes []audit.Change) error {
	return s.Audit.AddTx(tx, by, audit.Entry{Tenant: l.Tenant, Action: action, ObjectKind: "link", ObjectID: strconv.FormatUint(l.ID, 10),
		ObjectName: l.Name(true), Changes: changes})
}

// diff names the changed fields for the action log.
func diff(a, b *Link) []audit.Change {
	var out []audit.Change
	add := func(field, old, new string) {
		if old != new {
			out = append(out, audit.Change{Field: field, Old: old, New: new})
		}
	}
	numbers := func(ns []uint64) string {
		var texts []string
		for _, n := range ns {
			texts = append(texts, strconv.FormatUint(n, 10))
		}
		return strings.Join(texts, ",")
	}
	add("tenant", numbers([]uint64{a.Tenant}), numbers([]uint64{b.Tenant}))
	add("name_zh", a.NameZH, b.NameZH)
	add("name_en", a.NameEN, b.NameEN)
	add("url", a.URL, b.URL)
	add("icon", a.Icon, b.Icon)
	add("order", strconv.Itoa(a.Order), strconv.Itoa(b.Order))
	add("new_tab", strconv.FormatBool(a.NewTab), strconv.FormatBool(b.NewTab))
	add("roles", numbers(a.Roles), numbers(b.Roles))
	return out
}
