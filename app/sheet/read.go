package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// Limits of a file that is read.
const (
	MaxColumns  = 256
	MaxCell     = 32_767    // characters, as Excel has it
	maxUnzipped = 512 << 20 // bytes of all parts of an XLSX file together
	maxParts    = 2000      // of an XLSX file
	inMemory    = 8 << 20   // bytes of a part; larger ones go to a temporary file
)

// Row is one row of a file that is read.
type Row struct {
	Sheet  string // its name; "" in CSV
	Number int    // in its sheet, from 1
	Cells  []string
}

// Zipped reports whether a file is an XLSX file, by its first bytes.
func Zipped(data []byte) bool { return bytes.HasPrefix(data, []byte("PK\x03\x04")) }

// Rows reads a file: XLSX by its first bytes, all its sheets one after another,
// else CSV with commas, semicolons or tabs, in UTF-8 or GB18030. Cells are
// the values as they are stored, without a number's format; the apostrophe that
// CSV and XLSX put before a text like a formula is taken away. Empty rows are left
// out. An error ends it; its text is for people.
func Rows(data []byte) iter.Seq2[Row, error] {
	if Zipped(data) {
		return workbook(data)
	}
	return separated(data)
}

func workbook(data []byte) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		if err := checkZip(data); err != nil {
			yield(Row{}, err)
			return
		}
		file, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: inMemory, RawCellValue: true})
		if err != nil {
			yield(Row{}, fmt.Errorf("the file is no Excel workbook that can be read: %w", err))
			return
		}
		defer func() { _ = file.Close() }()
		for _, name := range file.GetSheetList() {
			if !readSheet(file, name, yield) {
				return
			}
		}
	}
}

// checkZip refuses, before anything is unpacked, a file that says itself that it
// is a bomb, and one with too many parts; what lies is stopped when it unpacks.
func checkZip(data []byte) error {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return fmt.Errorf("the file is no Excel workbook that can be read: %w", err)
	}
	total := uint64(0)
	for _, f := range z.File {
		total += f.UncompressedSize64
		if f.UncompressedSize64 > maxUnzipped || total > maxUnzipped || len(z.File) > maxParts {
			return fmt.Errorf("the workbook unpacks to more than %d MiB: it is not read", maxUnzipped>>20)
		}
	}
	return nil
}

func readSheet(file *excelize.File, name string, yield func(Row, error) bool) bool {
	rows, err := file.Rows(name)
	if err != nil {
		return yield(Row{}, fmt.Errorf("the sheet %q can't be read: %w", name, err))
	}
	defer func() { _ = rows.Close() }()
	for n := 1; rows.Next(); n++ {
		cells, err := rows.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return yield(Row{}, fmt.Errorf("row %d of the sheet %q can't be read: %w", n, name, err))
		}
		if !give(Row{name, n, cells}, yield) {
			return false
		}
	}
	if err := rows.Error(); err != nil {
		return yield(Row{}, fmt.Errorf("the sheet %q can't be read: %w", name, err))
	}
	return true
}

// give hands a row on that is not empty.
func give(r Row, yield func(Row, error) bool) bool {
	last := -1
	for i, c := range r.Cells {
		if len(c) > MaxCell {
			yield(Row{}, fmt.Errorf("row %d: a cell has more than %d characters", r.Number, MaxCell))
			return false
		}
		c = strings.ToValidUTF8(strings.TrimSpace(c), "\uFFFD")
		if rest, quoted := strings.CutPrefix(c, "'"); quoted && plain(rest) != rest {
			c = rest
		}
		if r.Cells[i] = c; c != "" {
			last = i
		}
	}
	if last < 0 {
		return true
	}
	if last >= MaxColumns {
		yield(Row{}, fmt.Errorf("row %d has more than %d columns", r.Number, MaxColumns))
		return false
	}
	r.Cells = r.Cells[:last+1]
	return yield(r, nil)
}

func separated(data []byte) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		text, err := decode(data)
		if err != nil {
			yield(Row{}, err)
			return
		}
		in := csv.NewReader(bytes.NewReader(text))
		in.Comma = separator(text)
		in.FieldsPerRecord = -1
		in.LazyQuotes = true
		for n := 1; ; n++ {
			cells, err := in.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Row{}, fmt.Errorf("the CSV file can't be read: %w", err))
				return
			}
			if !give(Row{"", n, cells}, yield) {
				return
			}
		}
	}
}

// separator is what stands most often in the first line.
func separator(text []byte) rune {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	best, most := ',', bytes.Count(line, []byte(","))
	for _, r := range ";\t" {
		if n := bytes.Count(line, []byte(string(r))); n > most {
			best, most = r, n
		}
	}
	return best
}

// decode is the text of a CSV file in UTF-8.
func decode(data []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(data, []byte(BOM)):
		return data[len(BOM):], nil
	case bytes.HasPrefix(data, []byte{0xFF, 0xFE}), bytes.HasPrefix(data, []byte{0xFE, 0xFF}):
		return nil, errors.New("the file is in UTF-16: save it as CSV UTF-8")
	case bytes.IndexByte(data, 0) >= 0:
		return nil, errors.New("the file is neither an Excel workbook (.xlsx) nor CSV")
	case utf8.Valid(data):
		return data, nil
	}
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(data)
	if err != nil {
		return nil, errors.New("the file is neither in UTF-8 nor in GB18030")
	}
	return text, nil
}
