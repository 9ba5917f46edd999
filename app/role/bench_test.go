package role_test

import (
	"fmt"
	"testing"

	"stoa/app/access"
	"stoa/app/apptest"
	"stoa/app/resource"
	"stoa/app/role"
	"stoa/store"
)

const (
	manyRoles  = 20
	manyGrants = 500
)

// crowded is somebody with 20 roles of 500 grants each.
func crowded(tb testing.TB) (*apptest.App, []uint64) {
	tb.Helper()
	a := apptest.Open(tb)
	ctx := tb.Context()
	var grants []uint64
	for i := range manyGrants {
		v, err := a.Resource.Create(ctx, a.Super, resource.New{Name: fmt.Sprint("resource ", i), URL: "account.read"})
		if err != nil {
			tb.Fatal(err)
		}
		grants = append(grants, v.ID)
	}
	var roles []uint64
	for i := range manyRoles {
		v, err := a.Role.Create(ctx, a.Super, role.New{Name: fmt.Sprint("role ", i), Scope: role.All})
		if err == nil {
			_, _, err = a.Role.SetGrants(ctx, a.Super, v.ID, role.Grants{Resources: &grants}, 0, false)
		}
		if err != nil {
			tb.Fatal(err)
		}
		roles = append(roles, v.ID)
	}
	return a, roles
}

func TestCheckingARightAllocatesNothing(t *testing.T) {
	a, roles := crowded(t)
	by := a.Actor(a.Account(1, "somebody", roles...))
	if err := by.Need(access.AccountRead); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { _ = by.Need(access.AccountRead) }); n != 0 {
		t.Errorf("a check allocates %v times", n)
	}
	err := a.DB.View(t.Context(), func(r store.Reader) error {
		if n := testing.AllocsPerRun(100, func() { _, _ = a.Role.Rights(r, 1, 0, roles) }); n != 0 {
			t.Errorf("what the roles give is found with %v allocations", n)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func BenchmarkNeed(b *testing.B) {
	a, roles := crowded(b)
	by := a.Actor(a.Account(1, "somebody", roles...))
	b.ReportAllocs()
	for b.Loop() {
		if by.Need(access.AccountRead) != nil {
			b.Fatal("refused")
		}
	}
}

// BenchmarkRights is what authentication pays for roles.
func BenchmarkRights(b *testing.B) {
	a, roles := crowded(b)
	for name, held := range map[string][]uint64{"builtin": {access.RoleAdmin}, "20 roles of 500 grants": roles} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			err := a.DB.View(b.Context(), func(r store.Reader) error {
				for b.Loop() {
					if rights, err := a.Role.Rights(r, 1, 0, held); err != nil || !rights.Set.Has(access.AccountRead) {
						return fmt.Errorf("refused: %w", err)
					}
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
		})
	}
}
