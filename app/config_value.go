package app

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// set gives the leaf a value of the TOML file, of exactly its kind.
func (l leaf) set(name string, value any) error {
	refuse := func() error { return fmt.Errorf("%s = %v: %s is expected", l.key, value, l.expects()) }
	v := l.value
	switch given := value.(type) {
	case string:
		if t, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
			if t.UnmarshalText([]byte(given)) != nil {
				return refuse()
			}
			return nil
		}
		if v.Kind() == reflect.Map && name != "" {
			return l.setEntry(name, given)
		}
		if v.Kind() != reflect.String && v.Type() != durationType {
			return refuse()
		}
		parsed, err := parseScalar(v, given)
		if err != nil {
			return refuse()
		}
		v.Set(parsed)
	case bool:
		if v.Kind() != reflect.Bool {
			return refuse()
		}
		v.SetBool(given)
	case int64:
		return l.setNumber(given, refuse)
	case []any:
		return l.setList(given, refuse)
	case map[string]any:
		if v.Kind() != reflect.Map || len(given) > 0 {
			return refuse()
		}
	default:
		return refuse()
	}
	return nil
}

func (l leaf) setEntry(name, value string) error {
	if l.value.IsNil() {
		l.value.Set(reflect.MakeMap(l.value.Type()))
	}
	l.value.SetMapIndex(reflect.ValueOf(name), reflect.ValueOf(value))
	return nil
}

func (l leaf) setNumber(n int64, refuse func() error) error {
	switch v := l.value; {
	case v.Type() == durationType || n < 0:
		return refuse()
	case v.CanInt():
		v.SetInt(n)
	case v.CanUint():
		v.SetUint(uint64(n))
	default:
		return refuse()
	}
	return nil
}

func (l leaf) setList(given []any, refuse func() error) error {
	if l.value.Kind() != reflect.Slice {
		return refuse()
	}
	var list []string
	for _, g := range given {
		s, ok := g.(string)
		if !ok {
			return refuse()
		}
		list = append(list, s)
	}
	l.value.Set(reflect.ValueOf(list))
	return nil
}

// parseScalar reads s as a value of v's type.
func parseScalar(v reflect.Value, s string) (reflect.Value, error) {
	out := reflect.New(v.Type()).Elem()
	var err error
	switch {
	case v.Type() == durationType:
		var d time.Duration
		d, err = time.ParseDuration(s)
		out.SetInt(int64(d))
	case v.Kind() == reflect.String:
		out.SetString(s)
	case v.Kind() == reflect.Bool:
		var b bool
		b, err = strconv.ParseBool(s)
		out.SetBool(b)
	case v.CanInt():
		var n int64
		n, err = strconv.ParseInt(s, 10, 64)
		out.SetInt(n)
	case v.CanUint():
		var n uint64
		n, err = strconv.ParseUint(s, 10, 64)
		out.SetUint(n)
	}
	return out, err
}

// expects says what the key takes.
func (l leaf) expects() string {
	switch v := l.value; {
	case v.Type() == durationType:
		return `a duration such as "30s", "10m" or "2h"`
	case v.Type() == reflect.TypeFor[Size]():
		return `a size such as "64KiB", "1MiB" or "2GiB"`
	case v.Kind() == reflect.Bool:
		return "true or false"
	case v.CanInt(), v.CanUint():
		return "a whole number, 0 or more"
	case v.Kind() == reflect.Slice:
		return `a list such as ["a", "b"]`
	case v.Kind() == reflect.Map:
		return "a table of texts"
	}
	return "a text in quotes"
}

// mask stands for a secret that is set.
const mask = "********"

// TOML is the configuration as a file would have it, secrets masked.
func (c Config) TOML() string {
	var b strings.Builder
	section := ""
	for _, l := range c.leaves() {
		at, name := "", l.key
		if i := strings.LastIndexByte(l.key, '.'); i >= 0 {
			at, name = l.key[:i], l.key[i+1:]
		}
		if at != section {
			section = at
			fmt.Fprintf(&b, "\n[%s]\n", section)
		}
		fmt.Fprintf(&b, "%s = %s\n", name, l.text())
	}
	return b.String()
}

// text is the leaf's value in TOML.
func (l leaf) text() string {
	v := l.value
	if l.secret() && !v.IsZero() && !l.isDefault() {
		return strconv.Quote(mask)
	}
	if t, ok := v.Interface().(encoding.TextMarshaler); ok {
		b, _ := t.MarshalText()
		return strconv.Quote(string(b))
	}
	switch x := v.Interface().(type) {
	case time.Duration:
		return strconv.Quote(short(x))
	case string:
		if strings.Contains(x, `"`) && !strings.ContainsAny(x, "'\n") {
			return "'" + x + "'"
		}
		return strconv.Quote(x)
	case []string:
		quoted := make([]string, len(x))
		for i, s := range x {
			quoted[i] = strconv.Quote(s)
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	case map[string]string:
		var pairs []string
		for k, s := range x {
			pairs = append(pairs, strconv.Quote(k)+" = "+strconv.Quote(s))
		}
		slices.Sort(pairs)
		if len(pairs) == 0 {
			return "{}"
		}
		return "{ " + strings.Join(pairs, ", ") + " }"
	}
	return fmt.Sprint(v.Interface())
}

func (l leaf) isDefault() bool {
	d := Default()
	for _, o := range d.leaves() {
		if o.key == l.key {
			return reflect.DeepEqual(o.value.Interface(), l.value.Interface())
		}
	}
	return false
}

// short is a duration without its zero parts: 2h, not 2h0m0s.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// Changed lists the keys whose values differ between two configurations.
func (c Config) Changed(o Config) []string {
	var out []string
	others := o.leaves()
	for i, l := range c.leaves() {
		if !reflect.DeepEqual(l.value.Interface(), others[i].value.Interface()) {
			out = append(out, l.key)
		}
	}
	return out
}
