package directory

import (
	"context"
	"iter"
	"math"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/store"
)

// Whole is a list without pages.
type Whole struct {
	Filter   Filter // as narrowed to what the actor may see
	Count    int    // exact, however many
	Accounts iter.Seq2[*Account, error]
}

// All is every account that matches f and that by may see, in the order of f; its
// Page, Limit and Cursor count for nothing. The list may change on the way without
// an account coming twice.
func (s *Service) All(ctx context.Context, by access.Actor, f Filter) (*Whole, error) {
	f.Page, f.Limit, f.Cursor = 0, MaxLimit, ""
	first, err := s.List(ctx, by, f)
	if err != nil {
		return nil, err
	}
	if f, _, err = prepare(by, f); err != nil {
		return nil, err
	}
	if !first.Capped {
		return &Whole{f, first.Total, s.walk(ctx, by, f, first)}, nil
	}
	n := 0
	err = s.view(ctx, func(r store.Reader) (err error) {
		if f, err = s.narrow(r, by, f); err == nil {
			n, err = s.count(r, f)
		}
		return err
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return &Whole{f, n, s.sift(ctx, f)}, nil
}

// count counts all that match conditions, beyond what a list counts.
func (s *Service) count(r store.Reader, f Filter) (n int, err error) {
	if f.held() != 0 {
		err = eachRow(r, s.rows.held, key(f.held()), math.MaxInt, func(a *Row) {
			if f.matches(&a.Account) {
				n++
			}
		})
		return n, err
	}
	scan := store.Scan{}
	if f.Tenant != 0 {
		scan.Prefix = key(f.Tenant)
	}
	for e, err := range s.rows.search.Keys(r, scan) {
		if err != nil {
			return n, err
		}
		if f.matchesKey(e.Index) {
			n++
		}
	}
	return n, nil
}

// walk gives the page first and all that follow it.
func (s *Service) walk(ctx context.Context, by access.Actor, f Filter, page Page[Account]) iter.Seq2[*Account, error] {
	return func(yield func(*Account, error) bool) {
		f, page := f, page
		for {
			for i := range page.Items {
				if !yield(&page.Items[i], nil) {
					return
				}
			}
			if page.Next == "" {
				return
			}
			f.Cursor = page.Next
			var err error
			if page, err = s.List(ctx, by, f); err != nil {
				yield(nil, err)
				return
			}
		}
	}
}

// sift walks everybody, in order, for those that match: a list with conditions
// ends where it is no longer counted. f is narrowed.
func (s *Service) sift(ctx context.Context, f Filter) iter.Seq2[*Account, error] {
	return func(yield func(*Account, error) bool) {
		var at store.Key
		for more := true; more; more = at != nil {
			var found []Account
			err := s.view(ctx, func(r store.Reader) error {
				rows, next, err := s.inOrder(f).After(r, f.everybody(), at, MaxLimit, f.Reverse)
				if err != nil {
					return err
				}
				found, err = s.matching(r, f, rows)
				at = next
				return err
			})
			if err != nil {
				yield(nil, fault.Wrap(err))
				return
			}
			for i := range found {
				if !yield(&found[i], nil) {
					return
				}
			}
		}
	}
}

// matching are those of rows that match, as a list gives them.
func (s *Service) matching(r store.Reader, f Filter, rows []*Row) ([]Account, error) {
	found := make([]Account, 0, len(rows))
	for _, a := range rows {
		if !f.matches(&a.Account) {
			continue
		}
		if err := s.fillSeen(r, &a.Account); err != nil {
			return nil, err
		}
		found = append(found, a.Account)
	}
	return found, nil
}
