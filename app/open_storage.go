package app

import (
	"context"

	"stoa/app/accesskey"
	"stoa/app/bucket"
	"stoa/app/depot"
	"stoa/app/upload"
	"stoa/app/usage"
	"stoa/blob"
	"stoa/store"
)

// buildStorage makes the services of what tenants keep.
func (a *App) buildStorage(schema *store.Schema) {
	a.Usage = usage.New(schema, a.Org, a.Config.Location())
	a.Depot = depot.New(schema, a.stir)
	a.Bucket = bucket.NewService(schema, bucket.Deps{Audit: a.Audit, Depot: a.Depot, Usage: a.Usage, Stir: a.stir,
		Inline: func(context.Context, uint64) (bool, error) { return true, nil }})
	a.Upload = upload.New(schema, upload.Deps{Bucket: a.Bucket, Depot: a.Depot, Usage: a.Usage, Stir: a.stir})
	a.AccessKey = accesskey.New(schema, accesskey.Deps{Audit: a.Audit, Seal: a.Seal, Actor: a.Session.Acting})
}

func (a *App) bindStorage() {
	a.Usage.Bind(a.DB)
	a.Depot.Bind(a.DB, appliance{a.Blob})
	a.Bucket.Bind(a.DB)
	a.Upload.Bind(a.DB)
	a.AccessKey.Bind(a.DB)
}

// sweepStorage removes what nobody names any more, and writes down what is only
// written now and then.
func (a *App) sweepStorage(ctx context.Context) error {
	if err := a.Upload.Sweep(ctx); err != nil {
		return err
	}
	if err := a.Bucket.Sweep(ctx); err != nil {
		return err
	}
	if err := a.Depot.Sweep(ctx); err != nil {
		return err
	}
	if err := a.AccessKey.Flush(ctx); err != nil {
		return err
	}
	return a.Usage.Note(ctx)
}

// CheckStorage counts what tenants keep again, holds it against what was counted
// as it came and went, and the pieces against the bytes; deep reads every byte,
// else sizes are compared. It answers what is wrong, in words.
func (a *App) CheckStorage(ctx context.Context, deep bool) (problems []string, err error) {
	err = a.DB.View(ctx, func(r store.Reader) error {
		problems = nil
		counted := map[uint64]usage.Usage{}
		for _, check := range []func(store.Reader, map[uint64]usage.Usage) ([]string, error){a.Bucket.CheckTx, a.Upload.CheckTx, a.Usage.CheckTx} {
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
	found, err := a.Depot.Check(ctx, deep)
	return append(problems, found...), err
}

// appliance is the one place that there is.
type appliance struct{ blobs blob.Store }

func (p appliance) For(context.Context, uint64, string) ([]uint64, error) {
	return []uint64{depot.Appliance}, nil
}
func (p appliance) Store(context.Context, uint64) (blob.Store, error) { return p.blobs, nil }
func (p appliance) All(context.Context) ([]uint64, error)             { return []uint64{depot.Appliance}, nil }
func (p appliance) Report(uint64, error)                              {}
