package view

import (
	"context"

	"stoa/app"
	"stoa/app/account"
)

// FillPositions names the posts and grades of accounts beside their views; one
// that is no longer there is left out.
func FillPositions(ctx context.Context, a *app.App, rows []account.Account, views []Account) error {
	var ids []uint64
	for i := range rows {
		ids = append(append(ids, rows[i].Posts...), rows[i].Grade)
	}
	found, err := a.Position.Find(ctx, ids)
	if err != nil {
		return err
	}
	for i := range rows {
		views[i].Posts = []PositionRef{}
		for _, id := range rows[i].Posts {
			if p := found[id]; p != nil {
				views[i].Posts = append(views[i].Posts, PositionRef{ID: p.ID, Name: p.Name})
			}
		}
		if p := found[rows[i].Grade]; p != nil {
			views[i].Grade, views[i].GradeName = p.ID, p.Name
		}
	}
	return nil
}
