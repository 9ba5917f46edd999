// Package structure is the posts and grades of an organisation: what people are
// in it. One area of the native API; it puts the domain's operations on the wire
// and knows no other area.
package structure

import (
	"net/http"
	"slices"
	"time"

	"stoa/api/v1/rest"
	"stoa/api/wire"
	"stoa/app"
	"stoa/app/access"
	"stoa/app/listing"
	"stoa/app/position"
)

// Post is what somebody does in an organisation.
type Post struct {
	ID         uint64    `json:"id"`
	Name       string    `json:"name"`
	Tenant     uint64    `json:"tenant"`
	Parent     uint64    `json:"parent" description:"post above; 0 = none"`
	ParentName string    `json:"parent_name"`
	Accounts   int       `json:"accounts" minimum:"0" description:"who holds it, of those that the caller sees"`
	CreatedAt  time.Time `json:"created_at"`
	ModifiedAt time.Time `json:"modified_at"`
	ModifiedBy string    `json:"modified_by"`
	Version    uint64    `json:"version" description:"for If-Match"`
}

// PostNode is a post with those below it.
type PostNode struct {
	ID       uint64     `json:"id"`
	Name     string     `json:"name"`
	Parent   uint64     `json:"parent" description:"post above; 0 = none"`
	Accounts int        `json:"accounts" minimum:"0" description:"who holds it, of those that the caller sees"`
	Children []PostNode `json:"children"`
}

// PostForest is the posts of an organisation.
type PostForest struct {
	Items []PostNode `json:"items" description:"the posts at the top"`
}

// PostNew is a new post.
type PostNew struct {
	Name   string `json:"name" minLength:"1" maxLength:"64"`
	Parent uint64 `json:"parent,omitempty" description:"post above; 0 = none"`
	Tenant uint64 `json:"tenant,omitempty" description:"another organisation than the caller's: super administrators only"`
}

// PostChange changes what is given.
type PostChange struct {
	Name   *string `json:"name,omitempty" maxLength:"64"`
	Parent *uint64 `json:"parent,omitempty" description:"moves it with all below it; 0 = to the top"`
}

// Grade is how high somebody stands in an organisation.
type Grade struct {
	ID         uint64    `json:"id"`
	Name       string    `json:"name"`
	Tenant     uint64    `json:"tenant"`
	Accounts   int       `json:"accounts" minimum:"0" description:"who has it, of those that the caller sees"`
	CreatedAt  time.Time `json:"created_at"`
	ModifiedAt time.Time `json:"modified_at"`
	ModifiedBy string    `json:"modified_by"`
	Version    uint64    `json:"version" description:"for If-Match"`
}

// GradeNew is a new grade.
type GradeNew struct {
	Name   string `json:"name" minLength:"1" maxLength:"64"`
	Tenant uint64 `json:"tenant,omitempty" description:"another organisation than the caller's: super administrators only"`
}

// GradeChange changes what is given.
type GradeChange struct {
	Name *string `json:"name,omitempty" maxLength:"64"`
}

// PositionQuery selects posts or grades.
type PositionQuery struct {
	rest.Search
	Tenant uint64 `query:"tenant" description:"another organisation than the caller's: super administrators only"`
}

// PostTreeQuery says whose posts are asked for.
type PostTreeQuery struct {
	Tenant uint64 `query:"tenant" description:"another organisation than the caller's: super administrators only"`
}

type handlers struct{ app *app.App }

// Routes are the area's calls.
func Routes(a *app.App) []wire.Route {
	h := handlers{a}
	return slices.Concat(h.postRoutes(), h.gradeRoutes())
}

func (h handlers) postRoutes() []wire.Route {
	const tag, all, one = "posts", "/v1/posts", "/v1/posts/{id}"
	reads, writes := access.Of(access.PostRead), access.Of(access.PostWrite)
	return []wire.Route{
		{Method: "GET", Path: all, Name: "v1.posts.list", Handle: h.postList, Needs: reads, Query: PositionQuery{}, Out: rest.Page[Post]{},
			Long: true, Tag: tag, Summary: "List posts by name"},
		{Method: "POST", Path: all, Name: "v1.posts.create", Handle: rest.Once(h.app.Idempotency, h.createPost), Needs: writes,
			In: PostNew{}, Out: Post{}, Status: http.StatusCreated, Tag: tag, Summary: "Make a post"},
		{Method: "GET", Path: all + "/tree", Name: "v1.posts.tree", Handle: h.postTree, Needs: reads, Query: PostTreeQuery{}, Out: PostForest{},
			Tag: tag, Summary: "Read the tree of posts"},
		{Method: "GET", Path: one, Name: "v1.posts.get", Handle: h.getPost, Needs: reads, Out: Post{}, Tag: tag, Summary: "Read a post"},
		{Method: "PATCH", Path: one, Name: "v1.posts.update", Handle: h.updatePost, Needs: writes, In: PostChange{}, Out: Post{},
			Tag: tag, Summary: "Change or move a post"},
		{Method: "DELETE", Path: one, Name: "v1.posts.delete", Handle: h.remove(position.Post), Needs: writes, Status: http.StatusNoContent,
			Tag: tag, Summary: "Delete a post that nobody holds"},
	}
}

func (h handlers) gradeRoutes() []wire.Route {
	const tag, all, one = "grades", "/v1/grades", "/v1/grades/{id}"
	reads, writes := access.Of(access.GradeRead), access.Of(access.GradeWrite)
	return []wire.Route{
		{Method: "GET", Path: all, Name: "v1.grades.list", Handle: h.gradeList, Needs: reads, Query: PositionQuery{}, Out: rest.Page[Grade]{},
			Long: true, Tag: tag, Summary: "List grades by name"},
		{Method: "POST", Path: all, Name: "v1.grades.create", Handle: rest.Once(h.app.Idempotency, h.createGrade), Needs: writes,
			In: GradeNew{}, Out: Grade{}, Status: http.StatusCreated, Tag: tag, Summary: "Make a grade"},
		{Method: "GET", Path: one, Name: "v1.grades.get", Handle: h.getGrade, Needs: reads, Out: Grade{}, Tag: tag, Summary: "Read a grade"},
		{Method: "PATCH", Path: one, Name: "v1.grades.update", Handle: h.updateGrade, Needs: writes, In: GradeChange{}, Out: Grade{},
			Tag: tag, Summary: "Rename a grade"},
		{Method: "DELETE", Path: one, Name: "v1.grades.delete", Handle: h.remove(position.Grade), Needs: writes, Status: http.StatusNoContent,
			Tag: tag, Summary: "Delete a grade that nobody has"},
	}
}

// page is a page of positions, and who holds them.
func (h handlers) page(c *wire.Call, k position.Kind, q PositionQuery, at rest.Listing) (listing.Page[position.Position], map[uint64]int, error) {
	page, err := h.app.Position.List(c.Ctx(), c.Actor, k, position.Filter{Tenant: q.Tenant, Text: q.Q,
		Ask: listing.Ask{Page: at.Page, Limit: at.Limit, Cursor: at.Cursor}})
	if err != nil {
		return page, nil, err
	}
	ids := make([]uint64, len(page.Items))
	for i := range page.Items {
		ids[i] = page.Items[i].ID
	}
	held, err := h.app.Position.Holders(c.Ctx(), c.Actor, ids)
	return page, held, err
}

// remove deletes a position of a kind.
func (h handlers) remove(k position.Kind) wire.Handler {
	return func(c *wire.Call) (any, error) {
		id, err := c.ID("id")
		if err != nil {
			return nil, err
		}
		return wire.NoContent{}, h.app.Position.Delete(c.Ctx(), c.Actor, k, id)
	}
}

// change is what an update's body says, for the version that it is meant for.
func (h handlers) change(c *wire.Call, k position.Kind, change position.Change, version uint64) (*position.Position, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	return h.app.Position.Update(c.Ctx(), c.Actor, k, id, change, version)
}

// read is the position that a path names.
func (h handlers) read(c *wire.Call, k position.Kind) (*position.Position, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	return h.app.Position.Get(c.Ctx(), c.Actor, k, id)
}
