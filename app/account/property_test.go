package account_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/apptest"
	"stoa/app/fault"
)

// life is what random people did, and a plain model of what there is after it.
type life struct {
	*apptest.App
	t     *testing.T
	rnd   *rand.Rand
	model map[uint64]*account.Account // nil for the first super administrator
	ids   []uint64                    // of the others
}

func units() []uint64 { return []uint64{1, 2, 5} }

// TestRandomLife does what people do, in any order, and holds the counts and the
// whole store against the model after it.
func TestRandomLife(t *testing.T) {
	a := apptest.Open(t)
	l := &life{App: a, t: t, rnd: rand.New(rand.NewPCG(7, 11)), model: map[uint64]*account.Account{a.Super.Account: nil}}
	for step := range 1500 {
		a.Clock.Add(1e9)
		made, err := l.step()
		if err != nil && fault.KindOf(err) == fault.Internal {
			t.Fatalf("step %d: %v", step, err)
		}
		if made != nil {
			if _, known := l.model[made.ID]; !known {
				l.ids = append(l.ids, made.ID)
			}
			l.model[made.ID] = made
		}
	}
	if _, err := a.App.Account.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.compare()
	a.Verify()
}

func (l *life) pick() uint64 { return l.ids[l.rnd.IntN(len(l.ids))] }

// step does one thing; the account it made or changed, if it could.
func (l *life) step() (*account.Account, error) {
	ctx := l.t.Context()
	n := l.rnd.IntN(60)
	name, phone, email := fmt.Sprintf("p-%d", n), apptest.Phone(n), fmt.Sprintf("p%d@example.com", n)
	switch k := l.rnd.IntN(10); {
	case k < 3 || len(l.ids) == 0:
		role := []uint64{access.RoleOwner, access.RoleMember, access.RoleAdmin}[l.rnd.IntN(3)]
		return l.App.App.Account.Create(ctx, l.Super, account.New{Name: name, Phone: phone, Email: email, Tenant: units()[l.rnd.IntN(3)], PasswordHash: bcryptHash, Roles: []uint64{role}})
	case k < 5:
		owner, err := l.App.App.Account.Get(ctx, l.Super, l.pick())
		if err != nil {
			return nil, err
		}
		return l.App.App.Account.CreateSecondary(ctx, l.Actor(owner), account.NewSecondary{Name: name, Phone: phone, Password: apptest.Password})
	case k < 7:
		return l.App.App.Account.Update(ctx, l.Super, l.pick(), account.Change{Name: &name, Phone: &phone, Email: &email}, 0)
	case k < 8:
		state := []account.State{account.Active, account.Disabled}[l.rnd.IntN(2)]
		return l.App.App.Account.Update(ctx, l.Super, l.pick(), account.Change{State: &state}, 0)
	}
	return nil, l.remove(l.pick())
}

func (l *life) remove(id uint64) error {
	done, refused, err := l.App.App.Account.Delete(l.t.Context(), l.Super, []uint64{id})
	if len(refused) > 0 {
		err = refused[0].Err
	}
	if len(done) == 1 {
		delete(l.model, id)
		l.ids = slices.DeleteFunc(l.ids, func(other uint64) bool { return other == id })
	}
	return err
}

// compare holds lists and counts against the model.
func (l *life) compare() {
	ctx, t := l.t.Context(), l.t
	p, err := l.App.App.Account.List(ctx, l.Super, account.Filter{Limit: 500})
	if err != nil || p.Total != len(l.model) {
		t.Errorf("%d accounts are counted, want %d (%v)", p.Total, len(l.model), err)
	}
	for _, got := range p.Items {
		if want := l.model[got.ID]; want != nil && (got.Name != want.Name || got.Version != want.Version || got.State != want.State) {
			t.Errorf("account %d is %+v, want %+v", got.ID, got, *want)
		}
	}
	for _, unit := range units() {
		n := 0
		for _, m := range l.model {
			if m != nil && m.Tenant == unit || m == nil && unit == 1 {
				n++
			}
		}
		if p, err = l.App.App.Account.List(ctx, l.Super, account.Filter{Tenant: unit}); err != nil || p.Total != n {
			t.Errorf("organisation %d has %d, want %d (%v)", unit, p.Total, n, err)
		}
	}
}
