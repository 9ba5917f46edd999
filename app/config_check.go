package app

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Check tells everything that is wrong with the configuration: each problem
// names the key, its value and what is expected.
func (c Config) Check() error {
	var p problems
	p.listen(c.Listen)
	if c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		p.when(err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Trim(u.Path, "/") != "",
			"public_url", c.PublicURL, "http(s)://host without a path")
	}
	p.when(c.DataDir == "", "data_dir", c.DataDir, "the folder for everything the server keeps")
	if _, err := time.LoadLocation(c.TimeZone); err != nil {
		p.add("time_zone", c.TimeZone, "a zone such as Asia/Shanghai, or nothing for the machine's")
	}
	for _, n := range c.TrustedProxies {
		if _, err := parseNetwork(n); err != nil {
			p.add("trusted_proxies", n, "addresses or networks such as 10.0.0.0/8")
		}
	}
	p.when((c.TLS.Cert == "") != (c.TLS.Key == ""), "tls", c.TLS.Cert+c.TLS.Key, "both cert and key, or neither")
	p.oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	p.oneOf("log.format", c.Log.Format, "json", "text")
	p.limits(c.Limits)
	p.when(c.Session.Idle < time.Minute, "session.idle", c.Session.Idle, "at least 1m")
	p.when(c.Session.Absolute < c.Session.Idle, "session.absolute", c.Session.Absolute, "at least session.idle")
	p.when(c.Session.AbsoluteAdmin < c.Session.Idle, "session.absolute_admin", c.Session.AbsoluteAdmin, "at least session.idle")
	p.when(c.Password.Min < 8 || c.Password.Min > 128, "password.min", c.Password.Min, "8 to 128")
	p.when(c.Password.MinAdmin < c.Password.Min || c.Password.MinAdmin > 128, "password.min_admin", c.Password.MinAdmin, "password.min to 128")
	p.message(c.Message)
	p.when(c.Gallery.Organisation == 0, "gallery.organisation", c.Gallery.Organisation, "the id of an organisation")
	p.when(c.Memory.Limit != 0 && c.Memory.Limit < 64<<20, "memory.limit", c.Memory.Limit, "at least 64MiB, or 0 for a quarter of the memory")
	p.backup(c.Backup)
	p.when(c.Tenants.FreeQuota < 0, "tenants.free_quota", c.Tenants.FreeQuota, "0 or more")
	p.when(c.Tenants.DeleteAfter < 0, "tenants.delete_after", c.Tenants.DeleteAfter, "0s or more")
	p.names("kodo.domains", c.Kodo.Domains, "host names such as files.example.com, with a port where there is one, without scheme and path")
	p.names("egress.allow", c.Egress.Allow, "hosts, host:port, addresses or networks such as 10.0.0.0/8")
	p.when(c.Storage.Credentials < 1 || c.Storage.Credentials > 100, "storage.credentials", c.Storage.Credentials, "1 to 100")
	return errors.Join(p...)
}

func (p *problems) backup(b Backup) {
	p.when(b.Every < time.Minute, "backup.every", b.Every, "at least 1m")
	if b.At != "" {
		_, err := time.Parse("15:04", b.At)
		p.when(err != nil, "backup.at", b.At, "a time of day such as 03:00, or nothing")
	}
	p.when(b.Keep < 1, "backup.keep", b.Keep, "at least 1")
	p.when(b.Daily < 0, "backup.daily", b.Daily, "0 or more")
	p.when(b.Weekly < 0, "backup.weekly", b.Weekly, "0 or more")
}

// names refuses what can't be a host, a host with a port, or a network.
func (p *problems) names(key string, list []string, expected string) {
	for _, n := range list {
		_, err := parseNetwork(n)
		p.when(n == "" || strings.ContainsAny(n, " @?#\\") || strings.Contains(n, "://") || err != nil && strings.Contains(n, "/"), key, n, expected)
	}
}

// problems collects what is wrong.
type problems []error

func (p *problems) add(key string, value any, expected string) {
	if s, ok := value.(Size); ok {
		b, _ := s.MarshalText()
		value = string(b)
	}
	*p = append(*p, fmt.Errorf("%s = %q: %s is expected", key, fmt.Sprint(value), expected))
}

func (p *problems) when(bad bool, key string, value any, expected string) {
	if bad {
		p.add(key, value, expected)
	}
}

func (p *problems) oneOf(key, value string, allowed ...string) {
	p.when(!slices.Contains(allowed, value), key, value, strings.Join(allowed[:len(allowed)-1], ", ")+" or "+allowed[len(allowed)-1])
}

func (p *problems) listen(address string) {
	_, port, err := net.SplitHostPort(address)
	n, portErr := strconv.Atoi(port)
	p.when(err != nil || portErr != nil || n < 0 || n > 65535, "listen", address, "host:port, such as 127.0.0.1:8080 or :8080")
}

func (p *problems) limits(l Limits) {
	p.when(l.Body < 1<<10, "limits.body", l.Body, "at least 1KiB")
	p.when(l.Header < 4<<10, "limits.header", l.Header, "at least 4KiB")
	p.when(l.JSONDepth < 8 || l.JSONDepth > 1000, "limits.json_depth", l.JSONDepth, "8 to 1000")
	p.when(l.Concurrent < 1, "limits.concurrent", l.Concurrent, "at least 1")
	p.when(l.Streams < 1, "limits.streams", l.Streams, "at least 1")
	for _, d := range []struct {
		key   string
		value time.Duration
	}{{"deadline", l.Deadline}, {"header_timeout", l.HeaderTimeout}, {"body_timeout", l.BodyTimeout},
		{"idle_timeout", l.IdleTimeout}, {"drain", l.Drain}} {
		p.when(d.value < time.Second, "limits."+d.key, d.value, "at least 1s")
	}
}

func (p *problems) message(m Message) {
	p.oneOf("message.language", m.Language, "zh", "en")
	p.oneOf("message.sms.sender", m.SMS.Sender, "outbox", "http")
	p.oneOf("message.sms.method", m.SMS.Method, "POST", "PUT", "GET")
	p.oneOf("message.sms.format", m.SMS.Format, "json", "form", "text")
	p.when(m.SMS.Sender == "http" && m.SMS.URL == "", "message.sms.url", m.SMS.URL, "the gateway's address, because message.sms.sender is http")
	p.oneOf("message.email.sender", m.Email.Sender, "outbox", "smtp")
	p.oneOf("message.email.security", m.Email.Security, "starttls", "tls", "none")
	p.when(m.Email.Port < 1 || m.Email.Port > 65535, "message.email.port", m.Email.Port, "1 to 65535")
	smtp := m.Email.Sender == "smtp"
	p.when(smtp && m.Email.Host == "", "message.email.host", m.Email.Host, "the mail server, because message.email.sender is smtp")
	p.when(smtp && !strings.Contains(m.Email.From, "@"), "message.email.from", m.Email.From, "the sender's address, because message.email.sender is smtp")
}

// Proxies are the trusted proxies as networks; a single address is a network
// of its own. Check has tried them.
func (c Config) Proxies() []netip.Prefix {
	var out []netip.Prefix
	for _, n := range c.TrustedProxies {
		if p, err := parseNetwork(n); err == nil {
			out = append(out, p)
		}
	}
	return out
}

func parseNetwork(s string) (netip.Prefix, error) {
	if strings.Contains(s, "/") {
		p, err := netip.ParsePrefix(s)
		return p.Masked(), err
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, err
	}
	return a.Prefix(a.BitLen())
}
