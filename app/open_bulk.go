package app

import (
	"context"
	"path/filepath"

	"stoa/app/access"
	"stoa/app/cloud"
	"stoa/app/company"
	"stoa/app/directory"
	"stoa/app/extract"
	"stoa/app/fault"
	"stoa/app/folder"
	"stoa/app/intake"
	"stoa/app/shelf"
	"stoa/app/task"
	"stoa/store"
)

// buildBulk makes the queue of background work, and what is done in it.
func (a *App) buildBulk(schema *store.Schema, accounts *directory.Service, c Config) error {
	var err error
	if a.Shelf, err = shelf.Open(filepath.Join(c.DataDir, "files")); err != nil {
		return err
	}
	a.Task = task.NewService(schema, task.Deps{Audit: a.Audit, Events: a.Events, Kinds: a.kinds(), Holder: task.HolderOf(c.DataDir, nodeName()),
		Actor: a.Session.Acting, Sees: func(r store.Reader, by access.Actor, account uint64) (bool, error) {
			_, err := accounts.VisibleTx(r, by, account)
			if fault.KindOf(err) == fault.NotFound && err != nil {
				return false, nil
			}
			return err == nil, err
		}})
	a.Extract = extract.New(extract.Deps{Account: a.Account, Org: a.Org, Task: a.Task, Shelf: a.Shelf, Zone: c.Location(), Roles: a.roleNames})
	a.Intake = intake.NewService(schema, intake.Deps{Account: a.Account, Org: a.Org, Audit: a.Audit, Task: a.Task, Shelf: a.Shelf,
		Workers: a.hasher.Workers(), Roles: a.roleNames})
	return nil
}

// kinds are the built-in workers.
func (a *App) kinds() []task.Kind {
	return append(intake.Kinds(func() *intake.Service { return a.Intake }), extract.Kind(func() *extract.Service { return a.Extract }),
		cloud.Kind(func() *cloud.Service { return a.Cloud }), company.PurgeKind(func() *company.Service { return a.Company }),
		folder.Kind(func() *folder.Service { return a.Folder }))
}

// roleNames are the roles that files of accounts name.
func (a *App) roleNames(_ context.Context, by access.Actor) ([]extract.Role, error) {
	var out []extract.Role
	for _, r := range a.Role.Named(by) {
		out = append(out, extract.Role{ID: r.ID, Code: r.Code, Name: r.Name})
	}
	return out, nil
}

func (a *App) bindBulk() {
	a.Task.Bind(a.DB)
	a.Intake.Bind(a.DB)
}

// tidy removes the files that no task and no import needs any more.
func (a *App) tidy(ctx context.Context) error {
	_, err := a.Shelf.Sweep(func(name string) (bool, error) {
		kept, err := a.Task.Keeps(ctx, name)
		if err != nil || kept {
			return kept, err
		}
		return a.Intake.Keeps(ctx, name)
	})
	return err
}
