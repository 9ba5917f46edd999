package setup_test

import (
	"sync"
	"testing"
	"time"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/apptest"
	"stoa/app/fault"
	"stoa/app/org"
	"stoa/app/session"
	"stoa/app/setup"
)

func code(err error) string {
	if err == nil {
		return ""
	}
	return fault.Of(err).Code
}

func admin(name string) setup.Admin {
	return setup.Admin{Name: name, Email: name + "@example.com", Password: apptest.Password}
}

func TestFirstAdministratorByLink(t *testing.T) {
	a := apptest.Empty(t)
	ctx, o := t.Context(), apptest.Origin("v1")
	if needed, err := a.Setup.Needed(ctx); err != nil || !needed {
		t.Fatal(needed, err)
	}
	if _, err := a.Setup.Complete(ctx, o, "", admin("mine")); code(err) != "setup.link" {
		t.Errorf("without a link: %v", err)
	}
	old, _, err := a.Setup.Link(ctx)
	if err != nil {
		t.Fatal(err)
	}
	token, until, err := a.Setup.Link(ctx)
	if err != nil || until.Sub(a.Clock.Now()) != setup.LinkLifetime {
		t.Fatal(until, err)
	}
	if _, err := a.Setup.Complete(ctx, o, old, admin("mine")); code(err) != "setup.link" {
		t.Errorf("with the link before: %v", err)
	}
	weak := admin("mine")
	weak.Password = "short"
	if _, err := a.Setup.Complete(ctx, o, token, weak); code(err) != "password.too_short" {
		t.Errorf("a weak password: %v", err)
	}
	made, err := a.Setup.Complete(ctx, o, token, admin("mine"))
	if err != nil || !made.Has(access.RoleSuper) || made.Tenant != org.Default || made.MustChange {
		t.Fatalf("%+v %v", made, err)
	}
	if _, err := a.Setup.Complete(ctx, o, token, admin("thief")); code(err) != "setup.done" {
		t.Errorf("a second time: %v", err)
	}
	if _, _, err := a.Setup.Link(ctx); code(err) != "setup.done" {
		t.Errorf("a link afterwards: %v", err)
	}
	if _, err := a.Session.Login(ctx, o, session.Login{Login: "mine", Password: apptest.Password}); err != nil {
		t.Error(err)
	}
	a.Verify()
}

func TestLinkEnds(t *testing.T) {
	a := apptest.Empty(t)
	token, _, err := a.Setup.Link(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	a.Clock.Add(15 * time.Minute)
	if _, err := a.Setup.Complete(t.Context(), apptest.Origin("v1"), token, admin("late")); code(err) != "setup.link" {
		t.Errorf("after 15 minutes: %v", err)
	}
}

func TestOnlyOneIsFirst(t *testing.T) {
	a := apptest.Empty(t)
	token, _, err := a.Setup.Link(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() {
			_, errs[i] = a.Setup.Complete(t.Context(), apptest.Origin("v1"), token, admin(string(rune('a'+i))+"-first"))
		})
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		}
	}
	if won != 1 {
		t.Errorf("%d first administrators: %v", won, errs)
	}
}

func TestSampleComesAndGoes(t *testing.T) {
	a := apptest.Open(t) // with the sample
	ctx := t.Context()
	open, err := a.Org.Open(ctx)
	if err != nil || len(open) != 2 || open[0].ID != 2 || open[1].ID != 5 {
		t.Fatalf("%+v %v", open, err)
	}
	joined := a.Account(2, "joined")
	if err := a.Setup.DropSample(ctx, a.Super); fault.KindOf(err) != fault.Conflict {
		t.Errorf("in use: %v", err)
	}
	if err := a.Setup.DropSample(ctx, a.Actor(joined)); code(err) != "access.denied" {
		t.Errorf("by a member: %v", err)
	}
	if _, _, err := a.App.Account.Delete(ctx, a.Super, []uint64{joined.ID}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := a.Setup.DropSample(ctx, a.Super); err != nil {
			t.Fatal(err)
		}
	}
	if open, err = a.Org.Open(ctx); err != nil || len(open) != 0 {
		t.Errorf("left: %+v %v", open, err)
	}
	if err := a.Setup.LoadSample(ctx, a.Super); err != nil {
		t.Fatal(err)
	}
	_, err = a.App.Account.Create(ctx, a.Super, account.New{Name: "again", Tenant: 5, Password: apptest.Password})
	if err != nil {
		t.Error(err)
	}
	a.Verify()
}
