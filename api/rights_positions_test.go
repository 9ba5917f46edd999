package api_test

import (
	"fmt"

	"stoa/app/position"
)

// standing is a post and a grade of organisation 1, for one call.
type standing struct {
	post, grade uint64
	state       func() string
}

func (h *house) positions(name string) standing {
	h.t.Helper()
	ctx, by := h.t.Context(), h.Super
	post, err1 := h.Position.Create(ctx, by, position.Post, position.New{Tenant: 1, Name: "post " + name})
	grade, err2 := h.Position.Create(ctx, by, position.Grade, position.New{Tenant: 1, Name: "grade " + name})
	if err1 != nil || err2 != nil {
		h.t.Fatal(err1, err2)
	}
	return standing{post.ID, grade.ID, func() string {
		p, err1 := h.Position.Get(ctx, by, position.Post, post.ID)
		g, err2 := h.Position.Get(ctx, by, position.Grade, grade.ID)
		if err1 != nil || err2 != nil {
			return fmt.Sprint(err1, err2)
		}
		return fmt.Sprintf(", post %d %s, grade %d %s", p.Version, p.Name, g.Version, g.Name)
	}}
}
