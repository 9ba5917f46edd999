package audit

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/app/seal"
	"stoa/store"
	"stoa/store/kv"
	"stoa/store/kv/memkv"
)

// world is a log on a store in memory with a clock that the test moves.
type world struct {
	*Service
	t      testing.TB
	engine kv.Store
	mu     sync.Mutex
	now    time.Time
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func open(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2030, 3, 1, 8, 0, 0, 0, time.UTC)}
	w.engine = memkv.Open(w.clock)
	w.bind()
	return w
}

// bind opens the store anew, as after a restart.
func (w *world) bind() {
	w.t.Helper()
	box, err := seal.New(bytes.Repeat([]byte{7}, 32))
	check(w.t, err)
	s := store.NewSchema()
	box.Define(s)
	w.Service = New(s, Deps{Box: box, Product: "1.2.3"})
	db, err := store.Open(context.Background(), w.engine, s, store.Options{Clock: w.clock})
	check(w.t, err)
	check(w.t, box.Bind(context.Background(), db))
	check(w.t, w.Bind(context.Background(), db))
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func super() access.Actor {
	a := access.System("v1")
	a.Account, a.Name, a.Tenant, a.Home = 1, "root", 1, 1
	return a
}

func admin(tenant uint64) access.Actor {
	role, _ := access.BuiltinRole(access.RoleAdmin)
	return access.Actor{Account: tenant*10 + 1, Name: fmt.Sprintf("admin%d", tenant), Tenant: tenant, Home: tenant,
		Roles: []uint64{access.RoleAdmin}, Set: role.Set, Origin: access.Origin{Dialect: "v1", Address: "192.0.2.7", Path: "/v1/accounts"}}
}

// write adds n entries, a second apart, in commits of up to 50.
func (w *world) write(by access.Actor, n int, entry func(i int) Entry) {
	w.t.Helper()
	for i := 0; i < n; {
		first := i
		check(w.t, w.db.Update(context.Background(), func(tx *store.Tx) error {
			for i = first; i < n && i < first+50; i++ {
				if err := w.AddTx(tx, by, entry(i)); err != nil {
					return err
				}
			}
			return nil
		}))
		w.pass(time.Second)
	}
}

func act(name string) func(int) Entry {
	return func(i int) Entry {
		return Entry{Action: name, ObjectKind: "account", ObjectID: fmt.Sprint(i), ObjectName: fmt.Sprintf("person-%d", i)}
	}
}

func (w *world) indexAll() {
	w.t.Helper()
	for more := true; more; {
		var err error
		more, err = w.find.Index(context.Background())
		check(w.t, err)
	}
}

func (w *world) sealAll() {
	defer w.indexAll()
	w.t.Helper()
	for {
		n, err := w.Seal(context.Background())
		check(w.t, err)
		if n == 0 {
			return
		}
	}
}

func (w *world) list(by access.Actor, f Filter) Page {
	w.t.Helper()
	p, err := w.List(context.Background(), by, f)
	check(w.t, err)
	return p
}

func (w *world) verify() Report {
	w.t.Helper()
	r, err := w.Verify(context.Background(), super())
	check(w.t, err)
	return r
}

func TestSecretsAreMasked(t *testing.T) {
	w := open(t)
	secret := "correct horse battery"
	check(t, w.Add(context.Background(), admin(1), Entry{Action: "account.update",
		Params: Params(map[string]any{"name": "ada", "password": secret, "oldPassword": secret, "access_secret": secret,
			"list": []any{map[string]any{"Client-Secret": secret, "verifyCode": secret, "otp": secret}}, "roleCode": "ROLE_X", "old": secret}),
		Changes: []Change{{Field: "access_token", Old: secret, New: secret}, {Field: "name", Old: "ada", New: "bea"}, {Field: "password", Old: "", New: secret}}}))
	check(t, w.Add(context.Background(), admin(1), Entry{Action: "raw", Params: "password=" + secret}))
	check(t, w.engine.View(context.Background(), func(r kv.Reader) error {
		return r.Scan(kv.Range{}, func(key, value []byte) bool {
			if bytes.Contains(value, []byte(secret)) {
				t.Errorf("a secret is stored in clear under %x", key)
			}
			return true
		})
	}))
	e := w.list(super(), Filter{}).Items[1]
	if !strings.Contains(e.Params, `"name":"ada"`) || !strings.Contains(e.Params, `"roleCode":"ROLE_X"`) {
		t.Errorf("what is not secret should stay: %s", e.Params)
	}
	if want := (Change{Field: "name", Old: "ada", New: "bea"}); e.Changes[1] != want {
		t.Errorf("change %+v, want %+v", e.Changes[1], want)
	}
	if want := (Change{Field: "password", Old: "", New: Mask}); e.Changes[2] != want {
		t.Errorf("change %+v, want %+v", e.Changes[2], want)
	}
}

func TestEntrySaysWhoWhereAndWhen(t *testing.T) {
	w := open(t)
	check(t, w.Add(context.Background(), admin(3), Entry{Action: "account.create"}))
	check(t, w.Add(context.Background(), access.Nobody(access.Origin{Address: "192.0.2.9"}), Entry{Action: "session.login", Tenant: 3, Account: 77,
		AccountName: "eve", Outcome: Failed, Reason: "wrong password"}))
	p := w.list(admin(3), Filter{})
	created, failed := p.Items[1], p.Items[0]
	if created.AccountName != "admin3" || created.Tenant != 3 || created.Origin.Address != "192.0.2.7" || !created.At.Equal(w.now) || created.Outcome != OK {
		t.Errorf("%+v", created)
	}
	if failed.Account != 77 || failed.AccountName != "eve" || failed.Outcome != Failed || failed.Origin.Address != "192.0.2.9" {
		t.Errorf("%+v", failed)
	}
	one, err := w.Get(context.Background(), admin(3), failed.ID)
	check(t, err)
	if one.Reason != "wrong password" {
		t.Errorf("Get gives %+v", one)
	}
}

func TestTenantsSeeTheirOwnLogOnly(t *testing.T) {
	w := open(t)
	w.write(admin(2), 3, act("account.create"))
	w.write(admin(5), 4, act("account.create"))
	w.sealAll()
	w.write(admin(5), 1, act("account.delete"))
	for _, c := range []struct {
		by   access.Actor
		f    Filter
		want int
	}{{admin(2), Filter{}, 3}, {admin(5), Filter{}, 5}, {admin(5), Filter{Tenant: 5}, 5}, {super(), Filter{}, 8}, {super(), Filter{Tenant: 2}, 3},
		{admin(9), Filter{}, 0}} {
		if p := w.list(c.by, c.f); p.Total != c.want || len(p.Items) != c.want {
			t.Errorf("%s %+v: total %d, items %d, want %d", c.by.Name, c.f, p.Total, len(p.Items), c.want)
		}
	}
	if _, err := w.List(context.Background(), admin(2), Filter{Tenant: 5}); fault.KindOf(err) != fault.Denied {
		t.Errorf("another tenant's log: %v", err)
	}
	foreign := w.list(admin(5), Filter{}).Items[0].ID
	if _, err := w.Get(context.Background(), admin(2), foreign); fault.KindOf(err) != fault.NotFound {
		t.Errorf("another tenant's entry: %v", err)
	}
	if _, err := w.List(context.Background(), access.Actor{Account: 4, Tenant: 2}, Filter{}); fault.KindOf(err) != fault.Denied {
		t.Errorf("without the right: %v", err)
	}
}

func TestClockRunningBackwardsKeepsOrder(t *testing.T) {
	w := open(t)
	add := func(name string) { check(t, w.Add(context.Background(), admin(1), Entry{Action: name})) }
	add("first")
	w.pass(-time.Hour)
	add("second")
	w.sealAll()
	w.pass(-time.Hour)
	w.bind() // a restart: the last id comes from the store
	add("third")
	w.pass(24 * time.Hour)
	add("fourth")
	var order []string
	for _, e := range w.list(super(), Filter{}).Items {
		order = append(order, e.Action)
	}
	if got := strings.Join(order, " "); got != "fourth third second first" {
		t.Errorf("order: %s", got)
	}
	w.sealAll()
	if r := w.verify(); !r.OK {
		t.Errorf("%+v", r)
	}
	// The hour in which the clock said 7 and 6 o'clock is found by its time.
	day := w.now.Add(-24 * time.Hour)
	if p := w.list(super(), Filter{From: day.Add(-time.Minute), To: day.Add(time.Minute)}); p.Total != 1 || p.Items[0].Action != "third" {
		t.Errorf("by time: %+v", p)
	}
}

func TestRunSealsUntilStopped(t *testing.T) {
	w := open(t)
	w.write(admin(1), maxRound+10, act("a.b"))
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		w.Run(ctx, "node", func(err error) { t.Error(err) })
		close(done)
	}()
	deadline := time.Now().Add(10 * time.Second)
	for w.verify().Unsealed > 0 {
		if time.Now().After(deadline) {
			t.Fatal("the worker seals nothing")
		}
		time.Sleep(time.Millisecond)
	}
	stop()
	<-done
}

func TestTwoSealersDoNotHarmEachOther(t *testing.T) {
	w := open(t)
	w.write(admin(1), 1500, act("a.b"))
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for {
				n, err := w.Seal(context.Background())
				if err != nil || n == 0 {
					if err != nil {
						t.Error(err)
					}
					return
				}
			}
		})
	}
	all.Wait()
	if r := w.verify(); !r.OK || r.Unsealed != 0 || r.Chains[0].Entries != 1500 {
		t.Errorf("%+v", r)
	}
}
