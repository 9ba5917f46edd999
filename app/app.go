// Package app is the whole domain, opened: the services side by side, their
// workers and their store. It knows no HTTP and no dialect.
//
// The words of the house, and what the documented APIs call the same thing:
//
//   - account: a person or program with a user name. datacanvas and casdao
//     "user", pcloud "user" with a "phone", channel "user", gallery "username".
//   - tenant: an organisation (casdao "department" by "departmentId"), a reseller
//     channel, or a channel's company ("cid"). Every account belongs to one.
//   - department: a part of a tenant, in a tree (pcloud "dept").
//   - post, grade: what people are in a tenant (package position).
//   - owner, secondary account: who signed up by itself, and whom it opened an
//     account for (datacanvas "二级用户", casdao "二级账号").
//   - session: a sign-in, with a token that every dialect accepts.
//   - personal token: datacanvas' "X-Access-Token", without a sliding end.
//   - application: a program's own identity (channel "client_id", pcloud
//     "secureId").
//   - segment: numbers that are drawn by a tag, never twice (pcloud "号段").
//   - bucket, object: a tenant's files (package bucket); gallery "image", Kodo
//     "entry". Their bytes are pieces (package depot).
//   - task: work that goes on in the background (package task).
//   - action log: what was done, by whom (package audit).
package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"stoa/app/accesskey"
	"stoa/app/account"
	"stoa/app/account/credential"
	"stoa/app/admission"
	"stoa/app/application"
	"stoa/app/application/calls"
	"stoa/app/audit"
	"stoa/app/avatar"
	"stoa/app/backup"
	"stoa/app/bucket"
	"stoa/app/captcha"
	"stoa/app/cloud"
	"stoa/app/company"
	"stoa/app/depot"
	"stoa/app/dialect"
	"stoa/app/directory"
	"stoa/app/event"
	"stoa/app/extract"
	"stoa/app/factor"
	"stoa/app/folder"
	"stoa/app/follow"
	"stoa/app/idempotency"
	"stoa/app/image"
	"stoa/app/intake"
	"stoa/app/link"
	"stoa/app/menu"
	"stoa/app/message"
	"stoa/app/notice"
	"stoa/app/onetime"
	"stoa/app/openid"
	"stoa/app/org"
	"stoa/app/passkey"
	"stoa/app/password"
	"stoa/app/picture"
	"stoa/app/position"
	"stoa/app/preference"
	"stoa/app/resource"
	"stoa/app/role"
	"stoa/app/role/refusal"
	"stoa/app/rotation"
	"stoa/app/seal"
	"stoa/app/segment"
	"stoa/app/session"
	"stoa/app/setup"
	"stoa/app/share"
	"stoa/app/shelf"
	"stoa/app/source"
	"stoa/app/source/roster"
	"stoa/app/source/trip"
	"stoa/app/system"
	"stoa/app/tally"
	"stoa/app/task"
	"stoa/app/throttle"
	"stoa/app/upload"
	"stoa/app/usage"
	"stoa/blob"
	"stoa/store"
	"stoa/store/kv"
	"stoa/store/kv/badgerkv"
)

// product is how the server calls itself in messages and authenticator apps.
const product = "stoa"

// lastWords is how long Close may write.
const lastWords = 5 * time.Second

// keptEvents is how many events a watcher may be behind.
const keptEvents = 4096

// App is the services side by side.
type App struct {
	Config Config
	DB     *store.DB
	Now    func() time.Time // the clock of everything
	Seal   *seal.Box

	Rotation *rotation.Service // of the master key

	Account     *account.Service
	Credential  *credential.Service // passwords, authenticator apps, reset links
	Admission   *admission.Service
	Follow      *follow.Service
	Session     *session.Service
	Application *application.Service
	Org         *org.Service
	Position    *position.Service
	Audit       *audit.Service
	Message     *message.Service
	Throttle    *throttle.Service
	Passkey     *passkey.Service
	Captcha     *captcha.Service
	Setup       *setup.Service
	System      *system.Service
	Segment     *segment.Service
	OpenID      *openid.Service
	Source      *source.Service
	Trip        *trip.Service   // browsers at a source's own page
	Roster      *roster.Service // synchronisation with directories
	Link        *link.Service   // to elsewhere, in the navigation
	Role        *role.Service
	Menu        *menu.Service
	Resource    *resource.Service
	Task        *task.Service
	Extract     *extract.Service
	Intake      *intake.Service
	Shelf       *shelf.Shelf // files of background work
	Preference  *preference.Service
	Avatar      *avatar.Service
	Notice      *notice.Service
	Tally       *tally.Service
	Blob        blob.Store
	Usage       *usage.Service // bytes of tenants, and their quotas
	Depot       *depot.Service
	Cloud       *cloud.Service // buckets of tenants' own
	Bucket      *bucket.Service
	Upload      *upload.Service // files that come in parts
	AccessKey   *accesskey.Service
	Folder      *folder.Service  // whole folders are moved
	Share       *share.Service   // links to files
	Image       *image.Service   // pictures that people registered
	Picture     *picture.Service // makes smaller ones
	Idempotency *idempotency.Service
	Backup      *backup.Service
	Dialect     *dialect.Service
	Calls       *calls.Service // of applications
	Events      *event.Hub
	Company     *company.Service // resellers' channels and their companies

	refusal *refusal.Service
	oneTime *onetime.Service
	hasher  *password.Hasher
	report  func(error)
	wake    chan struct{} // the sweeper
}

// Options of Open. The zero value is a server's.
type Options struct {
	Clock   func() time.Time         // nil = time.Now
	Engine  kv.Store                 // nil = Badger in Config.DataDir
	Blob    blob.Store               // nil = files in Config.DataDir
	Box     *seal.Box                // nil = the master key that seal.Open finds
	NewKey  string                   // of a change of the master key that may be under way
	SMS     message.Sender           // in place of the configured one; nil = that
	Email   message.Sender           // likewise
	Hash    password.Options         // zero = argon2id as security asks, on all cores
	Getenv  func(name string) string // nil = os.Getenv
	Report  func(error)              // told of errors of workers; nil drops them
	Version string                   // of the program, for the backups it makes
}

// Open opens the store and the services on it. The workers begin with Run.
func Open(ctx context.Context, c Config, o Options) (*App, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Report == nil {
		o.Report = func(error) {}
	}
	a := &App{Config: c, Now: o.Clock, report: o.Report, wake: make(chan struct{}, 1), Seal: o.Box}
	if a.Seal == nil {
		box, err := seal.Open(ctx, c.DataDir, seal.Options{KeyFile: c.Seal.KeyFile, NewKey: o.NewKey, Getenv: o.Getenv})
		if err != nil {
			return nil, err
		}
		a.Seal = box
	}
	schema, err := a.build(c, o)
	if err != nil {
		return nil, err
	}
	engine := o.Engine
	if engine == nil {
		if engine, err = openEngine(c, o); err != nil {
			return nil, errors.Join(err, a.Close())
		}
	}
	if a.DB, err = store.Open(ctx, engine, schema, store.Options{Clock: o.Clock}); err != nil {
		return nil, errors.Join(err, engine.Close(), a.Close())
	}
	if err := a.bind(ctx); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

func openEngine(c Config, o Options) (kv.Store, error) {
	dir := filepath.Join(c.DataDir, "store")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the data directory can't be made: %w", err)
	}
	s, err := badgerkv.Open(dir, badgerkv.Options{Clock: o.Clock})
	if err != nil {
		return nil, err // not s: a nil *Store is no nil kv.Store
	}
	return s, nil
}

// build makes the services, each given its neighbours.
func (a *App) build(c Config, o Options) (*store.Schema, error) {
	schema := store.NewSchema()
	a.Seal.Define(schema)
	epoch := make([]byte, 6)
	_, _ = rand.Read(epoch) // never fails (crypto/rand)
	a.Events = event.New(hex.EncodeToString(epoch), keptEvents)
	a.hasher = password.New(a.Seal.Derive("pepper"), o.Hash)
	a.Audit = audit.New(schema, audit.Deps{Box: a.Seal, Product: o.Version, Added: a.publish})
	a.Rotation = rotation.New(rotation.Deps{Box: a.Seal, Audit: a.Audit, Deadline: c.Limits.Deadline})
	a.Throttle = throttle.New(schema)
	messages, err := senders(c, o, message.Deps{Audit: a.Audit, Box: a.Seal, Product: product, Language: c.Message.Language, SMS: o.SMS, Email: o.Email})
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	a.Message = message.New(schema, messages)
	a.Org = org.New(schema, org.Deps{Audit: a.Audit})
	accounts, rows := directory.New(schema, a.Org)
	a.buildPositions(schema, accounts)
	a.buildGrants(schema, accounts)
	a.Follow = follow.New(schema, follow.Deps{Directory: accounts, Audit: a.Audit, Gone: a.stir})
	a.oneTime = onetime.New(schema, onetime.Deps{Audit: a.Audit, Message: a.Message, Throttle: a.Throttle, Seal: a.Seal,
		PublicURL: func() string { return publicURL(c) }})
	a.buildTrust(schema)
	second := factor.New(schema, a.Seal, product)
	a.Admission = admission.New(admission.Deps{Directory: accounts, Rows: rows, Org: a.Org, Audit: a.Audit, Throttle: a.Throttle,
		Factor: second, OneTime: a.oneTime, Hasher: a.hasher, Elsewhere: a.elsewhere})
	a.Account = account.NewService(schema, accounts, rows, account.Deps{Org: a.Org, Role: a.Role, Position: a.Position, Audit: a.Audit, Throttle: a.Throttle, Message: a.Message,
		Admission: a.Admission, Factor: second, Passkey: a.Passkey, OneTime: a.oneTime, Seal: a.Seal, Hasher: a.hasher, Policy: password.NewPolicy(c.Password.Min, c.Password.MinAdmin, product),
		Sessions: func() account.Sessions { return a.Session }, Deleted: a.forgetTx, Shown: a.showTx,
		Gallery: c.Gallery.Organisation, SignUps: c.Signup.Enabled})
	a.Credential = credential.New(credential.Deps{Account: a.Account, Rows: rows, Admission: a.Admission, Factor: second, Passkey: a.Passkey, OneTime: a.oneTime,
		Throttle: a.Throttle, Sessions: func() account.Sessions { return a.Session }})
	a.Org.Depend(a.Account.Members, a.Account.Belongs)
	a.Application = application.NewService(schema, application.Deps{Audit: a.Audit, Throttle: a.Throttle})
	a.Session = session.New(schema, session.Deps{Account: a.Account, Role: a.Role, Admission: a.Admission, Application: a.Application, Org: a.Org, Audit: a.Audit,
		Seal: a.Seal, Passkey: a.Passkey, Captcha: a.Captcha, Idle: c.Session.Idle, Absolute: c.Session.Absolute, AbsoluteAdmin: c.Session.AbsoluteAdmin})
	a.Setup = setup.New(a.Account, a.Org, a.Audit)
	a.System = system.New(a.facts(), a.Audit, a.checkBlobs)
	a.Idempotency = idempotency.New(schema, a.Seal)
	a.Segment = segment.NewService(schema, segment.Deps{Audit: a.Audit})
	a.buildOpen(schema, c)
	a.buildKeeping(schema, c, o)
	a.buildLedger(schema)
	a.buildPersonal(schema, o)
	a.buildSources(schema, c)
	a.buildStorage(schema)
	a.buildImages(schema)
	if err := a.buildBulk(schema, accounts, c); err != nil {
		return nil, err
	}
	a.buildCompanies(schema, c)
	return schema, nil
}

// bind gives every service the opened store.
func (a *App) bind(ctx context.Context) error {
	if err := a.Seal.Bind(ctx, a.DB); err != nil {
		return err
	}
	a.Throttle.Bind(a.DB)
	a.Message.Bind(a.DB)
	a.Org.Bind(a.DB)
	a.Position.Bind(a.DB)
	a.oneTime.Bind(a.DB)
	a.Follow.Bind(a.DB)
	a.Account.Bind(a.DB)
	a.Credential.Bind(a.DB)
	a.Admission.Bind(a.DB)
	a.Application.Bind(a.DB)
	a.Session.Bind(a.DB)
	a.Passkey.Bind(a.DB)
	a.Captcha.Bind(a.DB)
	a.Setup.Bind(a.DB)
	a.System.Bind(a.DB)
	a.System.Watch(a.Rotation.Warnings)
	a.Idempotency.Bind(a.DB)
	a.Segment.Bind(a.DB)
	a.bindOpen()
	if err := a.bindKeeping(ctx); err != nil {
		return err
	}
	if err := a.bindPersonal(); err != nil {
		return err
	}
	a.bindBulk()
	a.bindStorage()
	a.bindImages()
	a.bindSources()
	a.Company.Bind(a.DB)
	if err := errors.Join(a.bindGrants(ctx), a.bindLedger(ctx)); err != nil {
		return err
	}
	return a.Audit.Bind(ctx, a.DB)
}

// Close closes the store. Run must have returned.
func (a *App) Close() error {
	if a.hasher != nil {
		a.hasher.Close()
	}
	if a.DB == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), lastWords)
	defer cancel()
	if err := a.Dialect.Flush(ctx); err != nil {
		a.report(err) // the last seconds' calls are not counted
	}
	if err := errors.Join(a.Segment.Close(ctx), a.Tally.Flush(ctx), a.closeLedger(ctx)); err != nil {
		a.report(err) // the rest of the leases is lost, as in a crash
	}
	return errors.Join(a.DB.Close(), a.closePersonal())
}

// publish tells watchers of what the action log has just got. What was refused
// or failed changed nothing but the log.
func (a *App) publish(e audit.Entry) {
	kind := e.ObjectKind
	if e.Outcome != audit.OK {
		kind = "audit"
	}
	a.Events.Publish(event.Event{Type: kind, Action: e.Action, Object: e.ObjectID, Tenant: e.Tenant, Account: e.Account, At: e.At})
}

// senders are the gateways that the configuration names.
func senders(c Config, o Options, d message.Deps) (message.Deps, error) {
	var err error
	if s := c.Message.SMS; d.SMS == nil && s.Sender == "http" {
		d.SMS, err = message.NewHTTP(message.HTTPConfig{URL: s.URL, Method: s.Method, Headers: s.Headers, Body: s.Body, Format: s.Format,
			Success: s.Success, Clock: o.Clock})
		if err != nil {
			return d, err
		}
	}
	if e := c.Message.Email; d.Email == nil && e.Sender == "smtp" {
		d.Email, err = message.NewSMTP(message.SMTPConfig{Host: e.Host, Port: e.Port, Security: e.Security, User: e.User, Password: e.Password, From: e.From})
	}
	return d, err
}

// publicURL is the beginning of the links in messages: as configured, else where
// the server listens.
func publicURL(c Config) string {
	if c.PublicURL != "" {
		return c.PublicURL
	}
	scheme := "http"
	if c.TLS.Cert != "" {
		scheme = "https"
	}
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return scheme + "://" + c.Listen
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// facts are what the system page says of the configuration.
func (a *App) facts() system.Facts {
	f := system.Facts{DataDir: a.Config.DataDir, TLS: a.Config.TLS.Cert != ""}
	if a.Seal.Status().Generated {
		f.Warnings = append(f.Warnings, system.WarnMasterKey)
	}
	if !a.Message.Delivers(message.SMS) {
		f.Warnings = append(f.Warnings, system.WarnSMSOutbox)
	}
	if !a.Message.Delivers(message.Email) {
		f.Warnings = append(f.Warnings, system.WarnEmailOutbox)
	}
	if a.Config.Gallery.Anonymous {
		f.Warnings = append(f.Warnings, system.WarnOpenGallery)
	}
	return f
}
