package app

import (
	"context"

	"stoa/app/cloud"
	"stoa/app/egress"
	"stoa/app/task"
	"stoa/store"
)

// buildCloud makes the service of tenants' own buckets.
func (a *App) buildCloud(schema *store.Schema) {
	a.Cloud = cloud.NewService(schema, cloud.Deps{Audit: a.Audit, Seal: a.Seal, Events: a.Events, Depot: a.Depot,
		Task: func() *task.Service { return a.Task }, Most: a.Config.Storage.Credentials, Guard: egress.Policy{Trust: a.Config.Egress.Allow}})
}

// inline reports whether a tenant's small files may live in the store: not those
// of a tenant that has buckets of its own.
func (a *App) inline(ctx context.Context, tenant uint64) (bool, error) {
	own, err := a.Cloud.Has(ctx, tenant)
	return !own, err
}
