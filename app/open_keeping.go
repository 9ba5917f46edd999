package app

import (
	"context"
	"time"

	"stoa/app/backup"
	"stoa/store"
)

// buildKeeping makes the services that keep things: backups.
func (a *App) buildKeeping(schema *store.Schema, c Config, o Options) {
	a.Backup = backup.New(schema, backup.Deps{Audit: a.Audit, Box: a.Seal, DataDir: c.DataDir, Product: o.Version, Plan: c.backupPlan()})
}

// bindKeeping gives them the opened store.
func (a *App) bindKeeping() {
	a.Backup.Bind(a.DB)
	a.System.Watch(a.Backup.Warnings)
}

// runKeeping are their workers.
func (a *App) runKeeping(ctx context.Context, node string) []func() {
	return []func(){
		func() { a.Backup.Run(ctx, node, a.report) },
	}
}

// backupPlan is the configured schedule. Check has tried the texts.
func (c Config) backupPlan() backup.Plan {
	p := backup.Plan{Dir: c.Backup.Dir, Every: c.Backup.Every, At: -1, Keep: c.Backup.Keep, Daily: c.Backup.Daily, Weekly: c.Backup.Weekly, Zone: c.Location()}
	if at, err := time.Parse("15:04", c.Backup.At); err == nil {
		p.At = time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute
	}
	return p
}
