// Package rest is the words that all areas of the native API share: pages and
// how they are asked for, lists as files, entity tags, creates that may be sent
// twice. It knows no area and nothing of what is listed.
package rest

import (
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"stoa/api/wire"
	"stoa/app/fault"
	"stoa/app/sheet"
)

// DefaultLimit and MaxLimit are how many objects a page has, unless asked
// otherwise and at most.
const (
	DefaultLimit = 20
	MaxLimit     = 500
)

// Page is one page of a collection.
type Page[T any] struct {
	Items       []T    `json:"items"`
	Total       int    `json:"total" minimum:"0" description:"how many there are in all; a lower bound where total_capped is true"`
	TotalCapped bool   `json:"total_capped" description:"there are more than total says"`
	Next        string `json:"next" description:"cursor of the next page; empty on the last one"`
}

// Listing is what every collection takes in its query.
type Listing struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"20" description:"objects on a page"`
	Page   int    `query:"page" minimum:"1" description:"number of the page, from 1"`
	Cursor string `query:"cursor" description:"next of the page before; wins over page"`
	Format string `query:"format" enum:"json,csv,xlsx" description:"csv and xlsx give everything that matches as a file"`
	BOM    bool   `query:"bom" description:"begin a CSV file with a byte order mark, for Excel"`
}

// Search is a Listing of objects that are found by name.
type Search struct {
	Listing
	Q string `query:"q" description:"part of the name"`
}

// check refuses what no list can give. A limit set by the handler is its default.
func (l *Listing) check(c *wire.Call) error {
	if l.Limit == 0 && c.Query().Get("limit") == "" {
		l.Limit = DefaultLimit
	}
	if l.Limit < 1 || l.Limit > MaxLimit {
		return fault.New(fault.Invalid, "list.limit", "limit", "limit is %d: 1 to %d are allowed", l.Limit, MaxLimit)
	}
	if l.Page < 0 || l.Page == 0 && c.Query().Get("page") != "" {
		return fault.New(fault.Invalid, "list.page", "page", "page is %d: pages are counted from 1", l.Page)
	}
	switch l.Format {
	case "", "json", "csv", "xlsx":
		return nil
	}
	return fault.New(fault.Invalid, "list.format", "format", "format is %q: json, csv or xlsx are allowed", l.Format)
}

// Order splits a sort parameter, "name" or "-name", and holds it to the names
// that a list can be sorted by.
func Order(sort string, allowed ...string) (name string, reverse bool, err error) {
	name, reverse = strings.CutPrefix(sort, "-")
	if name == "" && !reverse || slices.Contains(allowed, name) {
		return name, reverse, nil
	}
	return "", false, fault.New(fault.Invalid, "list.sort", "sort", "sort is %q: %s are allowed, with - in front for the other direction", sort, strings.Join(allowed, ", "))
}

// List is one collection on its way out.
type List[T any] struct {
	Name    string // of the file and of the sheet
	Columns []Column[T]
	// Fetch reads one page; Limit is between 1 and MaxLimit.
	Fetch func(Listing) (Page[T], error)
	// Export gives everything that matches, some at a time, where that is
	// another operation than reading page after page.
	Export func() (iter.Seq2[[]T, error], error)
}

// Serve answers with one page, or with everything as a file.
func (l List[T]) Serve(c *wire.Call, at Listing) (any, error) {
	if err := at.check(c); err != nil {
		return nil, err
	}
	if at.Format == "csv" || at.Format == "xlsx" {
		return l.file(c, at)
	}
	page, err := l.Fetch(at)
	if err != nil {
		return nil, err
	}
	if page.Items == nil {
		page.Items = []T{}
	}
	return page, nil
}

// Slice is a page of a list that is at hand as a whole.
func Slice[T any](all []T, at Listing) (Page[T], error) {
	number, err := at.Number()
	if err != nil {
		return Page[T]{}, err
	}
	begin := min((number-1)*at.Limit, len(all))
	items := all[begin:min(begin+at.Limit, len(all))]
	return Page[T]{Items: items, Total: len(all), Next: at.After(number, len(items), len(all), false)}, nil
}

// Number is the number of the page that is asked for, where cursors are numbers
// of pages. The highest number is where a product of it can't overflow.
func (l Listing) Number() (int, error) {
	if l.Cursor == "" {
		return min(max(l.Page, 1), math.MaxInt32), nil
	}
	n, err := strconv.ParseInt(l.Cursor, 10, 32)
	if err != nil || n < 1 {
		return 0, fault.New(fault.Invalid, "list.cursor", "cursor", "this is no cursor of this list: take next of the page before")
	}
	return int(n), nil
}

// After is the cursor behind page number, which got so many objects of total;
// "" when it is the last one.
func (l Listing) After(number, got, total int, capped bool) string {
	if got < l.Limit || !capped && number*l.Limit >= total {
		return ""
	}
	return strconv.Itoa(number + 1)
}

// Moment is a time for the wire; nil when it is unset.
func Moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// Exportable is said in the document of every list. The files are no contents of
// the response there: they would make every generated client's type of a page
// "page or text".
const Exportable = "With format=csv or format=xlsx everything that matches comes as a file (" + sheet.MediaCSV + " or " + sheet.MediaXLSX + ")."
