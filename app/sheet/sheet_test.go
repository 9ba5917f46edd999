package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

func rowsOf(rows ...[]any) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}

var hostile = []string{"=1+1", "+8613800000000", "-2", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1", `"><b>&'`, "a,b;c", "line\nbreak", " 空 格 ", "nul\x00\x01", strings.Repeat("长", 5)}

func TestCSVHasNoFormulas(t *testing.T) {
	var buf bytes.Buffer
	var rows [][]any
	for _, h := range hostile {
		rows = append(rows, []any{h, 7})
	}
	if err := CSV(&buf, true, []string{"=head", "n"}, rowsOf(rows...)); err != nil {
		t.Fatal(err)
	}
	body, marked := strings.CutPrefix(buf.String(), BOM)
	if !marked {
		t.Error("the byte order mark is missing")
	}
	records, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(records) != len(hostile)+1 {
		t.Fatalf("%d lines for %d rows", len(records), len(hostile))
	}
	for i, record := range records {
		if strings.ContainsAny(record[0][:1], "=+-@\t\r\n") {
			t.Errorf("line %d begins with %q: a spreadsheet would run it", i, record[0])
		}
	}
	if records[1][0] != "'=1+1" || records[9][0] != hostile[8] {
		t.Errorf("texts changed otherwise: %q %q", records[1][0], records[9][0])
	}
}

func TestCSVKinds(t *testing.T) {
	var buf bytes.Buffer
	zone := time.FixedZone("", 8*3600)
	row := []any{uint64(1 << 52), -3, true, nil, time.Time{}, time.Date(2026, 5, 4, 3, 2, 1, 9, zone), 1.5}
	if err := CSV(&buf, false, []string{"a"}, rowsOf(row)); err != nil {
		t.Fatal(err)
	}
	want := "a\r\n4503599627370496,-3,true,,,2026-05-04T03:02:01+08:00,1.5\r\n"
	if buf.String() != want {
		t.Errorf("got %q, want %q", buf.String(), want)
	}
}

func TestXLSXKeepsTextsAsTexts(t *testing.T) {
	var buf bytes.Buffer
	when := time.Date(2026, 5, 4, 23, 2, 1, 0, time.FixedZone("", 8*3600))
	var rows [][]any
	for _, h := range hostile {
		rows = append(rows, []any{h, uint64(42), when, nil, true})
	}
	if err := XLSX(&buf, "a/b:"+strings.Repeat("长", 40), []string{"=head", "n", "when"}, rowsOf(rows...)); err != nil {
		t.Fatal(err)
	}
	file, err := excelize.OpenReader(&buf)
	if err != nil {
		t.Fatal(err)
	}
	name := file.GetSheetList()[0]
	got, err := file.GetRows(name)
	if err != nil {
		t.Fatal(err)
	}
	for i, h := range hostile {
		if i == 12 {
			h = "nul"
		}
		if got[i+1][0] != h && strings.ReplaceAll(h, "\r", "\n") != got[i+1][0] {
			t.Errorf("row %d is %q, want %q", i, got[i+1][0], h)
		}
		if formula, _ := file.GetCellFormula(name, "A"+string(rune('2'+i))); formula != "" {
			t.Errorf("row %d holds the formula %q", i, formula)
		}
	}
	if got[1][1] != "42" || got[1][2] != "2026-05-04 23:02:01" || got[1][4] != "TRUE" {
		t.Errorf("row: %q", got[1])
	}
	if len([]rune(name)) != 31 {
		t.Errorf("sheet called %q", name)
	}
}

func TestErrorsOfRowsStopTheFile(t *testing.T) {
	broken := errors.New("broken")
	rows := func(yield func([]any, error) bool) {
		_ = yield([]any{"a"}, nil) && yield(nil, broken)
	}
	var buf bytes.Buffer
	if err := XLSX(&buf, "x", []string{"a"}, rows); !errors.Is(err, broken) || buf.Len() > 0 {
		t.Errorf("XLSX: %v with %d bytes written", err, buf.Len())
	}
	if err := CSV(io.Discard, false, []string{"a"}, rows); !errors.Is(err, broken) {
		t.Errorf("CSV: %v", err)
	}
}

func TestXLSXRefusesMoreThanASheetHolds(t *testing.T) {
	if testing.Short() {
		t.Skip("writes a million rows: skipped by -short")
	}
	row := []any{}
	endless := func(yield func([]any, error) bool) {
		for yield(row, nil) {
		}
	}
	if err := XLSX(io.Discard, "x", []string{"a"}, endless); !errors.Is(err, ErrTooLong) {
		t.Errorf("got %v", err)
	}
}
