package meter

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"stoa/app/access"
)

// maxUsers is how many accounts are remembered per dialect; the one that was
// away longest makes room.
const maxUsers = 1000

// Usage counts who uses which dialect since the start, for the system page.
type Usage struct {
	mu       sync.Mutex
	dialects map[string]*dialectUse
}

type dialectUse struct {
	calls uint64
	last  time.Time
	by    map[uint64]*AccountUse
}

// DialectUse is one dialect's use since the start.
type DialectUse struct {
	Name     string
	Calls    uint64
	LastUsed time.Time    // zero = not used
	By       []AccountUse // the latest first, at most as many as asked for
}

// AccountUse is one account's use of one dialect.
type AccountUse struct {
	Account  uint64
	Name     string
	Tenant   uint64
	Calls    uint64
	LastUsed time.Time
}

// NewUsage makes an empty record.
func NewUsage() *Usage { return &Usage{dialects: map[string]*dialectUse{}} }

// Add counts one served call; calls that nobody signed in for count for the
// dialect alone.
func (u *Usage) Add(dialect string, by access.Actor, at time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	d := u.dialects[dialect]
	if d == nil {
		d = &dialectUse{by: map[uint64]*AccountUse{}}
		u.dialects[dialect] = d
	}
	d.calls++
	d.last = at
	if by.Account == 0 {
		return
	}
	a := d.by[by.Account]
	if a == nil {
		if len(d.by) >= maxUsers {
			d.forget()
		}
		a = &AccountUse{Account: by.Account, Name: by.Name, Tenant: by.Home}
		d.by[by.Account] = a
	}
	a.Calls++
	a.LastUsed = at
}

// forget drops the tenth of the accounts that were away longest, so that the
// search is paid once for many calls.
func (d *dialectUse) forget() {
	all := d.latest()
	for _, a := range all[len(all)*9/10:] {
		delete(d.by, a.Account)
	}
}

func (d *dialectUse) latest() []AccountUse {
	all := make([]AccountUse, 0, len(d.by))
	for _, a := range d.by {
		all = append(all, *a)
	}
	slices.SortFunc(all, func(a, b AccountUse) int {
		return cmp.Or(b.LastUsed.Compare(a.LastUsed), cmp.Compare(a.Account, b.Account))
	})
	return all
}

// Of is one dialect's use with its latest n accounts.
func (u *Usage) Of(dialect string, n int) DialectUse {
	u.mu.Lock()
	defer u.mu.Unlock()
	d := u.dialects[dialect]
	if d == nil {
		return DialectUse{Name: dialect}
	}
	all := d.latest()
	return DialectUse{Name: dialect, Calls: d.calls, LastUsed: d.last, By: all[:min(n, len(all))]}
}
