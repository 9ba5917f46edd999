package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// The language of testdata/frontend.script, which says at its head what the lines
// are.

// scriptLine is one line that is not empty and no comment.
type scriptLine struct {
	number int
	indent bool // belongs to the call above
	text   string
}

func readScript(t *testing.T, path string) []scriptLine {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []scriptLine
	for i, line := range strings.Split(string(raw), "\n") {
		if text := strings.TrimSpace(line); text != "" && text[0] != '#' {
			out = append(out, scriptLine{i + 1, strings.HasPrefix(line, " "), text})
		}
	}
	return out
}

// cutPath cuts a line behind its path, which may hold spaces within brackets.
func cutPath(line string) (path, rest string) {
	depth := 0
	for i, c := range line {
		switch {
		case c == '[':
			depth++
		case c == ']':
			depth--
		case c == ' ' && depth == 0:
			return line[:i], line[i+1:]
		}
	}
	return line, ""
}

// pick is what a path leads to in an answer: one value, or with [] that of every
// row. An empty list has no rows, and its fields are missed.
func pick(v any, path string) ([]any, error) {
	at := []any{v}
	for step := range strings.SplitSeq(path, ".") {
		name, brackets, _ := strings.Cut(step, "[")
		var next []any
		for _, v := range at {
			found, there := v.(map[string]any)[name]
			if !there {
				return nil, fmt.Errorf("%s is not there", name)
			}
			next = append(next, found)
		}
		at = next
		if brackets == "" {
			continue
		}
		var err error
		if at, err = rows(at, strings.TrimSuffix(brackets, "]")); err != nil {
			return nil, fmt.Errorf("%s: %w", step, err)
		}
	}
	return at, nil
}

// rows are all rows of lists (""), the one at a place ("0"), or the first with a
// value ("name=a").
func rows(lists []any, which string) ([]any, error) {
	var out []any
	for _, v := range lists {
		list, ok := v.([]any)
		if !ok || len(list) == 0 {
			return nil, fmt.Errorf("no rows in %v", v)
		}
		key, value, by := strings.Cut(which, "=")
		place, err := strconv.Atoi(which)
		switch {
		case which == "":
			out = append(out, list...)
		case by:
			row, found := withValue(list, key, value)
			if !found {
				return nil, fmt.Errorf("no row has it")
			}
			out = append(out, row)
		case err == nil && place < len(list):
			out = append(out, list[place])
		default:
			return nil, fmt.Errorf("there is no such row among %d", len(list))
		}
	}
	return out, nil
}

func withValue(list []any, key, value string) (any, bool) {
	for _, row := range list {
		m, _ := row.(map[string]any)
		if v, there := m[key]; there && plain(v) == value {
			return row, true
		}
	}
	return nil, false
}

// plain is a value as the script writes it.
func plain(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	raw, _ := json.Marshal(v)
	return string(raw)
}

// kindOf names the type of a JSON value.
func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "text"
	case bool:
		return "bool"
	case float64:
		return "number"
	case []any:
		return "list"
	}
	return "object"
}

// expect holds one value against the end of a line: types, = and a value, or the
// fields of an object.
func expect(v any, wanted string) error {
	switch {
	case strings.HasPrefix(wanted, "= "):
		want := parsed(wanted[2:])
		if !reflect.DeepEqual(v, want) {
			return fmt.Errorf("is %v, want %v", v, want)
		}
	case strings.HasPrefix(wanted, "{"):
		fields, _ := v.(map[string]any)
		for k, want := range parsed(wanted).(map[string]any) {
			if got, there := fields[k]; !there || !reflect.DeepEqual(got, want) {
				return fmt.Errorf("%s is %v, want %v", k, got, want)
			}
		}
	default:
		for kind := range strings.SplitSeq(wanted, "|") {
			if kind == kindOf(v) {
				return nil
			}
		}
		return fmt.Errorf("is %s %v, want %s", kindOf(v), v, wanted)
	}
	return nil
}

// parsed is JSON in the script; what is none fails its test by panicking.
func parsed(s string) any {
	var v any
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		panic(fmt.Sprintf("the script is wrong: %s: %v", s, err))
	}
	return v
}

// laid is JSON bodies laid over one another.
func laid(body string) string {
	parts := strings.Split(body, " + ")
	if len(parts) == 1 {
		return body
	}
	all := map[string]any{}
	for _, p := range parts {
		maps.Copy(all, parsed(p).(map[string]any))
	}
	return plain(all)
}
