package role

import (
	"context"
	"strings"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/app/resource"
	"stoa/store"
)

// Question asks whether a request would be let through: for somebody with these
// roles, or for an account.
type Question struct {
	Method  string
	Path    string
	Roles   []uint64
	Account uint64 // 0 = Roles
}

// Answer is what a request needs and what there is of it. The operation behind it
// may still refuse for the object: one that its caller does not see.
type Answer struct {
	Call    resource.Call
	Needs   access.Set
	Held    access.Set // all that the roles allow
	Missing access.Set
	Allowed bool
	Givers  []Role // the roles of the tenant that give all that is missing
}

// Check answers a question; NotFound if the server answers no such request.
func (s *Service) Check(ctx context.Context, by access.Actor, q Question) (*Answer, error) {
	if err := by.Need(access.RoleRead); err != nil {
		return nil, err
	}
	if !strings.HasPrefix(q.Path, "/") || len(q.Path) > 2048 {
		return nil, fault.New(fault.Invalid, "access.path", "path", "a path such as /v1/accounts is needed")
	}
	call, ok := s.Resource.Find(strings.ToUpper(strings.TrimSpace(q.Method)), q.Path)
	if !ok {
		return nil, fault.New(fault.NotFound, "access.no_call", "path", "the server answers no request %s %s", q.Method, q.Path)
	}
	held, err := s.heldBy(ctx, by, q)
	if err != nil {
		return nil, err
	}
	a := &Answer{Call: call, Needs: call.Needs, Held: held, Missing: call.Needs.Without(held), Givers: []Role{}}
	a.Allowed = call.Public || a.Missing == (access.Set{})
	if a.Allowed {
		return a, nil
	}
	all, err := s.List(ctx, by, Filter{})
	for i := range all {
		if a.Missing.Within(all[i].Set) {
			a.Givers = append(a.Givers, all[i])
		}
	}
	return a, err
}

func (s *Service) heldBy(ctx context.Context, by access.Actor, q Question) (access.Set, error) {
	if q.Account != 0 {
		var rights access.Rights
		err := s.view(ctx, func(r store.Reader) error {
			a, err := s.Directory.VisibleTx(r, by, q.Account)
			if err == nil {
				rights, err = s.Of(r, a)
			}
			return err
		})
		return rights.Set, err
	}
	var set access.Set
	for _, id := range q.Roles {
		v, err := s.visible(by, id)
		if err != nil {
			return set, fault.New(fault.Invalid, "role.unknown", "role_ids", "there is no role %d", id)
		}
		set = set.Or(v.Set)
	}
	return set, nil
}
