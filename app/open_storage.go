package app

import (
	"context"

	"stoa/app/accesskey"
	"stoa/app/bucket"
	"stoa/app/depot"
	"stoa/app/folder"
	"stoa/app/share"
	"stoa/app/task"
	"stoa/app/upload"
	"stoa/app/usage"
	"stoa/store"
)

// buildStorage makes the services of what tenants keep.
func (a *App) buildStorage(schema *store.Schema) {
	a.Usage = usage.New(schema, a.Org, a.Config.Location())
	a.Depot = depot.New(schema, a.stir)
	a.Bucket = bucket.NewService(schema, bucket.Deps{Audit: a.Audit, Depot: a.Depot, Usage: a.Usage, Stir: a.stir,
		Inline: a.inline})
	a.Upload = upload.New(schema, upload.Deps{Bucket: a.Bucket, Depot: a.Depot, Usage: a.Usage, Stir: a.stir})
	a.buildCloud(schema)
	a.AccessKey = accesskey.New(schema, accesskey.Deps{Audit: a.Audit, Seal: a.Seal, Actor: a.Session.Acting})
	a.Folder = folder.New(folder.Deps{Bucket: a.Bucket, Task: func() *task.Service { return a.Task }, Audit: a.Audit})
	a.Share = &share.Service{Bucket: a.Bucket, Key: a.AccessKey, Clock: a.Now}
}

func (a *App) bindStorage() {
	a.Usage.Bind(a.DB)
	a.Cloud.Bind(a.DB, a.Blob)
	a.Depot.Bind(a.DB, a.Cloud)
	a.Bucket.Bind(a.DB)
	a.Upload.Bind(a.DB)
	a.Folder.Bind(a.DB)
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

// CheckStorage counts what tenants keep again; see estate.Owners.Check.
func (a *App) CheckStorage(ctx context.Context, deep bool) (problems []string, err error) {
	return a.owners().Check(ctx, a.DB, deep)
}
