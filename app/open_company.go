package app

import (
	"context"
	"sync"
	"time"

	"stoa/app/access"
	"stoa/app/bucket"
	"stoa/app/company"
	"stoa/app/directory"
	"stoa/app/task"
	"stoa/blob/disk"
	"stoa/store"
)

// alertEvery is how often quotas and expiries are looked at.
const alertEvery = 10 * time.Minute

// buildCompanies makes the resellers and their companies.
func (a *App) buildCompanies(schema *store.Schema, accounts *directory.Service, c Config) {
	a.Company = company.NewService(schema, company.Deps{Org: a.Org, Account: a.Account, Usage: a.Usage, Audit: a.Audit, Task: a.Task, Notice: a.Notice,
		Estate: a.estate(accounts), Disk: func() int64 { return disk.Size(c.DataDir) }, Free: int64(c.Tenants.FreeQuota),
		After: c.Tenants.DeleteAfter, Zone: c.Location(), Language: c.Message.Language})
}

func (a *App) bindCompanies() { a.Company.Bind(a.DB) }

// companyKinds is the background work.
func (a *App) companyKinds() []task.Kind {
	return []task.Kind{company.PurgeKind(func() *company.Service { return a.Company })}
}

// estate is everything that a company owns. A new kind of thing that belongs to a
// tenant is a line here; a test compares the store before a company with the one
// after it.
func (a *App) estate(accounts *directory.Service) company.Estate {
	return company.Estate{Files: a.purgeFiles, Gone: a.bytesGone, Sweep: a.Depot.Sweep, Ended: a.Role.Refresh, Parts: []company.Part{
		{Kind: "access_keys", Tx: func(tx *store.Tx, _ access.Actor, tenant uint64) (int, bool, error) {
			return a.AccessKey.PurgeTx(tx, tenant)
		}},
		{Kind: "tasks", Tx: a.Task.PurgeTx},
		{Kind: "imports", Tx: a.Intake.PurgeTx},
		{Kind: "notices", Tx: a.Notice.PurgeTx},
		{Kind: "links", Tx: a.Link.PurgeTx},
		{Kind: "segments", Tx: a.Segment.PurgeTx},
		{Kind: "applications", Tx: a.Application.PurgeTx},
		{Kind: "sources", Tx: a.Source.PurgeTx},
		{Kind: "accounts", Tx: func(tx *store.Tx, by access.Actor, tenant uint64) (int, bool, error) {
			return a.purgeAccounts(tx, by, accounts, tenant)
		}},
		{Kind: "roles", Tx: a.Role.PurgeTx},
		{Kind: "positions", Tx: a.Position.PurgeTx},
		{Kind: "departments", Tx: a.Org.PurgeTx},
		{Kind: "figures", Tx: a.Tally.PurgeTx},
		{Kind: "settings", Tx: a.Audit.PurgeTx},
		{Kind: "usage", Tx: func(tx *store.Tx, _ access.Actor, tenant uint64) (int, bool, error) {
			more, err := a.Usage.ForgetTx(tx, tenant, 50)
			return 0, more, err
		}},
	}}
}

// purgeFiles removes unfinished uploads, then files and buckets.
func (a *App) purgeFiles(tx *store.Tx, by access.Actor, tenant uint64) (bucket.Purged, bool, error) {
	if more, err := a.Upload.PurgeTx(tx, tenant); err != nil || more {
		return bucket.Purged{}, more, err
	}
	return a.Bucket.PurgeTx(tx, by, tenant)
}

// bytesGone reports whether no byte of a tenant's files lies anywhere.
func (a *App) bytesGone(r store.Reader, tenant uint64) (bool, error) {
	shares, err := a.Depot.SharesTx(r, tenant)
	return len(shares) == 0, err
}

// purgeAccounts deletes some accounts, under the rules for every account.
func (a *App) purgeAccounts(tx *store.Tx, by access.Actor, accounts *directory.Service, tenant uint64) (int, bool, error) {
	ids, err := accounts.SomeTx(tx, tenant, 5)
	if err != nil {
		return 0, false, err
	}
	for i, id := range ids {
		if tx.Full() {
			return i, true, nil
		}
		if err := a.Account.DeleteTx(tx, by, id); err != nil {
			return i, false, err
		}
	}
	return len(ids), len(ids) > 0, nil
}

// runCompanies are the workers.
func (a *App) runCompanies(ctx context.Context, all *sync.WaitGroup) {
	all.Go(func() { a.every(ctx, nil, a.Company.Resume) })
	all.Go(func() {
		tick := time.NewTicker(alertEvery)
		defer tick.Stop()
		for ctx.Err() == nil {
			if err := a.Company.Alert(ctx); err != nil && ctx.Err() == nil {
				a.report(err)
			}
			select {
			case <-ctx.Done():
			case <-tick.C:
			}
		}
	})
}
