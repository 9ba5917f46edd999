package audit

import (
	"encoding/json"
	"strings"
)

// Mask is what stands in the log where a secret was.
const Mask = "******"

// Secret reports whether a field of this name holds something that must not be
// logged. Case, "_" and "-" make no difference.
func Secret(field string) bool {
	name := strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(field))
	switch name {
	case "code", "otp", "pin", "pwd", "verifycode", "smscode", "recoverycodes", "recoverycode", "captcha",
		"securekey", "privatekey", "apikey", "cookie", "authorization", "credentials", "body":
		return true
	}
	for _, part := range []string{"password", "passwd", "passphrase", "secret", "token"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// Params is v as JSON with the secrets masked: what Entry.Params is made of. A
// value that has no JSON form gives "".
func Params(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return maskJSON(string(text))
}

// maskJSON masks the secrets of a JSON text. What is not JSON can't be masked by
// field and is not kept at all.
func maskJSON(text string) string {
	if text == "" {
		return ""
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil || d.More() {
		return ""
	}
	out, err := json.Marshal(masked(v))
	if err != nil || len(out) > maxParams {
		return ""
	}
	return string(out)
}

func masked(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			// {"old": …, "new": …} is how a password is changed through the native API.
			if (Secret(name) || name == "old" || name == "new") && !blank(value) {
				v[name] = Mask
			} else {
				v[name] = masked(value)
			}
		}
	case []any:
		for i := range v {
			v[i] = masked(v[i])
		}
	}
	return v
}

func blank(v any) bool { return v == nil || v == "" }

func maskChange(c Change) Change {
	c = Change{Field: cut(c.Field, maxText), Old: cut(c.Old, maxText), New: cut(c.New, maxText)}
	if Secret(c.Field) {
		if c.Old != "" {
			c.Old = Mask
		}
		if c.New != "" {
			c.New = Mask
		}
	}
	return c
}
