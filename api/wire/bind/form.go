// Package bind gives the values of a request to the fields of a Go struct, and
// says in words what does not fit. It knows no HTTP.
package bind

import (
	"encoding"
	"encoding/json"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"

	"stoa/api/wire/jsontext"
	"stoa/app/fault"
)

// Fill sets the fields of the struct that v points to from values, by the names
// in the given tag (json or query; a field without the tag query uses json's).
func Fill(v any, values url.Values, tag string) error {
	p := reflect.ValueOf(v)
	if p.Kind() != reflect.Pointer || p.Elem().Kind() != reflect.Struct {
		return fault.Wrap(&json.InvalidUnmarshalError{Type: reflect.TypeOf(v)})
	}
	return fillStruct(p.Elem(), values, tag)
}

func fillStruct(s reflect.Value, values url.Values, tag string) error {
	t := s.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		name := tagName(f, tag)
		switch {
		case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct:
			if err := fillStruct(s.Field(i), values, tag); err != nil {
				return err
			}
			continue
		case !f.IsExported() || name == "-":
			continue
		case name == "":
			name = f.Name
		}
		given, ok := values[name]
		if !ok {
			given, ok = values[name+"[]"]
		}
		if !ok || len(given) == 0 {
			continue
		}
		if err := set(s.Field(i), given, name); err != nil {
			return err
		}
	}
	return nil
}

// tagName is a field's name on the wire; "" = untagged, "-" = never.
func tagName(f reflect.StructField, tag string) string {
	v, ok := f.Tag.Lookup(tag)
	if !ok && tag != "json" {
		v = f.Tag.Get("json")
	}
	name, _, _ := strings.Cut(v, ",")
	return name
}

// set gives one field its value or, for lists, its values.
func set(v reflect.Value, given []string, name string) error {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		return set(v.Elem(), given, name)
	}
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if _, isTime := v.Interface().(time.Time); isTime && given[0] == "" {
			return nil
		}
		if u.UnmarshalText([]byte(given[0])) != nil {
			return wrong(name, v.Type(), given[0])
		}
		return nil
	}
	if v.Kind() == reflect.Slice && v.Type().Elem().Kind() != reflect.Uint8 {
		return setList(v, given, name)
	}
	return setScalar(v, given[0], name)
}

// setList takes repeated pairs, one JSON array, or values joined by commas.
func setList(v reflect.Value, given []string, name string) error {
	if len(given) == 1 {
		s := strings.TrimSpace(given[0])
		if strings.HasPrefix(s, "[") {
			if jsontext.Check([]byte(s), jsontext.MaxDepth) != nil || json.Unmarshal([]byte(s), v.Addr().Interface()) != nil {
				return wrong(name, v.Type(), given[0])
			}
			return nil
		}
		given = strings.Split(s, ",")
		if s == "" {
			given = nil
		}
	}
	list := reflect.MakeSlice(v.Type(), len(given), len(given))
	for i, g := range given {
		if err := set(list.Index(i), []string{strings.TrimSpace(g)}, name); err != nil {
			return err
		}
	}
	v.Set(list)
	return nil
}

func setScalar(v reflect.Value, s, name string) error {
	trimmed := strings.TrimSpace(s)
	var err error
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
	case reflect.Bool:
		var t Bool
		err = t.UnmarshalText([]byte(s))
		v.SetBool(bool(t))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		var n int64
		if trimmed != "" {
			n, err = strconv.ParseInt(trimmed, 10, v.Type().Bits())
		}
		v.SetInt(n)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		var n uint64
		if trimmed != "" {
			n, err = strconv.ParseUint(trimmed, 10, v.Type().Bits())
		}
		v.SetUint(n)
	case reflect.Float32, reflect.Float64:
		var n float64
		if trimmed != "" {
			n, err = strconv.ParseFloat(trimmed, v.Type().Bits())
		}
		v.SetFloat(n)
	default:
		if jsontext.Check([]byte(s), jsontext.MaxDepth) != nil {
			return wrong(name, v.Type(), s)
		}
		err = json.Unmarshal([]byte(s), v.Addr().Interface())
	}
	if err != nil {
		return wrong(name, v.Type(), s)
	}
	return nil
}

func wrong(name string, t reflect.Type, got string) error {
	return fault.New(fault.Malformed, "body.type", name, "%s must be %s, not %q", name, expected(t), clip(got, 40))
}
