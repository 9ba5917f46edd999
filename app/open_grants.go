package app

import (
	"context"

	"stoa/app/directory"
	"stoa/app/menu"
	"stoa/app/resource"
	"stoa/app/role"
	"stoa/store"
)

// buildGrants makes what rights are made of: menus, resources, roles.
func (a *App) buildGrants(schema *store.Schema, accounts *directory.Service) {
	a.Menu = menu.NewService(schema, menu.Deps{Audit: a.Audit})
	a.Resource = resource.NewService(schema, resource.Deps{Audit: a.Audit})
	a.Role = role.NewService(schema, role.Deps{Audit: a.Audit, Org: a.Org, Directory: accounts, Menu: a.Menu, Resource: a.Resource,
		Refusal: a.refusals(schema)})
}

func (a *App) bindGrants(ctx context.Context) error {
	a.Menu.Bind(a.DB)
	a.Resource.Bind(a.DB)
	return a.Role.Bind(ctx, a.DB)
}
