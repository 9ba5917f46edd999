package app_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"stoa/app"
)

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "stoa.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// The example shows every key, at its default, and is a valid file both as it
// is and with its comments taken away.
func TestExampleEqualsDefaults(t *testing.T) {
	raw, err := os.ReadFile("../config.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	key := regexp.MustCompile(`(?m)^#([a-z_]+ = )`)
	open := key.ReplaceAllString(string(raw), "$1")
	for _, text := range []string{string(raw), open} {
		got, err := app.Load(write(t, text), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got.TOML() != app.Default().TOML() {
			t.Errorf("the example is not the defaults:\n%s", got.TOML())
		}
	}
	shown := strings.Join(keys(open), "\n")
	if want := strings.Join(keys(app.Default().TOML()), "\n"); shown != want {
		t.Errorf("keys of the example:\n%s\nkeys of the configuration:\n%s", shown, want)
	}
}

// keys lists section and key of each line with a value.
func keys(text string) []string {
	var out []string
	section := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			section = line
		} else if k, _, ok := strings.Cut(line, " = "); ok && !strings.HasPrefix(line, "#") {
			out = append(out, section+k)
		}
	}
	return out
}

func TestSourcesOverrideEachOther(t *testing.T) {
	credentials := t.TempDir()
	if err := os.WriteFile(filepath.Join(credentials, "message.email.password"), []byte("from-credential\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	path := write(t, "listen = \":1\"\n[session]\nidle = \"3h\"\n[limits]\nbody = \"2MiB\"\njson_depth = 9\n"+
		"[message.sms.headers]\nAuthorization = \"Bearer gateway\"\n[dialects.gallery]\nenabled = false\n")
	c, err := app.Load(path, []string{"STOA_LISTEN=:2", "STOA_LIMITS_BODY=4MiB", "STOA_TRUSTED_PROXIES=10.0.0.0/8,127.0.0.1",
		"STOA_GALLERY_ANONYMOUS=true", "CREDENTIALS_DIRECTORY=" + credentials, "STATE_DIRECTORY=/var/lib/stoa"})
	if err != nil {
		t.Fatal(err)
	}
	for _, check := range []struct{ name, got, want any }{
		{"environment over file", c.Listen, ":2"},
		{"environment over file, size", c.Limits.Body, app.Size(4 << 20)},
		{"file over default", c.Session.Idle, 3 * time.Hour},
		{"file, number", c.Limits.JSONDepth, 9},
		{"file, table", c.Message.SMS.Headers["Authorization"], "Bearer gateway"},
		{"file, nested", c.Dialects.Gallery.Enabled, false},
		{"default kept beside it", c.Dialects.Casdao.Enabled, true},
		{"credential", c.Message.Email.Password, "from-credential"},
		{"list", c.TrustedProxies, []string{"10.0.0.0/8", "127.0.0.1"}},
		{"environment alone", c.Gallery.Anonymous, true},
		{"state directory", c.DataDir, "/var/lib/stoa"},
	} {
		if !reflect.DeepEqual(check.got, check.want) {
			t.Errorf("%s: %v, want %v", check.name, check.got, check.want)
		}
	}
	if text := c.TOML(); strings.Contains(text, "from-credential") || strings.Contains(text, "gateway") {
		t.Errorf("a secret is shown:\n%s", text)
	}
}

func TestBadConfigurationIsNamed(t *testing.T) {
	for _, c := range []struct{ name, file, env, want string }{
		{"unknown key", "lisen = \":80\"", "", "unknown key lisen; did you mean listen?"},
		{"unknown nested key", "[limits]\nbodi = 1", "", "unknown key limits.bodi; did you mean limits.body?"},
		{"unknown section", "[seesion]\nidle = \"1h\"", "", "did you mean session.idle?"},
		{"wrong kind", "[limits]\nconcurrent = \"many\"", "", "limits.concurrent = many: a whole number, 0 or more is expected"},
		{"bare number as time", "[session]\nidle = 7200", "", "session.idle = 7200: a duration such as"},
		{"bad size", "[limits]\nbody = \"1 megabyte\"", "", "limits.body = 1 megabyte: a size such as"},
		{"section as value", "tls = true", "", "unknown key tls"},
		{"not TOML", "listen = ", "", "line 1"},
		{"environment", "", "STOA_SESSION_IDLE=soon", `STOA_SESSION_IDLE = "soon": a duration`},
		{"environment, size", "", "STOA_LIMITS_BODY=huge", `STOA_LIMITS_BODY = "huge": a size`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := app.Load(write(t, c.file), []string{c.env})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestCheckNamesKeyValueAndExpectation(t *testing.T) {
	if err := app.Default().Check(); err != nil {
		t.Errorf("the defaults: %v", err)
	}
	c := app.Default()
	c.Listen, c.Log.Level, c.TimeZone = "8080", "loud", "Mars/Olympus"
	c.TrustedProxies = []string{"10.0.0.0/33"}
	c.TLS.Cert = "cert.pem"
	c.Limits.Body = 5
	c.Message.SMS.Sender = "http"
	err := c.Check()
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{`listen = "8080": host:port`, `log.level = "loud": debug, info, warn or error is expected`,
		`time_zone = "Mars/Olympus"`, `trusted_proxies = "10.0.0.0/33"`, `tls = "cert.pem": both cert and key`,
		`limits.body = "5": at least 1KiB`, `message.sms.url = ""`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in:\n%v", want, err)
		}
	}
}

func TestUnknownEnvironmentIsNoticed(t *testing.T) {
	got := app.UnknownEnv([]string{"STOA_LISTEN=:1", "STOA_LISTN=:2", "STOA_MASTER_KEY=x", "PATH=/bin"})
	if len(got) != 1 || got[0] != "STOA_LISTN (nearest: STOA_LISTEN)" {
		t.Errorf("%q", got)
	}
}
