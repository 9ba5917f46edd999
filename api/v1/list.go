package v1

import (
	"errors"
	"io"
	"iter"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"stoa/api/wire"
	"stoa/api/wire/sheet"
	"stoa/app/fault"
)

const (
	defaultLimit = 20
	maxLimit     = 500
)

// Listing is what every collection takes in its query.
type Listing struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"20" description:"objects on a page"`
	Page   int    `query:"page" minimum:"1" description:"number of the page, from 1"`
	Cursor string `query:"cursor" description:"next of the page before; wins over page"`
	Format string `query:"format" enum:"json,csv,xlsx" description:"csv and xlsx give everything that matches as a file"`
	BOM    bool   `query:"bom" description:"begin a CSV file with a byte order mark, for Excel"`
}

// check refuses what no list can give. A limit set by the handler is its default.
func (l *Listing) check(c *wire.Call) error {
	if l.Limit == 0 && c.Query().Get("limit") == "" {
		l.Limit = defaultLimit
	}
	if l.Limit < 1 || l.Limit > maxLimit {
		return fault.New(fault.Invalid, "list.limit", "limit", "limit is %d: 1 to %d are allowed", l.Limit, maxLimit)
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

// order splits a sort parameter, "name" or "-name", and holds it to the names
// that a list can be sorted by.
func order(sort string, allowed ...string) (name string, reverse bool, err error) {
	name, reverse = strings.CutPrefix(sort, "-")
	if name == "" && !reverse || slices.Contains(allowed, name) {
		return name, reverse, nil
	}
	return "", false, fault.New(fault.Invalid, "list.sort", "sort", "sort is %q: %s are allowed, with - in front for the other direction", sort, strings.Join(allowed, ", "))
}

// column is one column of an exported list.
type column[T any] struct {
	name  string
	value func(*T) any
}

// list is one collection on its way out.
type list[T any] struct {
	name    string // of the file and of the sheet
	columns []column[T]
	fetch   func(Listing) (Page[T], error)
}

// serve answers with one page, or with everything as a file.
func (l list[T]) serve(c *wire.Call, at Listing) (any, error) {
	if err := at.check(c); err != nil {
		return nil, err
	}
	if at.Format == "" || at.Format == "json" {
		page, err := l.fetch(at)
		if err != nil {
			return nil, err
		}
		if page.Items == nil {
			page.Items = []T{}
		}
		return page, nil
	}
	at.Limit, at.Page, at.Cursor = maxLimit, 0, ""
	first, err := l.fetch(at)
	if err != nil {
		return nil, err
	}
	return wire.File{Name: l.name + "." + at.Format, Type: mediaOf(at.Format), Write: func(w io.Writer) error {
		return l.write(w, at, first)
	}}, nil
}

func mediaOf(format string) string {
	if format == "csv" {
		return sheet.MediaCSV
	}
	return sheet.MediaXLSX
}

func (l list[T]) write(w io.Writer, at Listing, first Page[T]) error {
	header := make([]string, len(l.columns))
	for i, col := range l.columns {
		header[i] = col.name
	}
	if at.Format == "csv" {
		return sheet.CSV(w, at.BOM, header, l.rows(at, first))
	}
	err := sheet.XLSX(w, l.name, header, l.rows(at, first))
	if errors.Is(err, sheet.ErrTooLong) {
		return fault.New(fault.TooLarge, "list.too_long", "format", "the list has more rows than an Excel sheet holds: narrow it by filters or take csv")
	}
	return err
}

// rows walks all pages by cursor, so that the list may change on the way
// without a row coming twice.
func (l list[T]) rows(at Listing, page Page[T]) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for {
			for i := range page.Items {
				row := make([]any, len(l.columns))
				for j, col := range l.columns {
					row[j] = col.value(&page.Items[i])
				}
				if !yield(row, nil) {
					return
				}
			}
			if page.Next == "" {
				return
			}
			at.Cursor = page.Next
			var err error
			if page, err = l.fetch(at); err != nil {
				yield(nil, err)
				return
			}
		}
	}
}

// tagged is a value with the ETag of its version.
func tagged(version uint64, v any) any {
	return wire.WithHeader{Value: v, Header: http.Header{"Etag": {etag(version)}}}
}

// slice is a page of a list that is at hand as a whole.
func slice[T any](all []T, at Listing) (Page[T], error) {
	number, err := offsetPage(at)
	if err != nil {
		return Page[T]{}, err
	}
	begin := min((number-1)*at.Limit, len(all))
	items := all[begin:min(begin+at.Limit, len(all))]
	return Page[T]{Items: items, Total: len(all), Next: nextOffset(number, at.Limit, len(items), len(all), false)}, nil
}

// offsetPage is the number of the page that is asked for, where cursors are
// numbers of pages. The highest number is where a product of it can't overflow.
func offsetPage(at Listing) (int, error) {
	if at.Cursor == "" {
		return min(max(at.Page, 1), math.MaxInt32), nil
	}
	n, err := strconv.ParseInt(at.Cursor, 10, 32)
	if err != nil || n < 1 {
		return 0, fault.New(fault.Invalid, "list.cursor", "cursor", "this is no cursor of this list: take next of the page before")
	}
	return int(n), nil
}

func nextOffset(number, limit, got, total int, capped bool) string {
	if got < limit || !capped && number*limit >= total {
		return ""
	}
	return strconv.Itoa(number + 1)
}
