package bind

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
)

// Int is a whole number that clients may send as 1 or as "1"; "" and null are 0.
type Int int64

// UnmarshalJSON takes a JSON number or a string that holds one.
func (i *Int) UnmarshalJSON(b []byte) error {
	if bytes.Equal(b, []byte("null")) {
		return nil
	}
	s := scalarText(b)
	if i.UnmarshalText([]byte(s)) != nil {
		return &json.UnmarshalTypeError{Value: jsonKind(b), Type: reflect.TypeFor[int64]()}
	}
	return nil
}

// UnmarshalText takes the digits of a form value.
func (i *Int) UnmarshalText(b []byte) error {
	s := strings.TrimSpace(string(b))
	if s == "" {
		*i = 0
		return nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		whole, ok := strings.CutSuffix(s, ".0")
		if !ok {
			return err
		}
		if n, err = strconv.ParseInt(whole, 10, 64); err != nil {
			return err
		}
	}
	*i = Int(n)
	return nil
}

// Uint is i as an id or a count; negative numbers give 0.
func (i Int) Uint() uint64 { return uint64(max(i, 0)) }

// Bool is a truth value that clients may send as true, "true", 1 or "1"; "" and
// null are false.
type Bool bool

// UnmarshalJSON takes a JSON boolean, number or string.
func (t *Bool) UnmarshalJSON(b []byte) error {
	if bytes.Equal(b, []byte("null")) {
		return nil
	}
	if t.UnmarshalText([]byte(scalarText(b))) != nil {
		return &json.UnmarshalTypeError{Value: jsonKind(b), Type: reflect.TypeFor[bool]()}
	}
	return nil
}

// UnmarshalText takes a form value.
func (t *Bool) UnmarshalText(b []byte) error {
	switch strings.ToLower(strings.TrimSpace(string(b))) {
	case "true", "1", "on", "yes":
		*t = true
	case "false", "0", "off", "no", "":
		*t = false
	default:
		return strconv.ErrSyntax
	}
	return nil
}

// Text is a string that careless clients may send as a number or a boolean;
// null is "".
type Text string

// UnmarshalJSON takes any JSON scalar.
func (t *Text) UnmarshalJSON(b []byte) error {
	switch {
	case bytes.Equal(b, []byte("null")):
		*t = ""
	case len(b) > 0 && (b[0] == '{' || b[0] == '['):
		return &json.UnmarshalTypeError{Value: jsonKind(b), Type: reflect.TypeFor[string]()}
	default:
		*t = Text(scalarText(b))
	}
	return nil
}

// UnmarshalText takes a form value.
func (t *Text) UnmarshalText(b []byte) error {
	*t = Text(b)
	return nil
}

// scalarText is the text of a JSON scalar: strings without their quotes.
func scalarText(b []byte) string {
	if len(b) > 0 && b[0] == '"' {
		var s string
		if json.Unmarshal(b, &s) == nil {
			return s
		}
	}
	return string(b)
}

// jsonKind names what a JSON value is, in encoding/json's words.
func jsonKind(b []byte) string {
	if len(b) == 0 {
		return "nothing"
	}
	switch b[0] {
	case '"':
		return "string"
	case '{':
		return "object"
	case '[':
		return "array"
	case 't', 'f':
		return "bool"
	case 'n':
		return "null"
	}
	return "number"
}
