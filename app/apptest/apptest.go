// Package apptest opens a whole App for tests: real services on a store in memory
// or on disk, a clock that the test sets, password hashing that costs
// microseconds, and people to begin with.
package apptest

import (
	"context"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"

	"stoa/app"
	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/fault"
	"stoa/app/message"
	"stoa/app/org"
	"stoa/app/password"
	"stoa/app/seal"
	"stoa/app/session"
	"stoa/app/setup"
	"stoa/blob/disk"
	"stoa/store"
	"stoa/store/kv"
	"stoa/store/kv/badgerkv"
	"stoa/store/kv/memkv"
)

// Password is every test person's; it passes the policy for administrators.
const Password = "correct staple 47 horse"

// SuperName is the user name of the first super administrator.
const SuperName = "first-super"

// App is an App with a clock and a super administrator.
type App struct {
	*app.App
	Clock *Clock
	Super access.Actor // the first super administrator, without a session

	t testing.TB
}

// Clock is a clock that stands still until it is moved. It is safe for
// concurrent use.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// NewClock is a clock at Start, for tests of less than an App.
func NewClock() *Clock { return &Clock{at: Start()} }

// Now is the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Add moves the clock.
func (c *Clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// Start is where a test's clock begins.
func Start() time.Time { return time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC) }

// Open is a set-up App in memory, with the sample organisations 2 and 5. It is
// closed with the test. change edits the configuration first.
func Open(t testing.TB, change ...func(*app.Config)) *App {
	t.Helper()
	a := Empty(t, change...)
	a.setUp()
	return a
}

// OpenOn is Open on an engine around the one in memory.
func OpenOn(t testing.TB, around func(kv.Store) kv.Store) *App {
	t.Helper()
	clock := &Clock{at: Start()}
	a := open(t, clock, app.Options{Clock: clock.Now, Engine: around(memkv.Open(clock.Now))}, nil)
	a.setUp()
	return a
}

// Empty is an App in memory that waits for its setup.
func Empty(t testing.TB, change ...func(*app.Config)) *App {
	t.Helper()
	clock := &Clock{at: Start()}
	return open(t, clock, app.Options{Clock: clock.Now, Engine: memkv.Open(clock.Now)}, change)
}

// OpenDisk is Open on Badger in a directory of the test's, with the real clock
// of the machine at its start.
func OpenDisk(t testing.TB, change ...func(*app.Config)) *App {
	t.Helper()
	clock := &Clock{at: Start()}
	engine, err := badgerkv.Open(filepath.Join(t.TempDir(), "store"), badgerkv.Options{Clock: clock.Now, MinFreeBytes: -1, MinFreePercent: -1})
	if err != nil {
		t.Fatal(err)
	}
	a := open(t, clock, app.Options{Clock: clock.Now, Engine: engine}, change)
	a.setUp()
	return a
}

// Mailbox takes the messages that leave the server.
type Mailbox struct {
	mu  sync.Mutex
	got []message.Message
}

// Send takes a message.
func (m *Mailbox) Send(_ context.Context, got message.Message) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.got = append(m.got, got)
	return nil
}

// To lists what was sent to a phone or an address, oldest first.
func (m *Mailbox) To(to string) []message.Message {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []message.Message
	for _, got := range m.got {
		if got.To == to {
			out = append(out, got)
		}
	}
	return out
}

// OpenSending is Open with gateways that put everything into a mailbox, when the
// test calls Deliver.
func OpenSending(t testing.TB, change ...func(*app.Config)) (*App, *Mailbox) {
	t.Helper()
	clock, box := &Clock{at: Start()}, &Mailbox{}
	a := open(t, clock, app.Options{Clock: clock.Now, Engine: memkv.Open(clock.Now), SMS: box, Email: box}, change)
	a.setUp()
	return a, box
}

// Deliver sends what is queued.
func (a *App) Deliver() {
	a.t.Helper()
	if _, err := a.Message.Deliver(context.Background()); err != nil {
		a.t.Fatal(err)
	}
}

// Cheap is argon2id that costs microseconds and proves nothing.
func Cheap() password.Options {
	return password.Options{Params: password.Params{Memory: 8, Time: 1, Threads: 1}, Workers: 2}
}

func open(t testing.TB, clock *Clock, o app.Options, change []func(*app.Config)) *App {
	t.Helper()
	c := app.Default()
	c.DataDir = t.TempDir()
	for _, fn := range change {
		fn(&c)
	}
	box, err := seal.New(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	o.Box, o.Hash = box, Cheap()
	if o.Blob, err = disk.Open(filepath.Join(t.TempDir(), "blobs"), disk.Options{MinFree: -1}); err != nil {
		t.Fatal(err)
	}
	o.Report = func(err error) { t.Errorf("a worker reports: %v", err) }
	opened, err := app.Open(context.Background(), c, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := opened.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return &App{App: opened, Clock: clock, t: t}
}

func (a *App) setUp() {
	a.t.Helper()
	made, err := a.Setup.Init(context.Background(), access.System("test"), setup.Admin{Name: SuperName, Email: "first-super@example.com",
		Password: Password, Sample: true})
	if err != nil {
		a.t.Fatal(err)
	}
	a.Super = a.Actor(made)
}

// Actor is an account as an actor without a session.
func (a *App) Actor(of *account.Account) access.Actor {
	a.t.Helper()
	var rights access.Rights
	err := a.DB.View(context.Background(), func(r store.Reader) (err error) {
		rights, err = a.Role.Of(r, of)
		return err
	})
	if err != nil {
		a.t.Fatal(err)
	}
	return access.Actor{Account: of.ID, Name: of.Name, Tenant: of.Tenant, Home: of.Tenant, Parent: of.Parent, Roles: of.Roles,
		Set: rights.Set, Sight: rights.Sight, Units: rights.Units, Origin: Origin("test")}
}

// Origin is where a test's requests come from.
func Origin(dialect string) access.Origin {
	return access.Origin{Dialect: dialect, Method: "POST", Path: "/test", Address: "192.0.2.10", UserAgent: "test", RequestID: "r-1"}
}

// Organisation makes an organisation; open lets people sign up.
func (a *App) Organisation(name string, open bool) *org.Unit {
	a.t.Helper()
	u, err := a.Org.CreateOrganisation(context.Background(), a.Super, org.NewOrganisation{Name: name, SignUp: open})
	if err != nil {
		a.t.Fatal(err)
	}
	return u
}

// Account makes an account with the test password and the e-mail
// name@example.com; no roles is a member.
func (a *App) Account(tenant uint64, name string, roles ...uint64) *account.Account {
	a.t.Helper()
	keep := false
	made, err := a.App.Account.Create(context.Background(), a.Super, account.New{Name: name, Email: name + "@example.com", Tenant: tenant,
		Roles: roles, Password: Password, MustChange: &keep})
	if err != nil {
		a.t.Fatalf("account %s: %v", name, err)
	}
	return made
}

// Secondary makes a secondary account of owner, with the test password.
func (a *App) Secondary(owner *account.Account, name string) *account.Account {
	a.t.Helper()
	made, err := a.App.Account.CreateSecondary(context.Background(), a.Actor(owner), account.NewSecondary{Name: name,
		Email: name + "@example.com", Password: Password})
	if err != nil {
		a.t.Fatalf("secondary account %s: %v", name, err)
	}
	return made
}

// Login signs in by user name and the test password.
func (a *App) Login(name string) *session.Grant {
	a.t.Helper()
	g, err := a.Session.Login(context.Background(), Origin("test"), session.Login{Login: name, Password: Password})
	if err != nil {
		a.t.Fatalf("sign-in of %s: %v", name, err)
	}
	return g
}

// Code is the newest code that was sent to a phone, out of the outbox.
func (a *App) Code(phone string) string {
	a.t.Helper()
	return a.find(message.SMS, phone, regexp.MustCompile(`\b[0-9]{6}\b`))
}

// Count is the number of messages in the outbox to a phone or an address.
func (a *App) Count(to string) int {
	a.t.Helper()
	page, err := a.Message.List(context.Background(), a.Super, message.Filter{Limit: 500})
	if err != nil {
		a.t.Fatal(err)
	}
	n := 0
	for _, m := range page.Items {
		if m.To == to {
			n++
		}
	}
	return n
}

func (a *App) find(channel, to string, part *regexp.Regexp) string {
	a.t.Helper()
	page, err := a.Message.List(context.Background(), a.Super, message.Filter{Limit: 500})
	if err != nil {
		a.t.Fatal(err)
	}
	for _, m := range page.Items {
		if m.Channel == channel && m.To == to {
			if found := part.FindString(m.Body); found != "" {
				return found
			}
		}
	}
	a.t.Fatalf("there is no %s to %s in the outbox", channel, to)
	return ""
}

// Verify checks the whole store and fails the test on any problem.
func (a *App) Verify() {
	a.t.Helper()
	rep, err := a.DB.Verify(context.Background())
	if err != nil {
		a.t.Fatal(err)
	}
	for _, p := range rep.Problems {
		a.t.Errorf("store: %s", p)
	}
}

// Phone is an invented mainland number, different for each n below 100,000,000.
func Phone(n int) string {
	s := strconv.Itoa(100_000_000 + n)
	return "19" + s
}

// Want holds the code of a fault against an answer; "" is no error.
func Want(t testing.TB, err error, code string) {
	t.Helper()
	got := ""
	if err != nil {
		got = fault.Of(err).Code
	}
	if got != code {
		t.Errorf("answer %q (%v), want %q", got, err, code)
	}
}
