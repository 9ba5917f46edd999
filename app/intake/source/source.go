// Package source reads lists of people as other systems give them away: sheets,
// CSV, JSON, the INSERT statements of a database. It gives texts under the names
// of our fields and decides nothing about them: package intake does.
package source

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"unicode"

	"stoa/app/sheet"
)

// MaxRows is how many rows a table has at most.
const MaxRows = 100_000

// Table is one table of a file.
type Table struct {
	Name   string // of the sheet, the table, or of the file
	Header []string
	Lines  []Line
}

// Line is one row of a table.
type Line struct {
	Number int // in its sheet, or from 1 among its table's
	Cells  []string
}

// Read reads all tables of a file; name is the file's. Errors are for people.
func Read(data []byte, name string) ([]Table, error) {
	name = strings.TrimSuffix(path.Base(strings.ReplaceAll(name, `\`, "/")), path.Ext(name))
	text := strings.TrimLeftFunc(string(data[:min(len(data), 4096)]), func(r rune) bool { return unicode.IsSpace(r) || r == '\uFEFF' })
	var tables []Table
	var err error
	switch {
	case len(data) == 0:
		return nil, errors.New("the file is empty")
	case !sheet.Zipped(data) && strings.HasPrefix(text, "[") || strings.HasPrefix(text, "{"):
		tables, err = readJSON(data, name)
	case !sheet.Zipped(data) && dumped(text, data):
		tables, err = readSQL(data)
	default:
		tables, err = readSheets(data, name)
	}
	if err != nil {
		return nil, err
	}
	for _, t := range tables {
		if len(t.Lines) > MaxRows {
			return nil, tooMany(t.Name)
		}
	}
	if len(tables) == 0 {
		return nil, errors.New("the file has no rows")
	}
	return tables, nil
}

func tooMany(name string) error {
	return fmt.Errorf("%s has more than %d rows: split it", name, MaxRows)
}

func readSheets(data []byte, name string) ([]Table, error) {
	var out []Table
	for r, err := range sheet.Rows(data) {
		if err != nil {
			return nil, err
		}
		title := r.Sheet
		if title == "" {
			title = name
		}
		if n := len(out); n == 0 || out[n-1].Name != title {
			out = append(out, Table{Name: title, Header: r.Cells})
			continue
		}
		t := &out[len(out)-1]
		if len(t.Lines) == MaxRows {
			return nil, tooMany(t.Name)
		}
		t.Lines = append(t.Lines, Line{r.Number, r.Cells})
	}
	return out, nil
}

// plainName is a table's or a column's name as it is compared: without case and
// what stands between words.
func plainName(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

// table finds one by any of its names.
func table(all []Table, names ...string) *Table {
	for _, name := range names {
		for i := range all {
			if plainName(all[i].Name) == plainName(name) {
				return &all[i]
			}
		}
	}
	return nil
}

// column finds one by any of its names; -1 if there is none.
func (t *Table) column(names ...string) int {
	if t == nil {
		return -1
	}
	for _, name := range names {
		for i, h := range t.Header {
			if plainName(h) == plainName(name) {
				return i
			}
		}
	}
	return -1
}

// cell is a line's cell; "" where there is none.
func (l Line) cell(i int) string {
	if i < 0 || i >= len(l.Cells) {
		return ""
	}
	return strings.TrimSpace(l.Cells[i])
}
