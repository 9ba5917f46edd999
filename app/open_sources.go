package app

import (
	"context"
	"sync"

	"stoa/app/admission"
	"stoa/app/link"
	"stoa/app/source"
	"stoa/app/source/roster"
	"stoa/app/source/trip"
	"stoa/store"
)

// buildSources makes the services of signing in from elsewhere, and of links to
// elsewhere.
func (a *App) buildSources(schema *store.Schema, c Config) {
	a.Source = source.NewService(schema, source.Deps{Account: a.Account, Org: a.Org, Audit: a.Audit, Seal: a.Seal, Throttle: a.Throttle,
		Deleted: func(tx *store.Tx, id uint64) error { return a.Roster.ForgetTx(tx, id) }})
	a.Trip = trip.NewService(schema, trip.Deps{Source: a.Source, Admission: a.Admission, Account: a.Account, Audit: a.Audit, Seal: a.Seal, Throttle: a.Throttle,
		PublicURL: func() string { return publicURL(c) }})
	a.Roster = roster.NewService(schema, roster.Deps{Source: a.Source, Account: a.Account, Audit: a.Audit})
	a.Link = link.NewService(schema, link.Deps{Audit: a.Audit})
}

// bindSources gives them the opened store.
func (a *App) bindSources() {
	a.Source.Bind(a.DB)
	a.Trip.Bind(a.DB)
	a.Roster.Bind(a.DB)
	a.Link.Bind(a.DB)
}

// elsewhere is who proves passwords that other systems keep.
func (a *App) elsewhere() admission.Elsewhere { return a.Source }

func (a *App) runSources(ctx context.Context, all *sync.WaitGroup) {
	all.Go(func() { a.Roster.Run(ctx, a.report) })
}
