package directory

import (
	"context"
	"iter"

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
	n, err := s.count(ctx, f)
	if err != nil {
		return nil, err
	}
	return &Whole{f, n, s.sift(ctx, by, f)}, nil
}

// count counts all that match conditions, beyond what a list counts.
func (s *Service) count(ctx context.Context, f Filter) (n int, err error) {
	scan := store.Scan{}
	if f.Tenant != 0 {
		scan.Prefix = key(f.Tenant)
	}
	err = s.view(ctx, func(r store.Reader) error {
		n = 0
		for e, err := range s.rows.search.Keys(r, scan) {
			if err != nil {
				return err
			}
			if f.matchesKey(e.Index) {
				n++
			}
		}
		return nil
	})
	return n, fault.Wrap(err)
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

// sift walks the whole list for those that match: a list with conditions ends
// where it is no longer counted.
func (s *Service) sift(ctx context.Context, by access.Actor, f Filter) iter.Seq2[*Account, error] {
	whole := Filter{Tenant: f.Tenant, Sort: f.Sort, Reverse: f.Reverse, Limit: MaxLimit}
	return func(yield func(*Account, error) bool) {
		page, err := s.List(ctx, by, whole)
		if err != nil {
			yield(nil, err)
			return
		}
		for a, err := range s.walk(ctx, by, whole, page) {
			if err == nil && !f.matches(a) {
				continue
			}
			if !yield(a, err) {
				return
			}
		}
	}
}
