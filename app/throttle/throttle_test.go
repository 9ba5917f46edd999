package throttle

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"stoa/app/fault"
	"stoa/store"
	"stoa/store/kv"
	"stoa/store/kv/memkv"
)

type world struct {
	*Service
	t      *testing.T
	engine kv.Store
	now    time.Time
}

func open(t *testing.T) *world {
	w := &world{t: t, now: time.Date(2030, 3, 1, 8, 0, 0, 0, time.UTC)}
	w.engine = memkv.Open(func() time.Time { return w.now })
	w.restart()
	return w
}

func (w *world) restart() {
	w.t.Helper()
	s := store.NewSchema()
	w.Service = New(s)
	db, err := store.Open(context.Background(), w.engine, s, store.Options{Clock: func() time.Time { return w.now }})
	w.check(err)
	w.Bind(db)
}

func (w *world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// wait is how long Allow says to wait; 0 = allowed.
func (w *world) wait(c Class, key string) time.Duration {
	w.t.Helper()
	err := w.Allow(context.Background(), c, key)
	if err == nil {
		return 0
	}
	f := fault.Of(err)
	if f.Kind != fault.TooMany || f.Retry <= 0 {
		w.t.Fatalf("%v", err)
	}
	return f.Retry
}

func (w *world) fail(c Class, key string) {
	w.t.Helper()
	w.check(w.Fail(context.Background(), c, key))
}

func TestDelayGrowsFromTheFifthFailure(t *testing.T) {
	w := open(t)
	key := LoginKey("12", "192.0.2.1")
	want := []time.Duration{0, 0, 0, 0, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 32 * time.Second,
		64 * time.Second, 128 * time.Second, 256 * time.Second, 512 * time.Second, 15 * time.Minute, 15 * time.Minute}
	for i, d := range want {
		w.fail(Login, key)
		if got := w.wait(Login, key); got != d {
			t.Errorf("after failure %d: wait %s, want %s", i+1, got, d)
		}
		w.restart()
		if got := w.wait(Login, key); got != d {
			t.Errorf("after failure %d and a restart: wait %s, want %s", i+1, got, d)
		}
		w.now = w.now.Add(d)
		if got := w.wait(Login, key); got != 0 {
			t.Errorf("after failure %d and its delay: wait %s", i+1, got)
		}
	}
	w.check(w.Clear(context.Background(), Login, key))
	w.fail(Login, key)
	if got := w.wait(Login, key); got != 0 {
		t.Errorf("a success does not forget the failures: wait %s", got)
	}
}

func TestStrangersCannotLockSomebodyOut(t *testing.T) {
	w := open(t)
	owner := LoginKey("12", "192.0.2.1")
	w.check(w.Clear(context.Background(), Login, owner)) // has signed in from there
	for i := range 500 {
		w.fail(Login, LoginKey("12", fmt.Sprintf("198.51.100.%d", i%250)))
	}
	if got := w.wait(Login, owner); got != 0 {
		t.Errorf("the owner, from the usual address, waits %s", got)
	}
	if got := w.wait(Login, LoginKey("12", "203.0.113.9")); got == 0 || got > firmDelay {
		t.Errorf("from a new address: wait %s, want up to %s", got, firmDelay)
	}
	if got := w.wait(Login, LoginKey("13", "203.0.113.9")); got != 0 {
		t.Errorf("another account waits %s", got)
	}
	w.now = w.now.Add(firmDelay)
	if got := w.wait(Login, LoginKey("12", "203.0.113.9")); got != 0 {
		t.Errorf("from a new address, later: wait %s", got)
	}
}

func TestCodesAreCounted(t *testing.T) {
	w := open(t)
	phone := "13900000001"
	if w.wait(SMSPhoneMinute, phone) != 0 {
		t.Error("the first code is refused")
	}
	w.now = w.now.Add(20 * time.Second)
	w.restart()
	if got := w.wait(SMSPhoneMinute, phone); got != 40*time.Second {
		t.Errorf("20 seconds later, after a restart: wait %s, want 40s", got)
	}
	if w.wait(SMSPhoneMinute, "13900000002") != 0 {
		t.Error("another phone is refused")
	}
	w.now = w.now.Add(40 * time.Second)
	if w.wait(SMSPhoneMinute, phone) != 0 {
		t.Error("a minute later it is still refused")
	}
	for i := range 10 {
		if got := w.wait(SMSPhoneDay, phone); got != 0 {
			t.Fatalf("code %d of a day: wait %s", i+1, got)
		}
	}
	w.restart()
	if got := w.wait(SMSPhoneDay, phone); got != 24*time.Hour {
		t.Errorf("the eleventh of a day: wait %s", got)
	}
}

func TestARefusedTransactionCountsNothing(t *testing.T) {
	w := open(t)
	for range 3 {
		_ = w.db.Update(context.Background(), func(tx *store.Tx) error {
			w.check(w.AllowTx(tx, SMSPhoneMinute, "1"))
			return fault.New(fault.Invalid, "x", "", "x")
		})
	}
	if w.wait(SMSPhoneMinute, "1") != 0 {
		t.Error("what did not happen was counted")
	}
}

func TestBucketsEmptyRefillAndSurviveARestart(t *testing.T) {
	w := open(t)
	for i := range 30 {
		if w.wait(ExistenceAddress, "192.0.2.1") != 0 {
			t.Fatalf("question %d is refused", i+1)
		}
	}
	if w.wait(ExistenceAddress, "192.0.2.1") == 0 {
		t.Error("a 31st question at once is allowed")
	}
	if w.wait(ExistenceAddress, "192.0.2.2") != 0 {
		t.Error("another address is refused")
	}
	w.restart()
	if w.wait(ExistenceAddress, "192.0.2.1") == 0 {
		t.Error("a restart filled the bucket")
	}
	w.now = w.now.Add(4 * time.Second)
	allowed := 0
	for range 5 {
		if w.wait(ExistenceAddress, "192.0.2.1") == 0 {
			allowed++
		}
	}
	if allowed != 2 {
		t.Errorf("four seconds later %d questions are allowed, want 2", allowed)
	}
}

func TestFailuresCloseAnAddress(t *testing.T) {
	w := open(t)
	for range 100 {
		w.fail(LoginAddress, "2400:cb00:1:2::1")
	}
	w.restart()
	// The subscriber's other addresses are the same subscriber.
	if got := w.wait(LoginAddress, "2400:cb00:1:2:ffff::9"); got != 15*time.Minute {
		t.Errorf("wait %s", got)
	}
	w.now = w.now.Add(15 * time.Minute)
	if got := w.wait(LoginAddress, "2400:cb00:1:2::1"); got != 0 {
		t.Errorf("after the window: wait %s", got)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	w := open(t)
	w.buckets = newBuckets(100)
	for i := range 1000 {
		w.wait(ExistenceAddress, fmt.Sprintf("10.0.%d.%d", i/250, i%250))
	}
	if n := len(w.buckets.byKey); n > 100 || w.buckets.used.Len() != n {
		t.Errorf("%d buckets", n)
	}
}

func TestCountersGoWhenTheyNoLongerCount(t *testing.T) {
	w := open(t)
	for i := range 50 {
		w.fail(Login, LoginKey(fmt.Sprint(i), "192.0.2.1"))
		w.wait(SMSAddress, fmt.Sprint(i))
	}
	w.now = w.now.Add(48 * time.Hour)
	n, next, err := w.db.Reap(context.Background(), 1000)
	w.check(err)
	if n != 150 || !next.IsZero() {
		t.Errorf("%d rows reaped, next %s", n, next)
	}
}

func TestManyAtOnce(t *testing.T) {
	w := open(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				if err := w.Fail(context.Background(), Login, LoginKey("1", "192.0.2.1")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if got := w.wait(Login, LoginKey("1", "192.0.2.1")); got != maxDelay {
		t.Errorf("after 400 failures side by side: wait %s", got)
	}
}
