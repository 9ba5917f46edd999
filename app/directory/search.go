package directory

import (
	"bytes"

	"stoa/app/naming"
	"stoa/store"
)

// searchText is what a substring is looked for in: name, nickname, e-mail and
// phone, folded, a line each.
func searchText(a *Account) string {
	return naming.Fold(a.Name) + "\n" + naming.Fold(a.Nickname) + "\n" + naming.Fold(a.Email) + "\n" + a.Phone
}

// searchKey is an account in the search index, which carries all that conditions
// ask for, so that a scan decodes no rows. At most 900 bytes.
func searchKey(r *Row) store.Key {
	k := store.K().Uint(r.Tenant).Uint(r.ID).Uint(r.Department).Uint(r.Parent).Bool(r.State == Active)
	k = k.Uint(uint64(min(len(r.Roles), MaxRoles)))
	for _, role := range r.Roles[:min(len(r.Roles), MaxRoles)] {
		k = k.Uint(role)
	}
	return k.Str(searchText(&r.Account))
}

// listMatching scans the search index. Beyond 10,000 matches it stops: they are
// then counted no further and are ordered among themselves.
func (s *Service) listMatching(r store.Reader, f Filter, at cursor) (Page[Account], error) {
	scan := store.Scan{Reverse: f.Reverse}
	if f.Tenant != 0 {
		scan.Prefix = key(f.Tenant)
	}
	var ids []store.Key
	capped := false
	for e, err := range s.rows.search.Keys(r, scan) {
		if err != nil {
			return Page[Account]{}, err
		}
		if !f.matchesKey(e.Index) {
			continue
		}
		if len(ids) == maxCount {
			capped = true
			break
		}
		ids = append(ids, e.Primary)
	}
	if f.Sort != SortID {
		found, err := s.loadAll(r, ids)
		return f.page(found, capped, at), err
	}
	offset := at.offset
	if !at.set {
		offset = (f.Page - 1) * f.Limit
	}
	from := min(offset, len(ids))
	to := min(from+f.Limit, len(ids))
	items, err := s.loadAll(r, ids[from:to])
	p := Page[Account]{Items: items, Total: len(ids), Capped: capped}
	if to < len(ids) {
		p.Next = formatCursor(f, cursor{offset: to})
	}
	return p, err
}

func (s *Service) loadAll(r store.Reader, keys []store.Key) ([]Account, error) {
	out := make([]Account, 0, len(keys))
	for _, k := range keys {
		found, err := s.rows.table.Get(r, k)
		if err != nil {
			return nil, err
		}
		out = append(out, found.Account)
	}
	return out, nil
}

// matchesKey holds an entry of the search index against the conditions.
func (f *Filter) matchesKey(k store.Key) bool {
	in := k.Reader()
	tenant, _ := in.NextUint(), in.NextUint()
	department, parent, active := in.NextUint(), in.NextUint(), in.NextBool()
	var roles [MaxRoles]uint64
	n := min(in.NextUint(), MaxRoles)
	for i := range n {
		roles[i] = in.NextUint()
	}
	switch {
	case in.Err() != nil,
		f.Tenant != 0 && tenant != f.Tenant,
		f.Parent != 0 && parent != f.Parent,
		f.Department != 0 && department != f.Department && tenant != f.Department,
		f.State != "" && active != (f.State == Active),
		!f.matchesRoles(roles[:n]):
		return false
	}
	if f.Text == "" && f.Phone == "" {
		return true
	}
	text := []byte(in.Rest()) // a Str without zero bytes is its own bytes
	phone := text[bytes.LastIndexByte(text, '\n')+1:]
	return bytes.Contains(text, []byte(f.Text)) && bytes.Contains(phone, []byte(f.Phone))
}
