package application_test

import (
	"fmt"
	"testing"

	"stoa/app/access"
	"stoa/app/application"
	"stoa/app/apptest"
	"stoa/app/fault"
)

func TestApplicationsOfATenant(t *testing.T) {
	a := apptest.Open(t)
	ctx, o := t.Context(), apptest.Origin("v1")
	here, there := a.Actor(a.Account(2, "here", access.RoleAdmin)), a.Actor(a.Account(5, "there", access.RoleAdmin))
	for i := range 12 {
		if _, _, err := a.Application.Create(ctx, here, application.New{Name: fmt.Sprintf("Program %02d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	foreign, secret, err := a.Application.Create(ctx, there, application.New{Name: "program of others"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		by           access.Actor
		f            application.Filter
		total, items int
	}{
		{here, application.Filter{Limit: 5, Page: 3}, 12, 2},
		{here, application.Filter{Text: "PROGRAM 0"}, 10, 10},
		{here, application.Filter{Text: "program", Limit: 5, Page: 3}, 12, 2},
		{there, application.Filter{}, 1, 1},
		{a.Super, application.Filter{Limit: 5}, 13, 5},
	} {
		p, err := a.Application.List(ctx, c.by, c.f)
		if err != nil || p.Total != c.total || len(p.Items) != c.items {
			t.Errorf("%s %+v: %d of %d, %v", c.by.Name, c.f, len(p.Items), p.Total, err)
		}
	}
	if _, err := a.Application.Get(ctx, here, foreign.ID); fault.KindOf(err) != fault.NotFound {
		t.Errorf("another tenant's: %v", err)
	}
	if err := a.Application.Delete(ctx, here, foreign.ID); fault.KindOf(err) != fault.NotFound {
		t.Errorf("deleting another tenant's: %v", err)
	}
	if _, err := a.Application.List(ctx, a.Actor(a.Account(2, "member")), application.Filter{}); fault.KindOf(err) != fault.Denied {
		t.Errorf("a member: %v", err)
	}
	if _, _, err := a.Application.Create(ctx, here, application.New{Name: " "}); fault.KindOf(err) != fault.Missing {
		t.Errorf("without a name: %v", err)
	}
	if got, err := a.Application.Check(ctx, o, foreign.ClientID, secret); err != nil || got.ID != foreign.ID {
		t.Errorf("its own secret: %v", err)
	}
	if _, err := a.Application.Check(ctx, o, foreign.ClientID, ""); !isRefused(err) {
		t.Errorf("no secret: %v", err)
	}
	a.Verify()
}

func isRefused(err error) bool { return err != nil && fault.Of(err).Code == application.Refused().Code }
