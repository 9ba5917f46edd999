// Package listing cuts pages out of a ranked group of rows: by number or by
// cursor, whole or filtered. It serves every list whose rows have a name and a
// tenant and no finer rule of who may see them; it knows no domain.
package listing

import (
	"encoding/base64"

	"stoa/app/fault"
	"stoa/store"
)

// Limits of a list.
const (
	MaxLimit     = 500
	DefaultLimit = 20
	MaxCount     = 10_000 // a filtered list counts so far
	maxPage      = 1_000_000
	maxCursor    = 1000 // bytes
)

// Ask is what a caller asks of a list. Page counts from 1, and for nothing with a
// Cursor.
type Ask struct {
	Page   int
	Limit  int // 1 to 500; 0 = 20
	Cursor string
}

// Page is one page of a list.
type Page[T any] struct {
	Items  []T
	Total  int    // exact, unless Capped
	Capped bool   // there are more than Total
	Next   string // cursor of the next page; "" at the end
}

// checked brings what was asked for into its limits.
func (a Ask) checked() (Ask, store.Key, error) {
	if a.Limit == 0 {
		a.Limit = DefaultLimit
	}
	if a.Limit < 0 || a.Limit > MaxLimit {
		return a, nil, fault.New(fault.Invalid, "list.limit", "limit", "limit is %d: a page has 1 to %d rows", a.Limit, MaxLimit)
	}
	if a.Page < 0 || a.Page > maxPage {
		return a, nil, fault.New(fault.Invalid, "list.page", "page", "page is %d: pages are counted from 1 to %d", a.Page, maxPage)
	}
	a.Page = max(a.Page, 1)
	if a.Cursor == "" {
		return a, nil, nil
	}
	k, err := base64.RawURLEncoding.DecodeString(a.Cursor)
	if err != nil || len(k) == 0 || len(k) > maxCursor {
		return a, nil, fault.New(fault.Invalid, "list.cursor", "cursor", "the cursor is none that this list gave: begin with the first page")
	}
	return a, k, nil
}

// Cut is a page of a group in the index's order. With match, which may be nil, the
// group is read through and what matches is counted to MaxCount; without it the
// cost does not depend on the page's number.
func Cut[T any](r store.Reader, index store.Ranked[T], group store.Key, ask Ask, match func(*T) bool) (Page[T], error) {
	ask, cursor, err := ask.checked()
	if err != nil {
		return Page[T]{}, err
	}
	if match != nil {
		return search(r, index, group, ask, cursor, match)
	}
	var rows []*T
	p := Page[T]{Items: []T{}}
	if cursor == nil {
		rows, p.Total, err = index.Page(r, group, (ask.Page-1)*ask.Limit, ask.Limit+1, false)
	} else if p.Total, err = index.Count(r, group); err == nil {
		rows, _, err = index.After(r, group, cursor, ask.Limit+1, false)
	}
	if len(rows) > ask.Limit {
		rows = rows[:ask.Limit]
		p.Next = format(index.Cursor(rows[ask.Limit-1]))
	}
	for _, row := range rows {
		p.Items = append(p.Items, *row)
	}
	return p, err
}

func search[T any](r store.Reader, index store.Ranked[T], group store.Key, ask Ask, cursor store.Key, match func(*T) bool) (Page[T], error) {
	p := Page[T]{Items: []T{}}
	skip := (ask.Page - 1) * ask.Limit
	if cursor != nil {
		skip = 0
	}
	err := Each(r, index, group, func(row *T) bool {
		if !match(row) {
			return true
		}
		if p.Total == MaxCount {
			p.Capped = true
			return false
		}
		p.Total++
		switch {
		case cursor != nil && string(index.Cursor(row)) <= string(cursor):
		case skip > 0:
			skip--
		case len(p.Items) < ask.Limit:
			p.Items = append(p.Items, *row)
		case p.Next == "":
			p.Next = format(index.Cursor(&p.Items[ask.Limit-1]))
		}
		return true
	})
	return p, err
}

// Each calls fn for the rows of a group, in order, until it answers false.
func Each[T any](r store.Reader, index store.Ranked[T], group store.Key, fn func(*T) bool) error {
	var cursor store.Key
	for more := true; more; more = cursor != nil {
		rows, next, err := index.After(r, group, cursor, MaxLimit, false)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if !fn(row) {
				return nil
			}
		}
		cursor = next
	}
	return nil
}

func format(k store.Key) string { return base64.RawURLEncoding.EncodeToString(k) }
