package app

import (
	"errors"
	"os"
	"path/filepath"

	"stoa/app/access"
	"stoa/app/directory"
	"stoa/app/fault"
	"stoa/app/task"
	"stoa/store"
)

// buildBulk makes the queue of background work, and what is done in it.
func (a *App) buildBulk(schema *store.Schema, accounts *directory.Service, c Config) {
	a.Task = task.NewService(schema, task.Deps{Audit: a.Audit, Events: a.Events, Kinds: a.kinds(), Holder: holder(c),
		Actor: a.Session.Acting, Sees: func(r store.Reader, by access.Actor, account uint64) (bool, error) {
			_, err := accounts.VisibleTx(r, by, account)
			if fault.KindOf(err) == fault.NotFound && err != nil {
				return false, nil
			}
			return err == nil, err
		}})
}

// kinds are the built-in workers.
func (a *App) kinds() []task.Kind { return nil }

func (a *App) bindBulk() { a.Task.Bind(a.DB) }

// holder is this node as a holder of leases: the machine and the data directory,
// which no two processes have open at a time.
func holder(c Config) string {
	host, err := os.Hostname()
	dir, err2 := filepath.Abs(c.DataDir)
	if errors.Join(err, err2) != nil {
		return nodeName()
	}
	return host + ":" + dir
}
