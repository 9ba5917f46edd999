package role

import (
	"context"
	"errors"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/app/role/refusal"
)

// Refusal is a call that was refused for want of a right.
type Refusal struct {
	refusal.Refusal
	Givers []Role // roles of the tenant that give what was missing
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
	s.Refusal.Note(refusal.Refusal{At: s.db.Clock(), Tenant: by.Tenant, Account: by.Account, Name: by.Name, Origin: by.Origin, Call: call,
		Code: f.Code, Text: f.Text, Missing: missing})
}

// Refusals are the calls that were refused lately, newest first: in by's tenant, to
// super administrators in all. account 0 means everybody's.
func (s *Service) Refusals(_ context.Context, by access.Actor, account uint64) ([]Refusal, error) {
	if err := by.Need(access.AuditRead); err != nil {
		return nil, err
	}
	found := s.Refusal.Of(by.Tenant, account)
	if by.Super() {
		found = s.Refusal.All(account)
	}
	p := s.now.Load()
	out := make([]Refusal, len(found))
	for i, r := range found {
		out[i] = Refusal{r, p.givers(r.Tenant, r.Missing)}
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
