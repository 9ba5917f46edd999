// Package variable fills Kodo's variables into templates: $(key), ${fsize} and the
// caller's own $(x:name), as they stand in callback bodies, answers and names for
// new files. It knows no request; a Lookup says what each variable stands for.
//
// Source: Qiniu's manual, "magic variables" and "custom variables".
package variable

import (
	"encoding/json"
	"net/url"
	"strings"
	"unicode/utf8"
)

// Kind says how a value is written into JSON.
type Kind uint8

// The kinds.
const (
	Missing Kind = iota // null in JSON, nothing elsewhere
	Text
	Raw // a JSON number or object, bare in JSON
)

// Value is what a variable stands for.
type Value struct {
	Kind Kind
	Text string
}

// String is the value of a text variable.
func String(s string) Value { return Value{Text, s} }

// Number is the value of a number or of ready JSON.
func Number(s string) Value { return Value{Raw, s} }

// Lookup finds a variable by its name, "key" or "x:foo".
type Lookup func(name string) Value

// maxName bounds a variable's name, in bytes; more is no variable.
const maxName = 128

// next finds the first variable of a template: what is before it, its name, and
// what is behind it.
func next(template string) (before, name, after string, ok bool) {
	for i := 0; i+3 < len(template); i++ {
		if template[i] != '$' || template[i+1] != '(' && template[i+1] != '{' {
			continue
		}
		end := byte(')')
		if template[i+1] == '{' {
			end = '}'
		}
		n := strings.IndexByte(template[i+2:], end)
		if n < 1 || n > maxName || !named(template[i+2:i+2+n]) {
			continue
		}
		return template[:i], template[i+2 : i+2+n], template[i+3+n:], true
	}
	return template, "", "", false
}

// named reports whether s can be a variable's name.
func named(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') && c != '_' && c != '-' && c != '.' && c != ':' && c < utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Plain fills a template as it is, for names of files.
func Plain(template string, of Lookup) string {
	return fill(template, of, func(_ string, v Value) string { return v.Text })
}

// Form fills a form body: values are escaped.
func Form(template string, of Lookup) string {
	return fill(template, of, func(_ string, v Value) string { return url.QueryEscape(v.Text) })
}

// JSON fills a JSON text. Outside of quotes a text gets its own, numbers and
// objects stand bare and what is missing is null; inside of quotes all are text.
// The result is valid JSON if the template is, with any value in each place.
func JSON(template string, of Lookup) string {
	quoted, escaped := false, false
	return fill(template, of, func(before string, v Value) string {
		for i := range len(before) {
			switch {
			case escaped:
				escaped = false
			case before[i] == '\\' && quoted:
				escaped = true
			case before[i] == '"':
				quoted = !quoted
			}
		}
		escaped = false
		switch {
		case quoted:
			q := quote(v.Text)
			return q[1 : len(q)-1]
		case v.Kind == Missing:
			return "null"
		case v.Kind == Raw:
			return v.Text
		}
		return quote(v.Text)
	})
}

func fill(template string, of Lookup, write func(before string, v Value) string) string {
	var b strings.Builder
	for {
		before, name, after, ok := next(template)
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		b.WriteString(write(before, of(name)))
		template = after
	}
}

// quote is s as a JSON string, without the escapes meant for HTML.
func quote(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string and a Builder: neither fails
	return strings.TrimSuffix(b.String(), "\n")
}

// Names lists the variables of a template in their order.
func Names(template string) []string {
	var out []string
	for {
		_, name, after, ok := next(template)
		if !ok {
			return out
		}
		out, template = append(out, name), after
	}
}
