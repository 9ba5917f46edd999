package app_test

import (
	"context"
	"testing"

	"stoa/app"
	"stoa/app/access"
	"stoa/app/apptest"
	"stoa/app/session"
	"stoa/app/setup"
)

// TestReopen keeps people, passwords and tokens across a restart, refuses a
// second process meanwhile, and the workers stop when they are told to.
func TestReopen(t *testing.T) {
	c := app.Default()
	c.DataDir = t.TempDir()
	open := func() (*app.App, error) {
		return app.Open(t.Context(), c, app.Options{Hash: apptest.Cheap(), Getenv: func(string) string { return "" }, Report: func(err error) { t.Error(err) }})
	}
	a, err := open()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open(); err == nil {
		t.Error("the directory was opened twice")
	}
	if _, err := a.Setup.Init(t.Context(), access.System("cli"), setup.Admin{Name: "keeper", Password: apptest.Password}); err != nil {
		t.Fatal(err)
	}
	g, err := a.Session.Login(t.Context(), apptest.Origin("v1"), session.Login{Login: "keeper", Password: apptest.Password})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); a.Run(ctx) }()
	stop()
	<-done
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if a, err = open(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := a.Session.Authenticate(t.Context(), apptest.Origin("v1"), g.Token); err != nil {
		t.Errorf("the token from before: %v", err)
	}
	if _, err := a.Session.Login(t.Context(), apptest.Origin("v1"), session.Login{Login: "keeper", Password: apptest.Password}); err != nil {
		t.Errorf("the password from before: %v", err)
	}
	rep, err := a.DB.Verify(t.Context())
	if err != nil || !rep.OK() {
		t.Errorf("%+v %v", rep, err)
	}
}

// TestWatchersHearOfWhatWasDone and of nothing that was refused.
func TestWatchersHearOfWhatWasDone(t *testing.T) {
	a := apptest.Open(t)
	watch := a.Events.Watch("")
	made := a.Account(2, "heard")
	e, err := watch.Next(t.Context(), a.Super)
	if err != nil || e.Type != "account" || e.Action != "account.create" || e.Tenant != 2 || e.Object == "" {
		t.Errorf("%+v %v for account %d", e, err, made.ID)
	}
}
