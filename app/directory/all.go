package directory

import (
	"context"
	"iter"
	"math"
	"slices"

	"stoa/app/access"
	"stoa/app/directory/column"
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
	shifting := f.Sort == SortModified && f.held() == 0 && !f.few(by)
	if !first.Capped && !shifting {
		return &Whole{f, first.Total, s.walk(ctx, by, f, first)}, nil
	}
	return s.whole(ctx, by, f)
}

// whole is a list that pages don't cover: one that is counted no further, and the
// one by the time of change, whose pages shift under whoever walks them.
func (s *Service) whole(ctx context.Context, by access.Actor, f Filter) (*Whole, error) {
	n := 0
	err := s.view(ctx, func(r store.Reader) (err error) {
		if f, err = s.narrow(r, by, f); err != nil || f.held() == 0 {
			return err
		}
		n = 0
		return eachRow(r, s.rows.held, key(f.held()), math.MaxInt, func(a *Row) {
			if f.matches(&a.Account) {
				n++
			}
		})
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	if f.held() != 0 {
		return &Whole{f, n, s.sift(ctx, f)}, nil
	}
	found, _ := s.rows.column.Search(f.query(math.MaxInt))
	f.order(found)
	return &Whole{f, len(found), s.load(ctx, f, found)}, nil
}

// load gives the accounts that a search found, a page at a time.
func (s *Service) load(ctx context.Context, f Filter, found []column.Found) iter.Seq2[*Account, error] {
	return func(yield func(*Account, error) bool) {
		for part := range slices.Chunk(found, MaxLimit) {
			var items []Account
			err := s.view(ctx, func(r store.Reader) (err error) {
				if items, err = s.loadAll(r, f, part); err != nil {
					return err
				}
				for i := range items {
					if err := s.fillSeen(r, &items[i]); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				yield(nil, fault.Wrap(err))
				return
			}
			for i := range items {
				if !yield(&items[i], nil) {
					return
				}
			}
		}
	}
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

// sift walks everybody, in order, for those that hold a position and match.
// f is narrowed.
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
