// Package sheet writes lists as files that spreadsheets open: CSV and XLSX. It
// knows rows and cells and nothing of what they mean, so that every dialect can
// use it.
//
// A cell is a string, an integer of any size, a float64, a bool, a time.Time or
// nil. A zero time and nil are empty cells; a time is shown in its own location.
//
// What people typed ends up in these files, and a spreadsheet takes a text that
// begins with = + - @ for a formula. CSV has no types, so such a text gets an
// apostrophe in front (OWASP, CSV Injection); XLSX has them, so there every text
// is a cell of type string with the number format Text, which stays a text even
// when it is edited, and nothing is added to it.
package sheet

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// MediaCSV and MediaXLSX are the media types of the two formats.
const (
	MediaCSV  = "text/csv; charset=utf-8"
	MediaXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

// MaxRows is how many rows a sheet of the XLSX format holds, the header included.
const MaxRows = 1 << 20

// ErrTooLong says that a list has more rows than an XLSX sheet holds.
var ErrTooLong = errors.New("sheet: more rows than a sheet holds (1,048,576 with the header): narrow the list or take CSV")

// BOM is the mark that makes Excel read a CSV file as UTF-8.
const BOM = "\uFEFF"

// CSV writes header and rows as RFC 4180 with the lines ended by CRLF, after a
// byte order mark when bom is set. It stops at the first error of rows or w.
func CSV(w io.Writer, bom bool, header []string, rows iter.Seq2[[]any, error]) error {
	if bom {
		if _, err := io.WriteString(w, BOM); err != nil {
			return err
		}
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	record := make([]string, len(header))
	for i, name := range header {
		record[i] = plain(name)
	}
	if err := out.Write(record); err != nil {
		return err
	}
	for row, err := range rows {
		if err != nil {
			return err
		}
		record = record[:0]
		for _, cell := range row {
			record = append(record, text(cell))
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// text is a cell as CSV shows it.
func text(cell any) string {
	switch v := cell.(type) {
	case nil:
		return ""
	case string:
		return plain(v)
	case time.Time:
		if v.IsZero() {
			return ""
		}
		return v.Format(time.RFC3339)
	case bool:
		return strconv.FormatBool(v)
	default:
		return fmt.Sprint(v)
	}
}

// plain disarms a text that a spreadsheet would take for a formula. The full
// width forms count too: some locales' spreadsheets accept them.
func plain(s string) string {
	first, _ := utf8.DecodeRuneInString(s)
	if s != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		return "'" + s
	}
	return s
}

// XLSX writes one sheet called name with a bold, frozen header. Rows are
// streamed to a temporary file, so that memory does not grow with them; w gets
// its first byte after the last row was read, so that an error of rows leaves w
// untouched. Excel forbids some characters in a sheet's name and more than 31 of
// them: those are replaced and cut.
func XLSX(w io.Writer, name string, header []string, rows iter.Seq2[[]any, error]) error {
	file := excelize.NewFile()
	defer func() { _ = file.Close() }()
	name = title(name)
	if err := file.SetSheetName("Sheet1", name); err != nil {
		return fmt.Errorf("sheet: name: %w", err)
	}
	st, err := newStyles(file)
	if err != nil {
		return fmt.Errorf("sheet: styles: %w", err)
	}
	out, err := file.NewStreamWriter(name)
	if err != nil {
		return fmt.Errorf("sheet: open: %w", err)
	}
	if err := st.write(out, header, rows); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("sheet: flush: %w", err)
	}
	return file.Write(w)
}

// title is name as Excel allows a sheet to be called.
func title(name string) string {
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]'`, r) || r < ' ' {
			return '_'
		}
		return r
	}, name)
	if runes := []rune(name); len(runes) > 31 {
		name = string(runes[:31])
	}
	if name == "" {
		return "Sheet1"
	}
	return name
}

// styles are the ids of the cell styles of one file.
type styles struct{ head, text, time int }

func newStyles(file *excelize.File) (s styles, err error) {
	const numberFormatText = 49 // "@", ECMA-376 part 1, 18.8.30
	timeFormat := "yyyy-mm-dd hh:mm:ss"
	if s.head, err = file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, NumFmt: numberFormatText}); err != nil {
		return s, err
	}
	if s.text, err = file.NewStyle(&excelize.Style{NumFmt: numberFormatText}); err != nil {
		return s, err
	}
	s.time, err = file.NewStyle(&excelize.Style{CustomNumFmt: &timeFormat})
	return s, err
}

func (s styles) write(out *excelize.StreamWriter, header []string, rows iter.Seq2[[]any, error]) error {
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return fmt.Errorf("sheet: header: %w", err)
	}
	if err := out.SetColWidth(1, max(len(header), 1), 20); err != nil {
		return fmt.Errorf("sheet: header: %w", err)
	}
	cells := make([]any, len(header))
	for i, name := range header {
		cells[i] = excelize.Cell{StyleID: s.head, Value: name}
	}
	if err := out.SetRow("A1", cells); err != nil {
		return fmt.Errorf("sheet: header: %w", err)
	}
	line := 1
	for row, err := range rows {
		if err != nil {
			return err
		}
		if line++; line > MaxRows {
			return ErrTooLong
		}
		cells = cells[:0]
		for _, cell := range row {
			cells = append(cells, s.cell(cell))
		}
		if err := out.SetRow("A"+strconv.Itoa(line), cells); err != nil {
			return fmt.Errorf("sheet: row %d: %w", line, err)
		}
	}
	return nil
}

// cell is a cell as XLSX keeps it. The serial number of a time knows no zone, so
// the clock's reading in the time's own location is what is kept.
func (s styles) cell(cell any) any {
	switch v := cell.(type) {
	case string:
		return excelize.Cell{StyleID: s.text, Value: printable(v)}
	case time.Time:
		if v.IsZero() {
			return nil
		}
		wall := time.Date(v.Year(), v.Month(), v.Day(), v.Hour(), v.Minute(), v.Second(), 0, time.UTC)
		return excelize.Cell{StyleID: s.time, Value: wall}
	default:
		return cell
	}
}

// printable drops what XML 1.0 can't hold: Excel calls a file that has it
// damaged. A cell holds 32,767 characters; excelize cuts the rest.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t', r == '\n', r == '\r':
			return r
		case r < ' ', r == 0xFFFE, r == 0xFFFF:
			return -1
		}
		return r
	}, s)
}
