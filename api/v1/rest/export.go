package rest

import (
	"errors"
	"io"
	"iter"
	"time"

	"golang.org/x/text/language"

	"stoa/api/wire"
	"stoa/app/fault"
	"stoa/app/sheet"
)

// Column is one column of an exported list. Made by Col.
type Column[T any] struct {
	name, chinese string
	value         func(*T) any
}

// Col is a column with its header in English and in Chinese.
func Col[T any](name, chinese string, value func(*T) any) Column[T] {
	return Column[T]{name, chinese, value}
}

// Stamp is a column's value of a time that may be unset: then the cell is empty.
func Stamp(t *time.Time) any {
	if t == nil {
		return nil
	}
	return *t
}

// Word is a column's value that is a code in English files, which programs read,
// and a word in Chinese ones.
type Word struct{ Code, Chinese string }

// Words gives codes the words that they have.
func Words(code string, chinese map[string]string) Word {
	if word, ok := chinese[code]; ok {
		return Word{code, word}
	}
	return Word{code, code}
}

func (w Word) in(chinese bool) string {
	if chinese {
		return w.Chinese
	}
	return w.Code
}

// file is everything that matches, as a download. What refuses it does so before
// the first byte.
func (l List[T]) file(c *wire.Call, at Listing) (any, error) {
	at.Limit, at.Page, at.Cursor = MaxLimit, 0, ""
	export := l.Export
	if export == nil {
		export = func() (iter.Seq2[[]T, error], error) { return l.pages(at) }
	}
	batches, err := export()
	if err != nil {
		return nil, err
	}
	chinese := prefersChinese(c.Header("Accept-Language"))
	return download(l.Name, at, l.header(chinese), l.rows(batches, chinese)), nil
}

// download is a sheet of rows: the part of a file that does not know what they are.
func download(name string, at Listing, header []string, rows iter.Seq2[[]any, error]) wire.File {
	f := wire.File{Name: name + "." + at.Format, Type: sheet.MediaXLSX}
	if at.Format == "csv" {
		f.Type = sheet.MediaCSV
		f.Write = func(w io.Writer) error { return sheet.CSV(w, at.BOM, header, rows) }
		return f
	}
	f.Write = func(w io.Writer) error {
		err := sheet.XLSX(w, name, header, rows)
		if errors.Is(err, sheet.ErrTooLong) {
			return fault.New(fault.TooLarge, "list.too_long", "format", "the list has more rows than an Excel sheet holds: narrow it by filters or take csv")
		}
		return err
	}
	return f
}

func (l List[T]) header(chinese bool) []string {
	header := make([]string, len(l.Columns))
	for i, col := range l.Columns {
		header[i] = col.name
		if chinese {
			header[i] = col.chinese
		}
	}
	return header
}

// prefersChinese reads an Accept-Language header (RFC 9110, 12.5.4); who asks
// for neither language, or for something unreadable, gets English.
func prefersChinese(accept string) bool {
	wanted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil {
		return false
	}
	_, which, _ := language.NewMatcher([]language.Tag{language.English, language.Chinese}).Match(wanted...)
	return which == 1
}

func (l List[T]) rows(batches iter.Seq2[[]T, error], chinese bool) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for items, err := range batches {
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range items {
				row := make([]any, len(l.Columns))
				for j, col := range l.Columns {
					row[j] = col.value(&items[i])
					if word, ok := row[j].(Word); ok {
						row[j] = word.in(chinese)
					}
				}
				if !yield(row, nil) {
					return
				}
			}
		}
	}
}

// pages walks all pages by cursor, so that the list may change on the way
// without a row coming twice.
func (l List[T]) pages(at Listing) (iter.Seq2[[]T, error], error) {
	page, err := l.Fetch(at)
	if err != nil {
		return nil, err
	}
	return func(yield func([]T, error) bool) {
		for yield(page.Items, nil) && page.Next != "" {
			at.Cursor = page.Next
			if page, err = l.Fetch(at); err != nil {
				yield(nil, err)
				return
			}
		}
	}, nil
}

// Batched shows rows of the domain many at a time, so that what they are shown
// with is looked up once for all of them.
func Batched[R, T any](rows iter.Seq2[*R, error], show func([]R) ([]T, error)) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		batch := make([]R, 0, MaxLimit)
		flush := func() bool {
			views, err := show(batch)
			batch = batch[:0]
			return yield(views, err) && err == nil
		}
		for row, err := range rows {
			if err != nil {
				yield(nil, err)
				return
			}
			if batch = append(batch, *row); len(batch) == MaxLimit && !flush() {
				return
			}
		}
		if len(batch) > 0 {
			flush()
		}
	}
}
