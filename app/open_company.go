package app

import (
	"stoa/app/company"
	"stoa/app/estate"
	"stoa/blob/disk"
	"stoa/store"
)

// owners are the services that keep something of tenants.
func (a *App) owners() estate.Owners {
	return estate.Owners{Bucket: a.Bucket, Upload: a.Upload, Depot: a.Depot, Usage: a.Usage, Cloud: a.Cloud, Image: a.Image, AccessKey: a.AccessKey, Task: a.Task,
		Intake: a.Intake, Notice: a.Notice, Link: a.Link, Segment: a.Segment, Application: a.Application, Source: a.Source, Account: a.Account,
		Role: a.Role, Position: a.Position, Org: a.Org, Tally: a.Tally, Audit: a.Audit}
}

// buildCompanies makes the resellers and their companies.
func (a *App) buildCompanies(schema *store.Schema, c Config) {
	a.Company = company.NewService(schema, company.Deps{Org: a.Org, Account: a.Account, Usage: a.Usage, Bucket: a.Bucket, Audit: a.Audit, Task: a.Task,
		Notice: a.Notice, Estate: a.owners().Estate(), Disk: func() int64 { return disk.Size(c.DataDir) }, Free: int64(c.Tenants.FreeQuota),
		After: c.Tenants.DeleteAfter, Zone: c.Location(), Language: c.Message.Language})
}
