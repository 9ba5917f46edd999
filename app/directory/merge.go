package directory

import (
	"cmp"
	"container/heap"
	"errors"
	"slices"

	"stoa/store"
)

// besides are those of the actor and its secondary accounts that a list has
// although they are in none of the departments.
func (s *Service) besides(r store.Reader, f Filter, departments []uint64) ([]Account, error) {
	if f.reach.self == 0 {
		return nil, nil
	}
	var found []Account
	take := func(a *Row) {
		if !in(departments, a.Department) && f.matches(&a.Account) {
			found = append(found, a.Account)
		}
	}
	self, err := s.rows.Get(r, f.reach.self)
	if err == nil {
		take(self)
	} else if !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	return found, eachRow(r, s.rows.ranked, groupParent(f.reach.self), maxCount, take)
}

// run is one ordered list on its way into a merged one.
type run struct {
	group store.Key // nil: rows are all there is
	rows  []Account
	next  store.Key // where the rows after these begin; nil = nowhere
}

// runs are merged by the id of the first row of each: container/heap.
type runs struct {
	list    []*run
	reverse bool
}

func (m *runs) Len() int { return len(m.list) }
func (m *runs) Less(i, j int) bool {
	return m.list[i].rows[0].ID < m.list[j].rows[0].ID != m.reverse
}
func (m *runs) Swap(i, j int) { m.list[i], m.list[j] = m.list[j], m.list[i] }

// Push adds a *run.
func (m *runs) Push(x any) { m.list = append(m.list, x.(*run)) }

// Pop takes the last one off.
func (m *runs) Pop() any {
	last := len(m.list) - 1
	x := m.list[last]
	m.list = m.list[:last]
	return x
}

// merge cuts a page out of the lists of departments and of a few besides, by id.
func (s *Service) merge(r store.Reader, f Filter, at cursor, departments []uint64, few []Account, total int) (Page[Account], error) {
	p := Page[Account]{Items: []Account{}, Total: total}
	skip := (f.Page - 1) * f.Limit
	if at.set {
		skip = 0
	}
	if skip >= total {
		return p, nil
	}
	// Each department gives about its share of what is passed over and shown.
	chunk := min(max((skip+f.Limit)/max(len(departments), 1)+1, 8), MaxLimit)
	m, err := s.begin(r, f, at, departments, few, chunk)
	if err != nil {
		return p, err
	}
	for m.Len() > 0 && len(p.Items) < f.Limit {
		first := m.list[0]
		if skip > 0 {
			skip--
		} else {
			p.Items = append(p.Items, first.rows[0])
		}
		first.rows = first.rows[1:]
		if len(first.rows) == 0 {
			if err := s.fill(r, first, first.next, chunk, f.Reverse); err != nil {
				return p, err
			}
		}
		if len(first.rows) == 0 {
			heap.Pop(m)
		} else {
			heap.Fix(m, 0)
		}
	}
	if m.Len() > 0 && len(p.Items) > 0 {
		p.Next = formatCursor(f, cursor{set: true, key: key(p.Items[len(p.Items)-1].ID)})
	}
	return p, nil
}

// begin opens the runs of a merge at its cursor.
func (s *Service) begin(r store.Reader, f Filter, at cursor, departments []uint64, few []Account, chunk int) (*runs, error) {
	m := &runs{reverse: f.Reverse}
	slices.SortFunc(few, func(a, b Account) int {
		if f.Reverse {
			a, b = b, a
		}
		return cmp.Compare(a.ID, b.ID)
	})
	if at.set {
		behind := at.key.Reader().NextUint()
		few = slices.DeleteFunc(few, func(a Account) bool { return a.ID == behind || a.ID < behind != f.Reverse })
	}
	if len(few) > 0 {
		m.list = append(m.list, &run{rows: few})
	}
	for _, id := range departments {
		one := &run{group: groupUnit(id)}
		if err := s.fill(r, one, at.key, chunk, f.Reverse); err != nil {
			return nil, err
		}
		if len(one.rows) > 0 {
			m.list = append(m.list, one)
		}
	}
	heap.Init(m)
	return m, nil
}

// fill reads the next rows of a run, from behind a cursor on; nil is the start of
// a run that has none yet.
func (s *Service) fill(r store.Reader, one *run, from store.Key, chunk int, reverse bool) error {
	if one.group == nil || from == nil && one.rows != nil {
		return nil
	}
	rows, next, err := s.rows.ranked.After(r, one.group, from, chunk, reverse)
	one.rows, one.next = make([]Account, len(rows)), next
	for i, a := range rows {
		one.rows[i] = a.Account
	}
	return err
}
