package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// maxKeys is how many columns a table in JSON has at most.
const maxKeys = 256

// readJSON reads a list of objects, or an object whose lists are tables.
func readJSON(data []byte, name string) ([]Table, error) {
	in := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\uFEFF"))))
	in.UseNumber()
	first, err := in.Token()
	if err != nil {
		return nil, badJSON(err)
	}
	if first == json.Delim('[') {
		t, err := readList(in, name)
		return nonEmpty(t), err
	}
	var out []Table
	for in.More() {
		key, err := in.Token()
		if err != nil {
			return nil, badJSON(err)
		}
		title, _ := key.(string)
		switch strings.ToLower(title) {
		case "rows", "records", "data", "list":
			title = name // the only list, under a name that says nothing
		}
		next, err := in.Token()
		if err != nil {
			return nil, badJSON(err)
		}
		if next == json.Delim('[') {
			t, err := readList(in, title)
			if err != nil {
				return nil, err
			}
			out = append(out, nonEmpty(t)...)
		} else if next == json.Delim('{') {
			if err := skip(in); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func badJSON(err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("the file is no JSON that can be read: %w", err)
}

func nonEmpty(t Table) []Table {
	if len(t.Lines) == 0 {
		return nil
	}
	return []Table{t}
}

// skip passes over the rest of an object whose beginning was read.
func skip(in *json.Decoder) error {
	for depth := 1; depth > 0; {
		t, err := in.Token()
		if err != nil {
			return badJSON(err)
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
	}
	return nil
}

// readList reads the objects of a list whose beginning was read, and its end.
func readList(in *json.Decoder, name string) (Table, error) {
	t := Table{Name: name}
	for n := 1; in.More(); n++ {
		if n > MaxRows {
			return t, tooMany(name)
		}
		var raw json.RawMessage
		if err := in.Decode(&raw); err != nil {
			return t, badJSON(err)
		}
		if len(raw) == 0 || raw[0] != '{' {
			continue // a list of something else than rows
		}
		var row map[string]any
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		if err := d.Decode(&row); err != nil {
			return t, badJSON(err)
		}
		line := Line{Number: n, Cells: make([]string, len(t.Header))}
		for _, key := range sortedKeys(row) {
			i := slices.Index(t.Header, key)
			if i < 0 {
				if i = len(t.Header); i == maxKeys {
					return t, fmt.Errorf("%s has more than %d columns", name, maxKeys)
				}
				t.Header, line.Cells = append(t.Header, key), append(line.Cells, "")
			}
			line.Cells[i] = cellOf(row[key])
		}
		t.Lines = append(t.Lines, line)
	}
	_, err := in.Token()
	if err != nil {
		err = badJSON(err)
	}
	return t, err
}

func sortedKeys(row map[string]any) []string {
	keys := make([]string, 0, len(row))
	for k := range row {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// cellOf is a value as a cell: a list as its parts with commas.
func cellOf(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = cellOf(v[i])
		}
		return strings.Join(parts, ",")
	case map[string]any:
		return cellOf(v["name"])
	default:
		return fmt.Sprint(v)
	}
}
