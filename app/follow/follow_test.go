package follow_test

import (
	"fmt"
	"testing"

	"stoa/app/apptest"
)

func TestFollow(t *testing.T) {
	a := apptest.Open(t)
	ctx := t.Context()
	one, two := a.Account(1, "one"), a.Account(2, "two")
	for range 2 {
		if err := a.App.Follow.Set(ctx, a.Actor(one), "TWO", true); err != nil {
			t.Fatal(err)
		}
	}
	apptest.Want(t, a.App.Follow.Set(ctx, a.Actor(one), "one", true), "account.follow_self")
	apptest.Want(t, a.App.Follow.Set(ctx, a.Actor(one), "nobody", true), "account.not_found")
	p, err := a.App.Follow.Profile(ctx, a.Actor(one), "two")
	if err != nil || fmt.Sprint(p.Followed) != "[one]" || len(p.Follow) != 0 || p.Email != "" {
		t.Errorf("%+v %v", p, err)
	}
	if p, err = a.App.Follow.Profile(ctx, a.Actor(two), "two"); err != nil || p.Email != "two@example.com" {
		t.Errorf("one's own profile: %+v %v", p, err)
	}
	if _, _, err := a.App.Account.Delete(ctx, a.Super, []uint64{one.ID}); err != nil {
		t.Fatal(err)
	}
	if _, followed, err := a.App.Follow.Names(ctx, two.ID); err != nil || len(followed) != 0 {
		t.Errorf("a deleted account still follows: %v %v", followed, err)
	}
	if n, err := a.App.Follow.Sweep(ctx); err != nil || n != 1 {
		t.Errorf("swept %d, %v", n, err)
	}
	a.Verify()
}
