package role

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"stoa/app/access"
	"stoa/app/fault"
)

// Refusals are kept in memory, so many of a tenant and of so many tenants.
const (
	maxRefusals = 200
	maxTenants  = 500
)

// Refusal is a call that was refused for want of a right.
type Refusal struct {
	At      time.Time
	Tenant  uint64
	Account uint64
	Name    string
	Origin  access.Origin
	Call    string     // "v1.accounts.delete"
	Code    string     // of the fault
	Text    string     // what the caller was told
	Missing access.Set // the permissions that were missing; none where another rule refused
	Givers  []Role     // roles of the tenant that give them; filled by Refusals
}

type refusals struct {
	mu sync.Mutex
	of map[uint64][]Refusal // by tenant, oldest first
}

// Refused notes that a call was refused. Who has not signed in is not noted.
func (s *Service) Refused(by access.Actor, call string, needs access.Set, f *fault.Fault) {
	if by.Account == 0 && by.Session == 0 || f.Kind != fault.Denied {
		return
	}
	missing := needs.Without(by.Set)
	var lacking access.Lacking
	if errors.As(f.Cause, &lacking) {
		missing = missing.Or(access.Of(lacking.Permission))
	}
	at := Refusal{At: s.db.Clock(), Tenant: by.Tenant, Account: by.Account, Name: by.Name, Origin: by.Origin, Call: call,
		Code: f.Code, Text: f.Text, Missing: missing}
	s.refused.mu.Lock()
	defer s.refused.mu.Unlock()
	if s.refused.of == nil {
		s.refused.of = map[uint64][]Refusal{}
	}
	kept := s.refused.of[by.Tenant]
	if kept == nil && len(s.refused.of) >= maxTenants {
		s.refused.dropOldest()
	}
	if len(kept) >= maxRefusals {
		kept = slices.Delete(kept, 0, len(kept)-maxRefusals+1)
	}
	s.refused.of[by.Tenant] = append(kept, at)
}

// dropOldest makes room for another tenant.
func (r *refusals) dropOldest() {
	oldest, at := uint64(0), time.Time{}
	for tenant, kept := range r.of {
		if last := kept[len(kept)-1].At; at.IsZero() || last.Before(at) {
			oldest, at = tenant, last
		}
	}
	delete(r.of, oldest)
}

// Refusals are the calls that were refused lately, newest first: in by's tenant, to
// super administrators in all. account 0 means everybody's. They are those of this
// process since its start.
func (s *Service) Refusals(_ context.Context, by access.Actor, account uint64) ([]Refusal, error) {
	if err := by.Need(access.AuditRead); err != nil {
		return nil, err
	}
	out := []Refusal{}
	s.refused.mu.Lock()
	for tenant, kept := range s.refused.of {
		if tenant != by.Tenant && !by.Super() {
			continue
		}
		for _, r := range kept {
			if account == 0 || r.Account == account {
				out = append(out, r)
			}
		}
	}
	s.refused.mu.Unlock()
	slices.SortStableFunc(out, func(a, b Refusal) int { return b.At.Compare(a.At) })
	p := s.now.Load()
	for i := range out {
		out[i].Givers = p.givers(out[i].Tenant, out[i].Missing)
	}
	return out, nil
}

// givers are the roles that accounts of a tenant could be given to have what is
// missing.
func (p *picture) givers(tenant uint64, missing access.Set) []Role {
	out := []Role{}
	if missing == (access.Set{}) {
		return out
	}
	for _, v := range p.order {
		if (v.Tenant == 0 || v.Tenant == tenant) && missing.Within(v.Set) {
			out = append(out, *v)
		}
	}
	return out
}
