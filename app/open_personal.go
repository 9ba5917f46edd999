package app

import (
	"context"
	"path/filepath"

	"stoa/app/avatar"
	"stoa/app/notice"
	"stoa/app/preference"
	"stoa/app/tally"
	"stoa/blob/disk"
	"stoa/store"
)

// buildPersonal makes the services of what people have for themselves.
func (a *App) buildPersonal(schema *store.Schema, o Options) {
	a.Blob = o.Blob
	a.Preference = preference.New(schema)
	a.Notice = notice.NewService(schema, notice.Deps{Audit: a.Audit, Directory: a.Account.Service, Org: a.Org, Publish: a.Events.Publish})
	a.Tally = tally.New(schema, a.Now, a.Config.Location())
	a.Avatar = avatar.New(schema, avatar.Deps{Audit: a.Audit, Dropped: a.stir})
}

// bindPersonal opens the blobs and gives the services their store.
func (a *App) bindPersonal() error {
	if a.Blob == nil {
		blobs, err := disk.Open(filepath.Join(a.Config.DataDir, "blobs"), disk.Options{})
		if err != nil {
			return err
		}
		a.Blob = blobs
	}
	a.Preference.Bind(a.DB)
	a.Avatar.Bind(a.DB, a.Blob)
	a.Notice.Bind(a.DB)
	a.Tally.Bind(a.DB)
	return nil
}

// closePersonal closes the blobs.
func (a *App) closePersonal() error {
	if a.Blob == nil {
		return nil
	}
	return a.Blob.Close()
}

// forgetTx removes what belongs to an account, in the commit that deletes it.
func (a *App) forgetTx(tx *store.Tx, account uint64) error {
	if err := a.Follow.ForgetTx(tx, account); err != nil {
		return err
	}
	if err := a.Notice.ForgetTx(tx, account); err != nil {
		return err
	}
	if err := a.Source.ForgetTx(tx, account); err != nil {
		return err
	}
	if err := a.Org.ForgetManagerTx(tx, account); err != nil {
		return err
	}
	if err := a.AccessKey.ForgetTx(tx, account); err != nil {
		return err
	}
	return a.Preference.ForgetTx(tx, account)
}

// showTx tells the pictures that an account shows another one.
func (a *App) showTx(tx *store.Tx, before, after string) error {
	return a.Avatar.UseTx(tx, before, after)
}

// checkBlobs reads what rows tell of blobs against the blobs.
func (a *App) checkBlobs(ctx context.Context) ([]string, error) {
	problems, err := a.Avatar.Check(ctx)
	if err != nil {
		return problems, err
	}
	more, err := a.CheckStorage(ctx, false)
	return append(problems, more...), err
}
