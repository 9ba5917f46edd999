package directory_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/apptest"
	"stoa/app/directory"
)

// A list without pages is its pages together, also where it is too long to be
// counted as they are.
func TestAllIsEveryPage(t *testing.T) {
	a := apptest.Open(t)
	admin := a.Actor(a.Account(1, "admin", access.RoleAdmin))
	for i := range 520 {
		in := account.New{Name: fmt.Sprintf("user%04d", 9999-i*7), PasswordHash: bcryptHash, Tenant: 1 + uint64(i%5/4)}
		if i%3 == 0 {
			in.State = account.Disabled
		}
		if _, err := a.App.Account.Create(t.Context(), a.Super, in); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range []directory.Filter{{}, {Sort: directory.SortName, Reverse: true}, {Text: "user", State: account.Disabled},
		{State: account.Active, Sort: directory.SortName}, {Text: "r99", Reverse: true}} {
		for _, by := range []access.Actor{a.Super, admin} {
			want := names(t, f, func(ctx context.Context) (*directory.Whole, error) { return a.App.Account.All(ctx, by, f) })
			sifted := names(t, f, func(ctx context.Context) (*directory.Whole, error) { return a.App.Account.Sifted(ctx, by, f) })
			if by.Super() { // over several tenants a list with conditions has an order of its own
				slices.Sort(want)
				slices.Sort(sifted)
			}
			if !slices.Equal(want, sifted) {
				t.Errorf("%+v: %v by pages, %v sifted", f, want, sifted)
			}
		}
	}
}

func names(t *testing.T, f directory.Filter, all func(context.Context) (*directory.Whole, error)) []string {
	t.Helper()
	whole, err := all(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for a, err := range whole.Accounts {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, a.Name)
	}
	if len(out) != whole.Count || len(out) == 0 {
		t.Errorf("%+v: %d accounts, counted %d", f, len(out), whole.Count)
	}
	return out
}
