package app

import (
	"context"
	"errors"

	"stoa/app/application/calls"
	"stoa/app/role/refusal"
	"stoa/store"
)

// buildLedger makes what remembers use and refusals: which calls applications make,
// and what was refused.
func (a *App) buildLedger(schema *store.Schema) {
	a.Calls = calls.New(schema, a.Application)
}

func (a *App) bindLedger(ctx context.Context) error {
	a.Calls.Bind(a.DB)
	return a.refusal.Bind(ctx, a.DB)
}

// runLedger are their writers.
func (a *App) runLedger(ctx context.Context) []func() {
	return []func(){
		func() { a.Calls.Run(ctx, a.report) },
		func() { a.refusal.Run(ctx, a.report) },
	}
}

// closeLedger writes what came in the last seconds.
func (a *App) closeLedger(ctx context.Context) error {
	return errors.Join(a.Calls.Flush(ctx), a.refusal.Flush(ctx))
}

// refusals are kept by a service that package role asks.
func (a *App) refusals(schema *store.Schema) *refusal.Service {
	a.refusal = refusal.New(schema)
	return a.refusal
}
