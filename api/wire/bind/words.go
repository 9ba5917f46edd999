package bind

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"

	"stoa/app/fault"
)

// Typed puts an error of encoding/json into words for the caller.
func Typed(err error) error {
	if err == nil {
		return nil
	}
	var t *json.UnmarshalTypeError
	if errors.As(err, &t) {
		field := t.Field[strings.LastIndexByte(t.Field, '.')+1:]
		what := "the body"
		if field != "" {
			what = field
		}
		return fault.New(fault.Malformed, "body.type", field, "%s must be %s, not %s", what, expected(t.Type), sent(t.Value)).With(err)
	}
	var f *fault.Fault
	if errors.As(err, &f) {
		return f
	}
	return fault.New(fault.Malformed, "body.value", "", "a value of the body has the wrong form").With(err)
}

// sent is encoding/json's word for what came, with its article.
func sent(value string) string {
	switch {
	case value == "string":
		return "text"
	case value == "bool":
		return "true or false"
	case value == "array":
		return "a list"
	case value == "object":
		return "an object"
	case strings.HasPrefix(value, "number "):
		return "the number " + clip(value[len("number "):], 40)
	case value == "number":
		return "a number"
	}
	return value
}

// expected says what a Go type takes.
func expected(t reflect.Type) string {
	if t == nil {
		return "another value"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return expected(t.Elem())
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "text"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "a whole number"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number, 0 or more"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Struct, reflect.Map:
		if t.PkgPath() == "time" {
			return "a time such as 2026-01-02T15:04:05Z"
		}
		return "an object"
	}
	return "another value"
}

// clip shortens s to at most n bytes for a message, on a rune boundary.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n] + "…"
}
