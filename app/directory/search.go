package directory

import (
	"context"
	"errors"
	"slices"

	"stoa/app/directory/column"
	"stoa/app/naming"
	"stoa/store"
)

// searchText is what a substring is looked for in: name, nickname, e-mail and
// phone, folded, a line each.
func searchText(a *Account) string {
	return naming.Fold(a.Name) + "\n" + naming.Fold(a.Nickname) + "\n" + naming.Fold(a.Email) + "\n" + a.Phone
}

func entryOf(a *Account) column.Entry {
	return column.Entry{ID: a.ID, Tenant: a.Tenant, Department: a.Department, Parent: a.Parent, Active: a.State == Active,
		Roles: a.Roles, Modified: a.Modified.UnixMicro(), Version: a.Version, Text: searchText(a)}
}

// Warm fills what searches look in, so that the first one need not wait for it:
// a few seconds for a million accounts.
func (s *Service) Warm(ctx context.Context) error { return s.filled(ctx) }

// filled sees to it that the column has every account. Changes reach it by
// Rows.Insert, Update and Delete, once they are durable.
func (s *Service) filled(ctx context.Context) error {
	return s.rows.column.Fill(func(add func(column.Entry)) error {
		return s.view(ctx, func(r store.Reader) error {
			for a, err := range s.rows.table.Scan(r, store.Scan{}) {
				if err != nil {
					return err
				}
				if add(entryOf(&a.Account)); ctx.Err() != nil {
					return ctx.Err()
				}
			}
			return nil
		})
	})
}

// query is a filter in the words of the column.
func (f *Filter) query(limit int) column.Query {
	q := column.Query{Text: f.Text, LastLine: f.Phone, Tenant: f.Tenant, Parent: f.Parent, Roles: f.Roles, Reverse: f.Reverse, Limit: limit}
	if f.State != "" {
		active := f.State == Active
		q.Active = &active
	}
	if f.Department != 0 || f.reach.units != nil || f.reach.below != nil {
		q.Keep = f.reaches
	}
	return q
}

// order puts what was found into the order of f; it comes in that of ids.
func (f *Filter) order(found []column.Found) {
	by := column.ByText // which begins with the name
	switch f.Sort {
	case SortID, SortCreated:
		return
	case SortModified:
		by = column.ByModified
	case SortName:
	}
	slices.SortFunc(found, func(a, b column.Found) int {
		if f.Reverse {
			a, b = b, a
		}
		return by(a, b)
	})
}

// listMatching searches in memory. Beyond 10,000 matches it stops: they are then
// counted no further and are ordered among themselves.
func (s *Service) listMatching(r store.Reader, f Filter, at cursor) (Page[Account], error) {
	found, capped := s.rows.column.Search(f.query(maxCount))
	f.order(found)
	from, to := f.cut(len(found), at)
	return s.pageOf(r, f, found[from:to], to, len(found), capped)
}

// listLatest lists everybody by the time of change, and counts them all.
func (s *Service) listLatest(r store.Reader, f Filter, at cursor) (Page[Account], error) {
	offset := f.offset(at)
	found, total := s.rows.column.Latest(f.query(0), offset+f.Limit)
	from, to := f.cut(len(found), at)
	return s.pageOf(r, f, found[from:to], to, total, false)
}

// pageOf loads what was found. An account that has changed since, so that it no
// longer matches, is left out.
func (s *Service) pageOf(r store.Reader, f Filter, found []column.Found, to, total int, capped bool) (Page[Account], error) {
	items, err := s.loadAll(r, f, found)
	p := Page[Account]{Items: items, Total: total, Capped: capped}
	if to < total {
		p.Next = formatCursor(f, cursor{offset: to})
	}
	return p, err
}

func (s *Service) loadAll(r store.Reader, f Filter, found []column.Found) ([]Account, error) {
	out := make([]Account, 0, len(found))
	for _, one := range found {
		a, err := s.rows.Get(r, one.ID)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if f.matches(&a.Account) {
			out = append(out, a.Account)
		}
	}
	return out, nil
}

// offset is where a page begins.
func (f *Filter) offset(at cursor) int {
	if at.set {
		return at.offset
	}
	return (f.Page - 1) * f.Limit
}

// cut is a page's part of n.
func (f *Filter) cut(n int, at cursor) (from, to int) {
	from = min(f.offset(at), n)
	return from, min(from+f.Limit, n)
}
