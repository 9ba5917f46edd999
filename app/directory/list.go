package directory

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/app/naming"
	"stoa/store"
)

// Limits of a list.
const (
	MaxLimit     = 500
	defaultLimit = 20
	maxCount     = 10_000 // conditions are counted so far
	maxPage      = 1_000_000
)

// Page is one page of a list.
type Page[T any] struct {
	Items  []T
	Total  int
	Capped bool   // there are more than Total
	Next   string // cursor of the next page; "" = this is the last
}

// Sort is the order of a list.
type Sort string

// The orders of List.
const (
	SortID       Sort = "id"
	SortName     Sort = "name"
	SortCreated  Sort = "created"
	SortModified Sort = "modified"
)

// Filter selects and orders accounts. All conditions hold together.
type Filter struct {
	Text       string // part of the name, nickname, e-mail or phone, in any case
	Phone      string // part of the phone
	Roles      []uint64
	State      State
	Tenant     uint64 // super administrators only; 0 = all
	Department uint64
	Below      bool   // those of the departments below Department too
	Post       uint64 // who holds this post
	Grade      uint64 // who has this grade
	Parent     uint64
	IDs        []uint64

	Page    int    // from 1; 0 = 1
	Limit   int    // 1–500; 0 = 20
	Cursor  string // from Page.Next; wins over Page
	Sort    Sort   // "" = id
	Reverse bool

	reach reach // filled by narrow
}

// List is a page of the accounts that by may see. Totals are exact where counts
// are kept: no condition, or a tenant, department, post, grade or parent alone.
// Otherwise they are exact to 10,000, and then Capped.
func (s *Service) List(ctx context.Context, by access.Actor, f Filter) (Page[Account], error) {
	if !by.SignedIn() {
		return Page[Account]{}, access.SignIn()
	}
	f, at, err := prepare(by, f)
	if err != nil {
		return Page[Account]{}, err
	}
	if !f.plain(by) {
		if err := s.filled(ctx); err != nil {
			return Page[Account]{}, fault.Wrap(err)
		}
	}
	var p Page[Account]
	err = s.view(ctx, func(r store.Reader) error {
		f, err := s.narrow(r, by, f)
		if err != nil {
			return err
		}
		if p, err = s.list(r, by, f, at); err != nil {
			return err
		}
		for i := range p.Items {
			if err := s.fillSeen(r, &p.Items[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return p, fault.Wrap(err)
}

// prepare checks a filter and narrows it to what by may see.
func prepare(by access.Actor, f Filter) (Filter, cursor, error) {
	switch {
	case f.Limit == 0:
		f.Limit = defaultLimit
	case f.Limit < 0 || f.Limit > MaxLimit:
		return f, cursor{}, invalid("list.limit", "limit", "a page has 1 to %d accounts", MaxLimit)
	}
	if f.Page == 0 {
		f.Page = 1
	}
	if f.Page < 0 || f.Page > maxPage {
		return f, cursor{}, invalid("list.page", "page", "pages count from 1")
	}
	switch f.Sort {
	case "", SortCreated: // ids rise with time
		f.Sort = SortID
	case SortID, SortName, SortModified:
	default:
		return f, cursor{}, invalid("list.sort", "sort", "accounts are sorted by %s, %s, %s or %s", SortID, SortName, SortCreated, SortModified)
	}
	if f.State != "" && f.State != Active && f.State != Disabled {
		return f, cursor{}, invalid("account.state", "state", "a state is active or disabled")
	}
	if len(f.IDs) > MaxLimit {
		return f, cursor{}, fault.New(fault.TooLarge, "list.ids", "ids", "%d ids: at most %d are allowed", len(f.IDs), MaxLimit)
	}
	if !by.Super() {
		if f.Tenant != 0 && f.Tenant != by.Tenant {
			return f, cursor{}, fault.New(fault.Denied, "account.tenant", "tenant", "you see your own organisation only")
		}
		f.Tenant = by.Tenant
	}
	f.Text, f.Phone = naming.Fold(naming.Trim(f.Text)), strings.TrimSpace(f.Phone)
	at, err := parseCursor(f)
	return f, at, err
}

// list chooses how a page is found.
func (s *Service) list(r store.Reader, by access.Actor, f Filter, at cursor) (Page[Account], error) {
	switch {
	case f.few(by):
		return s.listFew(r, by, f, at)
	case f.held() != 0:
		return s.listHeld(r, f, at)
	case f.reach.units != nil || f.reach.below != nil:
		return s.listUnits(r, f, at)
	case f.onlyRole():
		return listRanked(r, s.rows.byRole, f.roleGroup(), f, at)
	case f.conditions():
		return s.listMatching(r, f, at)
	case f.Department == 0 && f.Parent == 0 && f.Sort == SortModified:
		return s.listLatest(r, f, at)
	case f.Department == 0 && f.Parent == 0:
		return listRanked(r, s.inOrder(f), f.everybody(), f, at)
	case f.Sort != SortID || f.Department != 0 && f.Parent != 0:
		return s.listMatching(r, f, at)
	}
	return s.listGroup(r, by, f, at)
}

// listGroup lists a department or a parent, if it is one of by's tenant.
func (s *Service) listGroup(r store.Reader, by access.Actor, f Filter, at cursor) (Page[Account], error) {
	if f.Parent != 0 {
		owner, err := s.rows.Visible(r, by, f.Parent)
		if fault.KindOf(err) == fault.NotFound || err == nil && f.Tenant != 0 && owner.Tenant != f.Tenant {
			return Page[Account]{}, nil
		}
		if err != nil {
			return Page[Account]{}, err
		}
		return listRanked(r, s.rows.ranked, groupParent(f.Parent), f, at)
	}
	if f.Department == f.Tenant {
		return s.listMatching(r, f, at)
	}
	unit, err := s.org.UnitTx(r, f.Department)
	if fault.KindOf(err) == fault.NotFound || err == nil && f.Tenant != 0 && unit.Tenant != f.Tenant {
		return Page[Account]{}, nil
	}
	if err != nil {
		return Page[Account]{}, err
	}
	return listRanked(r, s.rows.ranked, groupUnit(f.Department), f, at)
}

// few reports whether the list can only be short: of somebody who sees little, or
// of ids that were named.
func (f *Filter) few(by access.Actor) bool {
	return by.Scope() == access.ScopeSelf || !by.Can(access.AccountRead) || len(f.IDs) > 0
}

// plain reports whether counted indexes are all that the list can need: it is then
// there at once after a start, when what searches look in is not.
func (f *Filter) plain(by access.Actor) bool {
	return !f.conditions() && f.Department == 0 && f.Parent == 0 && f.Sort != SortModified && by.Scope() != access.ScopeUnits
}

// conditions reports whether there are any that no count is kept for.
func (f *Filter) conditions() bool {
	return f.Text != "" || f.Phone != "" || len(f.Roles) > 0 || f.State != ""
}

// everybody is the group that is counted as a whole.
func (f *Filter) everybody() store.Key {
	if f.Tenant != 0 {
		return groupUnit(f.Tenant)
	}
	return groupAll()
}

// inOrder is the index that has everybody in the order of f.
func (s *Service) inOrder(f Filter) store.Ranked[Row] {
	switch f.Sort {
	case SortName:
		return s.rows.names
	case SortID, SortCreated, SortModified:
	}
	return s.rows.ranked
}

func listRanked(r store.Reader, index store.Ranked[Row], group store.Key, f Filter, at cursor) (Page[Account], error) {
	var rows []*Row
	var next store.Key
	var total int
	var err error
	if at.set {
		if total, err = index.Count(r, group); err == nil {
			rows, next, err = index.After(r, group, at.key, f.Limit, f.Reverse)
		}
	} else {
		offset := (f.Page - 1) * f.Limit
		rows, total, err = index.Page(r, group, offset, f.Limit, f.Reverse)
		if n := len(rows); err == nil && n > 0 && offset+n < total {
			next = index.Cursor(rows[n-1])
		}
	}
	if err != nil {
		return Page[Account]{}, err
	}
	p := Page[Account]{Items: make([]Account, len(rows)), Total: total}
	for i, found := range rows {
		p.Items[i] = found.Account
	}
	if next != nil {
		p.Next = formatCursor(f, cursor{set: true, key: next})
	}
	return p, nil
}

// listFew lists those whose sight is narrow, or the ids asked for: all of them
// are loaded.
func (s *Service) listFew(r store.Reader, by access.Actor, f Filter, at cursor) (Page[Account], error) {
	var found []Account
	take := func(a *Row) {
		if Sees(by, &a.Account) && f.matches(&a.Account) {
			found = append(found, a.Account)
		}
	}
	ids := f.IDs
	if len(ids) == 0 {
		ids = []uint64{by.Account}
		if by.Can(access.AccountRead) {
			children, _, err := s.rows.ranked.After(r, groupParent(by.Account), nil, maxCount, false)
			if err != nil {
				return Page[Account]{}, err
			}
			for _, c := range children {
				take(c)
			}
		}
	}
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		a, err := s.rows.Get(r, id)
		if err == nil {
			take(a)
		} else if !errors.Is(err, store.ErrNotFound) {
			return Page[Account]{}, err
		}
	}
	return f.page(found, false, at), nil
}

// matches holds an account against the conditions.
func (f *Filter) matches(a *Account) bool {
	return (f.Tenant == 0 || a.Tenant == f.Tenant) && (f.Parent == 0 || a.Parent == f.Parent) &&
		f.reaches(a.ID, a.Tenant, a.Department, a.Parent) && f.matchesHeld(a) &&
		(f.State == "" || a.State == f.State) && f.matchesRoles(a.Roles) &&
		strings.Contains(a.Phone, f.Phone) && (f.Text == "" || strings.Contains(searchText(a), f.Text))
}

func (f *Filter) matchesRoles(roles []uint64) bool {
	return len(f.Roles) == 0 || slices.ContainsFunc(f.Roles, func(id uint64) bool { return slices.Contains(roles, id) })
}

// page sorts what was found and cuts a page out.
func (f *Filter) page(found []Account, capped bool, at cursor) Page[Account] {
	slices.SortFunc(found, func(a, b Account) int {
		order := 0
		switch f.Sort {
		case SortName:
			order = cmp.Compare(naming.Fold(a.Name), naming.Fold(b.Name))
		case SortModified:
			order = a.Modified.Compare(b.Modified)
		}
		if order = cmp.Or(order, cmp.Compare(a.ID, b.ID)); f.Reverse {
			return -order
		}
		return order
	})
	offset := at.offset
	if !at.set {
		offset = (f.Page - 1) * f.Limit
	}
	p := Page[Account]{Total: len(found), Capped: capped}
	from := min(offset, len(found))
	to := min(from+f.Limit, len(found))
	p.Items = found[from:to:to]
	if to < len(found) {
		p.Next = formatCursor(*f, cursor{offset: to})
	}
	return p
}
