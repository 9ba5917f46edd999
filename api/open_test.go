package api_test

import (
	"context"
	"net/http"
	"testing"

	"stoa/api"
	"stoa/api/casdao"
	"stoa/api/channel"
	"stoa/api/datacanvas"
	"stoa/api/gallery"
	"stoa/api/kodo"
	"stoa/api/pcloud"
	"stoa/api/wire"
	"stoa/app"
	"stoa/app/apptest"
	"stoa/app/session"
)

// openDocumented is an App as the documents' pages assume it: set up, with the
// sample organisations, and a super administrator's token.
func openDocumented(t testing.TB) (*apptest.App, string) {
	t.Helper()
	a := apptest.Open(t, func(c *app.Config) { c.TimeZone = "Asia/Shanghai" })
	grant, err := a.Session.Login(context.Background(), apptest.Origin("test"), session.Login{Login: apptest.SuperName, Password: apptest.Password})
	if err != nil {
		t.Fatal(err)
	}
	return a, grant.Token
}

// handlerOf is the whole wire side over an App.
func handlerOf(t testing.TB, a *apptest.App) http.Handler {
	t.Helper()
	return api.Handler(a.App, api.Options{Clock: a.Clock.Now})
}

// dialectsOf are the documented dialects.
func dialectsOf(a *apptest.App) []wire.Dialect {
	return []wire.Dialect{casdao.New(a.App), channel.New(a.App), datacanvas.New(a.App), gallery.New(a.App), kodo.New(a.App, nil), pcloud.New(a.App)}
}
