package segment

import (
	"context"
	"encoding/base64"
	"strings"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/store"
)

const (
	defaultLimit = 20
	maxLimit     = 500
	maxPage      = 1_000_000
	maxCounted   = 10_000 // a text filter counts so far
	chunk        = 500
)

// List shows the segments of by's tenant, or all to super administrators, by tag.
func (s *Service) List(ctx context.Context, by access.Actor, f Filter) (Page, error) {
	if err := by.Need(access.SegmentRead); err != nil {
		return Page{}, err
	}
	if f.Limit == 0 {
		f.Limit = defaultLimit
	}
	if f.Limit < 0 || f.Limit > maxLimit || f.Page < 0 || f.Page > maxPage {
		return Page{}, fault.New(fault.Invalid, "list.limit", "limit", "a page has 1 to %d segments, and pages count from 1", maxLimit)
	}
	cursor, err := parseCursor(f.Cursor)
	if err != nil {
		return Page{}, err
	}
	group := all()
	if !by.Super() {
		group = of(by.Tenant)
	}
	var p Page
	err = s.db.View(ctx, func(r store.Reader) (err error) {
		if f.Text+f.Description == "" {
			p, err = s.page(r, group, f, cursor)
		} else {
			p, err = s.search(r, group, f, cursor)
		}
		return err
	})
	return p, fault.Wrap(err)
}

// page is a page without a filter: its cost does not depend on its number.
func (s *Service) page(r store.Reader, group store.Key, f Filter, cursor store.Key) (Page, error) {
	var rows []*Segment
	var err error
	p := Page{Items: []Segment{}}
	if cursor == nil {
		rows, p.Total, err = s.ranked.Page(r, group, (max(f.Page, 1)-1)*f.Limit, f.Limit+1, false)
	} else if p.Total, err = s.ranked.Count(r, group); err == nil {
		rows, _, err = s.ranked.After(r, group, cursor, f.Limit+1, false)
	}
	if len(rows) > f.Limit {
		rows = rows[:f.Limit]
		p.Next = s.cursor(rows[f.Limit-1])
	}
	for _, g := range rows {
		p.Items = append(p.Items, *g)
	}
	return p, err
}

// search reads the group through and counts up to maxCounted matches.
func (s *Service) search(r store.Reader, group store.Key, f Filter, cursor store.Key) (Page, error) {
	p := Page{Items: []Segment{}}
	skip := (max(f.Page, 1) - 1) * f.Limit
	if cursor != nil {
		skip = 0
	}
	var at store.Key
	for more := true; more; more = at != nil {
		rows, next, err := s.ranked.After(r, group, at, chunk, false)
		if err != nil {
			return p, err
		}
		at = next
		for _, g := range rows {
			if !f.matches(g) {
				continue
			}
			if p.Total == maxCounted {
				p.Capped = true
				return p, nil
			}
			p.Total++
			switch {
			case cursor != nil && string(s.ranked.Cursor(g)) <= string(cursor):
			case skip > 0:
				skip--
			case len(p.Items) < f.Limit:
				p.Items = append(p.Items, *g)
			case p.Next == "":
				p.Next = s.cursor(&p.Items[f.Limit-1])
			}
		}
	}
	return p, nil
}

func (f Filter) matches(g *Segment) bool {
	description := fold(g.Description)
	if !strings.Contains(description, fold(f.Description)) {
		return false
	}
	text := fold(f.Text)
	return strings.Contains(description, text) || strings.Contains(fold(g.Tag), text)
}

func (s *Service) cursor(g *Segment) string {
	return base64.RawURLEncoding.EncodeToString(s.ranked.Cursor(g))
}

func parseCursor(s string) (store.Key, error) {
	if s == "" {
		return nil, nil
	}
	k, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(k) == 0 || len(k) > 1000 {
		return nil, fault.New(fault.Invalid, "list.cursor", "cursor", "the cursor is none that this list gave")
	}
	return k, nil
}
