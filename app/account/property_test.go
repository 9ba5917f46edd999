package account_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/apptest"
	"stoa/app/fault"
)

// TestRandomLife does what people do, in any order, and holds the counts and the
// whole store against a plain model after it.
func TestRandomLife(t *testing.T) {
	a := apptest.Open(t)
	ctx := t.Context()
	rnd := rand.New(rand.NewPCG(7, 11))
	units := []uint64{1, 2, 5}
	model := map[uint64]*account.Account{a.Super.Account: nil}
	var ids []uint64
	pick := func() uint64 { return ids[rnd.IntN(len(ids))] }
	for step := range 1500 {
		a.Clock.Add(1e9)
		n := rnd.IntN(60)
		name, phone, email := fmt.Sprintf("p-%d", n), apptest.Phone(n), fmt.Sprintf("p%d@example.com", n)
		var err error
		var made *account.Account
		switch k := rnd.IntN(10); {
		case k < 3 || len(ids) == 0:
			made, err = a.App.Account.Create(ctx, a.Super, account.New{Name: name, Phone: phone, Email: email, Tenant: units[rnd.IntN(3)], PasswordHash: bcryptHash,
				Roles: []uint64{[]uint64{access.RoleOwner, access.RoleMember, access.RoleAdmin}[rnd.IntN(3)]}})
		case k < 5:
			owner, e := a.App.Account.Get(ctx, a.Super, pick())
			if e != nil {
				t.Fatal(e)
			}
			made, err = a.App.Account.CreateSecondary(ctx, a.Actor(owner), account.NewSecondary{Name: name, Phone: phone, Password: apptest.Password})
		case k < 7:
			made, err = a.App.Account.Update(ctx, a.Super, pick(), account.Change{Name: &name, Phone: &phone, Email: &email}, 0)
		case k < 8:
			state := []account.State{account.Active, account.Disabled}[rnd.IntN(2)]
			made, err = a.App.Account.Update(ctx, a.Super, pick(), account.Change{State: &state}, 0)
		default:
			id := pick()
			done, refused, e := a.App.Account.Delete(ctx, a.Super, []uint64{id})
			if err = e; len(refused) > 0 {
				err = refused[0].Err
			}
			if len(done) == 1 {
				delete(model, id)
				ids = without(ids, id)
			}
		}
		if err != nil && fault.KindOf(err) == fault.Internal {
			t.Fatalf("step %d: %v", step, err)
		}
		if made != nil {
			if _, known := model[made.ID]; !known {
				ids = append(ids, made.ID)
			}
			model[made.ID] = made
		}
	}
	if _, err := a.App.Account.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	p, err := a.App.Account.List(ctx, a.Super, account.Filter{Limit: 500})
	if err != nil || p.Total != len(model) {
		t.Errorf("%d accounts are counted, want %d (%v)", p.Total, len(model), err)
	}
	for _, got := range p.Items {
		if want := model[got.ID]; want != nil && (got.Name != want.Name || got.Version != want.Version || got.State != want.State) {
			t.Errorf("account %d is %+v, want %+v", got.ID, got, *want)
		}
	}
	for _, unit := range units {
		n := 0
		for _, m := range model {
			if m != nil && m.Tenant == unit || m == nil && unit == 1 {
				n++
			}
		}
		if p, err = a.App.Account.List(ctx, a.Super, account.Filter{Tenant: unit}); err != nil || p.Total != n {
			t.Errorf("organisation %d has %d, want %d (%v)", unit, p.Total, n, err)
		}
	}
	a.Verify()
}

func without(ids []uint64, id uint64) []uint64 {
	var out []uint64
	for _, other := range ids {
		if other != id {
			out = append(out, other)
		}
	}
	return out
}
