package app

import (
	"stoa/app/directory"
	"stoa/app/position"
	"stoa/store"
)

// buildPositions makes the posts and grades, which count those who hold them.
func (a *App) buildPositions(schema *store.Schema, accounts *directory.Service) {
	a.Position = position.NewService(schema, position.Deps{Audit: a.Audit, Holders: accounts.Holders})
}
