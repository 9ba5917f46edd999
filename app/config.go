package app

import (
	"time"

	"stoa/app/size"
)

// Config is everything an operator can set. The sources, weakest first:
// Default, the TOML file, systemd credentials, the environment (STOA_…), flags.
// config.example.toml describes every key.
type Config struct {
	Listen         string   `koanf:"listen" env:"LISTEN"`                   // host:port
	PublicURL      string   `koanf:"public_url" env:"PUBLIC_URL"`           // "" = as the client asked
	DataDir        string   `koanf:"data_dir" env:"DATA_DIR"`               // everything the server keeps
	TimeZone       string   `koanf:"time_zone" env:"TIME_ZONE"`             // IANA name; "" = the machine's
	TrustedProxies []string `koanf:"trusted_proxies" env:"TRUSTED_PROXIES"` // networks (CIDR) or addresses

	TLS      TLS      `koanf:"tls" envPrefix:"TLS_"`
	Log      Log      `koanf:"log" envPrefix:"LOG_"`
	Limits   Limits   `koanf:"limits" envPrefix:"LIMITS_"`
	Session  Session  `koanf:"session" envPrefix:"SESSION_"`
	Password Password `koanf:"password" envPrefix:"PASSWORD_"`
	Signup   Signup   `koanf:"signup" envPrefix:"SIGNUP_"`
	Message  Message  `koanf:"message" envPrefix:"MESSAGE_"`
	Gallery  Gallery  `koanf:"gallery" envPrefix:"GALLERY_"`
	PCloud   PCloud   `koanf:"pcloud" envPrefix:"PCLOUD_"`
	Kodo     Kodo     `koanf:"kodo" envPrefix:"KODO_"`
	Egress   Egress   `koanf:"egress" envPrefix:"EGRESS_"`
	Dialects Dialects `koanf:"dialects" envPrefix:"DIALECTS_"`
	Memory   Memory   `koanf:"memory" envPrefix:"MEMORY_"`
	Metrics  Metrics  `koanf:"metrics" envPrefix:"METRICS_"`
	Seal     Seal     `koanf:"seal" envPrefix:"SEAL_"`
	Backup   Backup   `koanf:"backup" envPrefix:"BACKUP_"`
	Storage  Storage  `koanf:"storage" envPrefix:"STORAGE_"`
	Tenants  Tenants  `koanf:"tenants" envPrefix:"TENANTS_"`
}

// TLS names the certificate files; both empty = plain HTTP.
type TLS struct {
	Cert string `koanf:"cert" env:"CERT"` // PEM, chain included
	Key  string `koanf:"key" env:"KEY"`   // PEM
}

// Log says how much is logged, and in which form.
type Log struct {
	Level  string `koanf:"level" env:"LEVEL"`   // debug, info, warn, error
	Format string `koanf:"format" env:"FORMAT"` // json or text
	Access bool   `koanf:"access" env:"ACCESS"` // a line for every request
}

// Limits bound what clients may take.
type Limits struct {
	Body          Size          `koanf:"body" env:"BODY"`
	Header        Size          `koanf:"header" env:"HEADER"`
	JSONDepth     int           `koanf:"json_depth" env:"JSON_DEPTH"`
	Concurrent    int           `koanf:"concurrent" env:"CONCURRENT"`
	Streams       int           `koanf:"streams" env:"STREAMS"`
	Deadline      time.Duration `koanf:"deadline" env:"DEADLINE"`
	HeaderTimeout time.Duration `koanf:"header_timeout" env:"HEADER_TIMEOUT"`
	BodyTimeout   time.Duration `koanf:"body_timeout" env:"BODY_TIMEOUT"`
	IdleTimeout   time.Duration `koanf:"idle_timeout" env:"IDLE_TIMEOUT"`
	Drain         time.Duration `koanf:"drain" env:"DRAIN"`
}

// Session says how long sign-ins last.
type Session struct {
	Idle          time.Duration `koanf:"idle" env:"IDLE"`
	Absolute      time.Duration `koanf:"absolute" env:"ABSOLUTE"`
	AbsoluteAdmin time.Duration `koanf:"absolute_admin" env:"ABSOLUTE_ADMIN"`
}

// Password is the policy for new passwords, in characters.
type Password struct {
	Min      int `koanf:"min" env:"MIN"`
	MinAdmin int `koanf:"min_admin" env:"MIN_ADMIN"`
}

// Signup opens or closes the doors by which strangers make accounts.
type Signup struct {
	Enabled bool `koanf:"enabled" env:"ENABLED"`
}

// Message chooses the senders of short messages and e-mails.
type Message struct {
	Language string `koanf:"language" env:"LANGUAGE"` // of the texts: zh or en
	SMS      SMS    `koanf:"sms" envPrefix:"SMS_"`
	Email    Email  `koanf:"email" envPrefix:"EMAIL_"`
}

// SMS is the sender of short messages: outbox keeps them for super
// administrators to read out, http posts them to a gateway. Body, URL and headers
// are templates; message.HTTPConfig says what they may use.
type SMS struct {
	Sender  string            `koanf:"sender" env:"SENDER"` // outbox or http
	URL     string            `koanf:"url" env:"URL"`
	Method  string            `koanf:"method" env:"METHOD"`
	Format  string            `koanf:"format" env:"FORMAT"` // json or form: how Body's values are escaped
	Headers map[string]string `koanf:"headers" env:"HEADERS"`
	Body    string            `koanf:"body" env:"BODY"`
	Success string            `koanf:"success" env:"SUCCESS"` // regular expression of the answer's body; "" = any 2xx is success
}

// Email is the sender of e-mails: outbox or smtp.
type Email struct {
	Sender   string `koanf:"sender" env:"SENDER"` // outbox or smtp
	Host     string `koanf:"host" env:"HOST"`
	Port     int    `koanf:"port" env:"PORT"`
	Security string `koanf:"security" env:"SECURITY"` // starttls, tls or none
	User     string `koanf:"user" env:"USER"`
	Password string `koanf:"password" env:"PASSWORD"`
	From     string `koanf:"from" env:"FROM"`
}

// Gallery sets the gallery dialect.
type Gallery struct {
	Organisation uint64 `koanf:"organisation" env:"ORGANISATION"` // who signs up there joins it
	Anonymous    bool   `koanf:"anonymous" env:"ANONYMOUS"`       // as its document: no sign-in asked
}

// PCloud sets the pcloud dialect.
type PCloud struct {
	FrontEnd   bool `koanf:"front_end" env:"FRONT_END"`     // online flag as pcloud-admin reads it
	ShortPaths bool `koanf:"short_paths" env:"SHORT_PATHS"` // the routes without /api too
}

// Kodo sets the dialect of Qiniu's object storage.
type Kodo struct {
	// Domains are further host names, "files.example.com" or "files.example.com:8443",
	// under which clients sign private downloads, where a proxy changes the one they
	// asked for.
	Domains []string `koanf:"domains" env:"DOMAINS"`
}

// Egress says where the server may go for users: callbacks, fetched files, storage.
type Egress struct {
	// Allow are hosts and networks that may be private or loopback, on any port:
	// "host", "host:port", "10.1.2.3" or "10.0.0.0/8".
	Allow []string `koanf:"allow" env:"ALLOW"`
}

// Dialects switches the documented APIs.
type Dialects struct {
	DataCanvas Dialect `koanf:"datacanvas" envPrefix:"DATACANVAS_"`
	Casdao     Dialect `koanf:"casdao" envPrefix:"CASDAO_"`
	PCloud     Dialect `koanf:"pcloud" envPrefix:"PCLOUD_"`
	Channel    Dialect `koanf:"channel" envPrefix:"CHANNEL_"`
	Gallery    Dialect `koanf:"gallery" envPrefix:"GALLERY_"`
	Kodo       Dialect `koanf:"kodo" envPrefix:"KODO_"`
}

// Dialect switches one documented API.
type Dialect struct {
	Enabled bool     `koanf:"enabled" env:"ENABLED"`
	Hosts   []string `koanf:"hosts" env:"HOSTS"` // empty = every host name
}

// Hosts are the host names that a documented API is bound to; none = all.
func (d Dialects) Hosts(name string) []string {
	of := map[string]Dialect{"datacanvas": d.DataCanvas, "casdao": d.Casdao, "pcloud": d.PCloud, "channel": d.Channel, "gallery": d.Gallery, "kodo": d.Kodo}
	return append([]string{}, of[name].Hosts...)
}

// Memory bounds the server's memory.
type Memory struct {
	Limit Size `koanf:"limit" env:"LIMIT"` // soft limit of the Go heap; 0 = a quarter of the machine's or the cgroup's
}

// Metrics guards /metrics.
type Metrics struct {
	Token string `koanf:"token" env:"TOKEN"` // bearer token; "" = loopback only
}

// Seal says where the master key is.
type Seal struct {
	KeyFile string `koanf:"key_file" env:"KEY_FILE"` // "" = master.key beside the data, made at the first start
}

// Backup says when backups are made, where they go and how many are kept.
type Backup struct {
	Dir    string        `koanf:"dir" env:"DIR"`       // "" = none are made by themselves
	Every  time.Duration `koanf:"every" env:"EVERY"`   // between two
	At     string        `koanf:"at" env:"AT"`         // time of day ("03:00") where every is whole days; "" = any
	Keep   int           `koanf:"keep" env:"KEEP"`     // the newest so many
	Daily  int           `koanf:"daily" env:"DAILY"`   // and the last of each of so many days
	Weekly int           `koanf:"weekly" env:"WEEKLY"` // and the last of each of so many weeks
}

// Tenants are the rules for resellers' companies.
type Tenants struct {
	FreeQuota   Size          `koanf:"free_quota" env:"FREE_QUOTA"`     // what a new company may keep beside what it pays for
	DeleteAfter time.Duration `koanf:"delete_after" env:"DELETE_AFTER"` // how long a company is frozen before it can be deleted
}

// Storage bounds what tenants bring along.
type Storage struct {
	Credentials int `koanf:"credentials" env:"CREDENTIALS"` // buckets of its own that a tenant may have
}

// Default is the configuration of a server that was told nothing.
func Default() Config {
	on := Dialect{Enabled: true}
	return Config{
		Listen:   "127.0.0.1:8080",
		DataDir:  "stoa-data",
		Log:      Log{Level: "info", Format: "json", Access: true},
		Limits:   defaultLimits(),
		Session:  Session{Idle: 2 * time.Hour, Absolute: 720 * time.Hour, AbsoluteAdmin: 12 * time.Hour},
		Password: Password{Min: 8, MinAdmin: 12},
		Signup:   Signup{Enabled: true},
		Message: Message{
			Language: "zh",
			SMS:      SMS{Sender: "outbox", Method: "POST", Format: "json", Body: `{"to":"{{.To}}","text":"{{.Text}}"}`},
			Email:    Email{Sender: "outbox", Port: 587, Security: "starttls"},
		},
		Gallery:  Gallery{Organisation: 1},
		PCloud:   PCloud{ShortPaths: true},
		Dialects: Dialects{DataCanvas: on, Casdao: on, PCloud: on, Channel: on, Gallery: on, Kodo: on},
		Backup:   Backup{Every: 24 * time.Hour, At: "03:00", Keep: 7, Weekly: 4},
		Storage:  Storage{Credentials: 5},
		Tenants:  Tenants{DeleteAfter: 7 * 24 * time.Hour},
	}
}

func defaultLimits() Limits {
	return Limits{Body: 1 << 20, Header: 64 << 10, JSONDepth: 64, Concurrent: 2048, Streams: 1024,
		Deadline: 30 * time.Second, HeaderTimeout: 10 * time.Second, BodyTimeout: time.Minute,
		IdleTimeout: 2 * time.Minute, Drain: 10 * time.Second}
}

// Location is the zone of times without one. Check has tried the name.
func (c Config) Location() *time.Location {
	if c.TimeZone == "" {
		return time.Local
	}
	loc, err := time.LoadLocation(c.TimeZone)
	if err != nil {
		return time.UTC
	}
	return loc
}

// Size is a number of bytes, written "64KiB", "1MiB", "2GiB" or plain.
type Size = size.Size
