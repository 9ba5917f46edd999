package account

import (
	"slices"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/app/position"
	"stoa/store"
)

func (s *Service) inDepartment(r store.Reader, a *Account) error {
	if a.Department == a.Tenant {
		a.Department = 0
	}
	if a.Department == 0 {
		return nil
	}
	_, err := s.Org.DepartmentTx(r, a.Tenant, a.Department)
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return noDepartment(a.Department)
	}
	return err
}

func noDepartment(id uint64) error {
	return invalid("account.department", "department", "there is no department %d in this organisation", id)
}

// inPositions brings the posts of an account into their stored form and checks
// that they and the grade are its tenant's.
func (s *Service) inPositions(r store.Reader, a *Account) error {
	a.Posts = slices.Compact(slices.Sorted(slices.Values(a.Posts)))
	if len(a.Posts) > position.MaxPosts {
		return fault.New(fault.TooLarge, "account.posts", "posts", "%d posts: an account has at most %d", len(a.Posts), position.MaxPosts)
	}
	for _, id := range a.Posts {
		if ok, err := s.Position.BelongsTx(r, position.Post, a.Tenant, id); err != nil {
			return err
		} else if !ok {
			return invalid("account.post", "posts", "there is no post %d in this organisation", id)
		}
	}
	if a.Grade == 0 {
		return nil
	}
	ok, err := s.Position.BelongsTx(r, position.Grade, a.Tenant, a.Grade)
	if err == nil && !ok {
		err = invalid("account.grade", "grade", "there is no grade %d in this organisation", a.Grade)
	}
	return err
}

// settle puts a new account where by may make one. Those whose sight is
// departments make it in one of them; where none is said, in the one they are in.
func (s *Service) settle(r store.Reader, by access.Actor, a *Account) error {
	switch by.Scope() {
	case access.ScopeAll, access.ScopeTenant:
		return nil
	case access.ScopeSelf:
		return fault.New(fault.Denied, "account.scope", "", "your roles show you nobody but yourself: you can't make accounts")
	case access.ScopeUnits:
	}
	if a.Department == 0 {
		self, err := s.rows.Get(r, by.Account)
		if err == nil && by.InUnits(self.Department) {
			a.Department = self.Department
			return nil
		}
		return fault.New(fault.Missing, "account.department_missing", "department", "name one of your departments: accounts outside them are not yours to make")
	}
	return reached(by, a.Department)
}

// reached refuses to put an account into a department that by does not see.
func reached(by access.Actor, department uint64) error {
	if by.Scope() >= access.ScopeTenant || by.InUnits(department) {
		return nil
	}
	if department == 0 {
		return fault.New(fault.Denied, "account.department_beyond", "department", "an account leaves its department only for another of yours")
	}
	return noDepartment(department)
}
