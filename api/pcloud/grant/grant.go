// Package grant is the part of the PCloud dialect about roles, menus, resources and
// what is granted by them. How an answer is wrapped it leaves to the dialect.
package grant

import (
	"slices"
	"time"

	"stoa/api/wire"
	"stoa/app"
	"stoa/app/fault"
)

// Dialect is what the calls need of the dialect around them.
type Dialect struct {
	App *app.App
	// List wraps a page of a list, with how many there are.
	List func(rows any, total int) any
	// Page reads the page that is asked for, and its size.
	Page func(page, pageNo, pageSize wire.Int) (number, size int, err error)
	// Stamp is a time as the dialect writes it; nil for none.
	Stamp func(time.Time) *string
}

// Routes are the calls under one prefix of the dialect.
func (d Dialect) Routes(prefix string) []wire.Route {
	h := handlers{d, d.App}
	return slices.Concat(h.roleRoutes(prefix), h.menuRoutes(prefix), h.resourceRoutes(prefix))
}

type handlers struct {
	Dialect
	app *app.App
}

// paging is how every list of this dialect asks for a page.
type paging struct {
	Page     wire.Int `json:"page"`
	PageNo   wire.Int `json:"pageNo"` // the front end's select boxes
	PageSize wire.Int `json:"pageSize"`
}

// modified is who changed a row last, and when; a row shows null where nobody did.
type modified struct {
	Date *string `json:"gmtModifiedDate"`
	Name *string `json:"gmtModifiedName"`
}

func (h handlers) modified(at time.Time, by string) modified {
	m := modified{Date: h.Stamp(at)}
	if by != "" {
		m.Name = &by
	}
	return m
}

// part is a page of a list that is at hand as a whole.
func part[T any](all []T, number, size int) []T {
	begin := min((number-1)*size, len(all))
	return all[begin:min(begin+size, len(all))]
}

// named refuses a body without a name.
func named(name wire.Text) error {
	if name == "" {
		return fault.New(fault.Missing, "pcloud.missing", "name", "name is missing")
	}
	return nil
}

// identified refuses a body without the id of what it is about.
func identified(id wire.Int, field string) error {
	if id <= 0 {
		return fault.New(fault.Missing, "pcloud.missing", field, "%s is missing", field)
	}
	return nil
}

func ids(in []wire.Int) []uint64 {
	out := make([]uint64, 0, len(in))
	for _, n := range in {
		out = append(out, n.Uint())
	}
	return out
}

// orRoot is a parent's id; null at the top.
func orRoot(id uint64) *uint64 {
	if id == 0 {
		return nil
	}
	return &id
}
