package app

import (
	"context"
	"time"

	"stoa/app/backup"
	"stoa/app/dialect"
	"stoa/store"
)

// buildKeeping makes the services that keep things: backups, and which APIs are used.
func (a *App) buildKeeping(schema *store.Schema, c Config, o Options) {
	d := c.Dialects
	a.Dialect = dialect.New(schema, a.Audit, []dialect.Known{{Name: "datacanvas", Enabled: d.DataCanvas.Enabled}, {Name: "casdao", Enabled: d.Casdao.Enabled},
		{Name: "pcloud", Enabled: d.PCloud.Enabled}, {Name: "channel", Enabled: d.Channel.Enabled}, {Name: "gallery", Enabled: d.Gallery.Enabled},
		{Name: "kodo", Enabled: d.Kodo.Enabled}, {Name: "v1", Enabled: true, Fixed: true}})
	a.Backup = backup.New(schema, backup.Deps{Audit: a.Audit, Box: a.Seal, DataDir: c.DataDir, Product: o.Version, Plan: c.backupPlan()})
}

// bindKeeping gives them the opened store.
func (a *App) bindKeeping(ctx context.Context) error {
	a.Backup.Bind(a.DB)
	a.System.Watch(a.Backup.Warnings)
	return a.Dialect.Bind(ctx, a.DB)
}

// runKeeping are their workers.
func (a *App) runKeeping(ctx context.Context, node string) []func() {
	return []func(){
		func() { a.Backup.Run(ctx, node, a.report) },
		func() { a.Dialect.Run(ctx, a.report) },
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
