// Package estate is everything that a tenant owns, taken together: how it goes when
// a company is deleted, and how what is kept of it is counted again. It knows the
// services of the domain and none of their rows.
package estate

import (
	"context"

	"stoa/app/access"
	"stoa/app/accesskey"
	"stoa/app/account"
	"stoa/app/application"
	"stoa/app/audit"
	"stoa/app/bucket"
	"stoa/app/cloud"
	"stoa/app/company"
	"stoa/app/depot"
	"stoa/app/image"
	"stoa/app/intake"
	"stoa/app/link"
	"stoa/app/notice"
	"stoa/app/org"
	"stoa/app/position"
	"stoa/app/role"
	"stoa/app/segment"
	"stoa/app/source"
	"stoa/app/tally"
	"stoa/app/task"
	"stoa/app/upload"
	"stoa/app/usage"
	"stoa/store"
)

// Owners are the services that keep something of tenants.
type Owners struct {
	Bucket      *bucket.Service
	Upload      *upload.Service
	Depot       *depot.Service
	Usage       *usage.Service
	Cloud       *cloud.Service
	Image       *image.Service
	AccessKey   *accesskey.Service
	Task        *task.Service
	Intake      *intake.Service
	Notice      *notice.Service
	Link        *link.Service
	Segment     *segment.Service
	Application *application.Service
	Source      *source.Service
	Account     *account.Service
	Role        *role.Service
	Position    *position.Service
	Org         *org.Service
	Tally       *tally.Service
	Audit       *audit.Service
}

// Estate is how all of it goes, in the order that it needs: files before the
// credentials of the places where they lie, people before what they hold. A new
// kind of thing that belongs to a tenant is a line here; a test compares the store
// before there was a company with the one after it.
func (o Owners) Estate() company.Estate {
	return company.Estate{Files: o.files, Gone: o.gone, Sweep: o.Depot.Sweep, Ended: o.Role.Refresh, Parts: []company.Part{
		{Kind: "access_keys", Tx: plain(o.AccessKey.PurgeTx)},
		{Kind: "images", Tx: plain(o.Image.PurgeTx)},
		{Kind: "credentials", Tx: o.Cloud.PurgeTx},
		{Kind: "tasks", Tx: o.Task.PurgeTx},
		{Kind: "imports", Tx: o.Intake.PurgeTx},
		{Kind: "notices", Tx: o.Notice.PurgeTx},
		{Kind: "links", Tx: o.Link.PurgeTx},
		{Kind: "segments", Tx: o.Segment.PurgeTx},
		{Kind: "applications", Tx: o.Application.PurgeTx},
		{Kind: "sources", Tx: o.Source.PurgeTx},
		{Kind: "accounts", Tx: o.accounts},
		{Kind: "roles", Tx: o.Role.PurgeTx},
		{Kind: "positions", Tx: o.Position.PurgeTx},
		{Kind: "departments", Tx: o.Org.PurgeTx},
		{Kind: "figures", Tx: o.Tally.PurgeTx},
		{Kind: "settings", Tx: o.Audit.PurgeTx},
		{Kind: "usage", Tx: o.usage},
	}}
}

// files removes unfinished uploads, then files and buckets.
func (o Owners) files(tx *store.Tx, by access.Actor, tenant uint64) (bucket.Purged, bool, error) {
	if more, err := o.Upload.PurgeTx(tx, tenant); err != nil || more {
		return bucket.Purged{}, more, err
	}
	return o.Bucket.PurgeTx(tx, by, tenant)
}

// gone reports whether no byte of a tenant's files lies anywhere.
func (o Owners) gone(r store.Reader, tenant uint64) (bool, error) {
	shares, err := o.Depot.SharesTx(r, tenant)
	return len(shares) == 0, err
}

// plain is a removal that records nobody.
func plain(fn func(*store.Tx, uint64) (int, bool, error)) func(*store.Tx, access.Actor, uint64) (int, bool, error) {
	return func(tx *store.Tx, _ access.Actor, tenant uint64) (int, bool, error) { return fn(tx, tenant) }
}

// usage is the last to go: it is what is left to be counted.
func (o Owners) usage(tx *store.Tx, _ access.Actor, tenant uint64) (int, bool, error) {
	more, err := o.Usage.ForgetTx(tx, tenant, 50)
	return 0, more, err
}

// accounts deletes some, under the rules for every account.
func (o Owners) accounts(tx *store.Tx, by access.Actor, tenant uint64) (int, bool, error) {
	ids, err := o.Account.SomeTx(tx, tenant, 5)
	if err != nil {
		return 0, false, err
	}
	for i, id := range ids {
		if tx.Full() {
			return i, true, nil
		}
		if err := o.Account.DeleteTx(tx, by, id); err != nil {
			return i, false, err
		}
	}
	return len(ids), len(ids) > 0, nil
}

// Check counts what tenants keep again, holds it against what was counted as it
// came and went, and the pieces against the bytes; deep reads every byte, else
// sizes are compared. It answers what is wrong, in words.
func (o Owners) Check(ctx context.Context, db *store.DB, deep bool) (problems []string, err error) {
	err = db.View(ctx, func(r store.Reader) error {
		problems = nil
		counted := map[uint64]usage.Usage{}
		for _, check := range []func(store.Reader, map[uint64]usage.Usage) ([]string, error){o.Bucket.CheckTx, o.Upload.CheckTx, o.Usage.CheckTx} {
			found, err := check(r, counted)
			if problems = append(problems, found...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return problems, err
	}
	found, err := o.Depot.Check(ctx, deep)
	return append(problems, found...), err
}
