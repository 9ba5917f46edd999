package app

import (
	"strings"

	"stoa/app/openid"
	"stoa/store"
)

// buildOpen makes the open platform's services.
func (a *App) buildOpen(schema *store.Schema, c Config) {
	a.OpenID = openid.New(schema, openid.Deps{Application: a.Application, Account: a.Account, Session: a.Session, Org: a.Org, Audit: a.Audit,
		Seal: a.Seal, Issuer: strings.TrimRight(publicURL(c), "/"), Derived: c.PublicURL == "", Codes: a.roleCodes})
}

// roleCodes names roles as other systems see them; one that is no longer there is
// left out.
func (a *App) roleCodes(ids []uint64) []string {
	out := []string{}
	for _, id := range ids {
		if r, ok := a.Role.Find(id); ok {
			out = append(out, r.Code)
		}
	}
	return out
}

// bindOpen gives them the opened store.
func (a *App) bindOpen() { a.OpenID.Bind(a.DB) }
