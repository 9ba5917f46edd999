package app

import (
	"encoding"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/knadh/koanf/parsers/toml/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
	gotoml "github.com/pelletier/go-toml/v2"

	"stoa/app/seal"
)

// envPrefix begins the name of every variable that is read.
const envPrefix = "STOA_"

// Load is the configuration of a file (path "" = none), the systemd
// credentials in environ's CREDENTIALS_DIRECTORY and the variables STOA_… of
// environ, over the defaults. The result is not checked yet: flags come first.
func Load(path string, environ []string) (Config, error) {
	c := Default()
	vars := env.ToMap(environ)
	if dir := vars["STATE_DIRECTORY"]; dir != "" {
		c.DataDir, _, _ = strings.Cut(dir, ":")
	}
	if path != "" {
		if err := c.loadFile(path); err != nil {
			return c, err
		}
	}
	if dir := vars["CREDENTIALS_DIRECTORY"]; dir != "" {
		if err := c.loadCredentials(dir); err != nil {
			return c, err
		}
	}
	return c, c.loadEnv(vars)
}

// loadFile reads the TOML file and refuses keys that do not exist.
func (c *Config) loadFile(path string) error {
	k := koanf.New(".")
	if err := k.Load(file.Provider(path), toml.Parser()); err != nil {
		var at *gotoml.DecodeError
		if errors.As(err, &at) {
			line, col := at.Position()
			return fmt.Errorf("%s, line %d, column %d: %w", path, line, col, err)
		}
		return fmt.Errorf("the configuration file: %w", err)
	}
	leaves := c.leaves()
	for _, key := range k.Keys() {
		value := k.Get(key)
		l, name, ok := find(leaves, key)
		if !ok {
			if m, empty := value.(map[string]any); empty && len(m) == 0 && isSection(leaves, key) {
				continue
			}
			return fmt.Errorf("%s: unknown key %s; did you mean %s?", path, key, nearest(leaves, key))
		}
		if err := l.set(name, value); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}

// loadCredentials reads secrets that systemd hands over, each in a file with
// the name of its key (LoadCredential=message.email.password:…).
func (c *Config) loadCredentials(dir string) error {
	leaves := c.leaves()
	for _, l := range leaves {
		if !l.secret() || l.value.Kind() != reflect.String {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, l.key))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("the credential %s: %w", l.key, err)
		}
		l.value.SetString(strings.TrimRight(string(b), "\r\n"))
	}
	return nil
}

// loadEnv takes the variables that are set; the library's errors name fields,
// so the variable at fault is looked for again.
func (c *Config) loadEnv(vars map[string]string) error {
	err := env.ParseWithOptions(c, env.Options{Prefix: envPrefix, Environment: vars})
	if err == nil {
		return nil
	}
	scratch := Default()
	for _, l := range scratch.leaves() {
		v, ok := vars[l.env()]
		if !ok {
			continue
		}
		if t, isText := l.value.Addr().Interface().(encoding.TextUnmarshaler); isText && t.UnmarshalText([]byte(v)) == nil {
			continue
		}
		if _, kindErr := parseScalar(l.value, v); kindErr != nil {
			return fmt.Errorf("environment: %s = %q: %s is expected", l.env(), v, l.expects())
		}
	}
	return fmt.Errorf("environment: %w", err)
}

// UnknownEnv lists variables STOA_… that mean nothing, with the nearest name
// that does: most are typing errors. They are no error, because container
// platforms set variables of that form themselves.
func UnknownEnv(environ []string) []string {
	c := Default()
	leaves := c.leaves()
	var known, out []string
	for _, l := range leaves {
		known = append(known, l.env())
	}
	for _, kv := range environ {
		name, _, _ := strings.Cut(kv, "=")
		if strings.HasPrefix(name, envPrefix) && name != envPrefix+"CONFIG" && name != seal.Variable && name != seal.NewVariable && !slices.Contains(known, name) {
			out = append(out, name+" (nearest: "+closest(known, name)+")")
		}
	}
	slices.Sort(out)
	return out
}

// leaf is one key of the configuration with the place of its value.
type leaf struct {
	key   string // "limits.body"
	value reflect.Value
}

// leaves lists the keys in the order of the struct.
func (c *Config) leaves() []leaf { return appendLeaves(nil, "", reflect.ValueOf(c).Elem()) }

func appendLeaves(out []leaf, prefix string, v reflect.Value) []leaf {
	for i := range v.NumField() {
		key := prefix + v.Type().Field(i).Tag.Get("koanf")
		if f := v.Field(i); f.Kind() == reflect.Struct {
			out = appendLeaves(out, key+".", f)
		} else {
			out = append(out, leaf{key, f})
		}
	}
	return out
}

// env is the name of the key's variable.
func (l leaf) env() string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(l.key, ".", "_"))
}

// secret keys are masked wherever the configuration is shown.
func (l leaf) secret() bool {
	return l.key == "metrics.token" || l.key == "message.email.password" || strings.HasPrefix(l.key, "message.sms.") &&
		(l.key == "message.sms.url" || l.key == "message.sms.headers" || l.key == "message.sms.body")
}

// find gives the leaf of a key; name is the rest of the key inside a map.
func find(leaves []leaf, key string) (l leaf, name string, ok bool) {
	for _, l := range leaves {
		if l.key == key {
			return l, "", true
		}
		if rest, in := strings.CutPrefix(key, l.key+"."); in && l.value.Kind() == reflect.Map {
			return l, rest, true
		}
	}
	return leaf{}, "", false
}

func isSection(leaves []leaf, key string) bool {
	return slices.ContainsFunc(leaves, func(l leaf) bool { return strings.HasPrefix(l.key, key+".") })
}

func nearest(leaves []leaf, key string) string {
	var known []string
	for _, l := range leaves {
		known = append(known, l.key)
	}
	return closest(known, key)
}

// closest is the known name with the fewest changes to name.
func closest(known []string, name string) string {
	best, least := "", 1<<30
	for _, k := range known {
		if d := distance(k, name); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// durationType tells durations from other whole numbers.
var durationType = reflect.TypeFor[time.Duration]()
