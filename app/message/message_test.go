package message

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/app/seal"
	"stoa/store"
	"stoa/store/kv"
	"stoa/store/kv/memkv"
)

type world struct {
	*Service
	t      *testing.T
	engine kv.Store
	audit  *audit.Service
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

func open(t *testing.T, sms, email Sender) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2030, 3, 1, 8, 0, 0, 0, time.UTC)}
	w.engine = memkv.Open(w.clock)
	box, err := seal.New(bytes.Repeat([]byte{7}, 32))
	w.check(err)
	s := store.NewSchema()
	w.audit = audit.New(s, audit.Deps{Box: box})
	w.Service = New(s, Deps{Audit: w.audit, Box: box, SMS: sms, Email: email, Language: English})
	db, err := store.Open(context.Background(), w.engine, s, store.Options{Clock: w.clock})
	w.check(err)
	w.check(w.audit.Bind(context.Background(), db))
	w.Bind(db)
	return w
}

func (w *world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func super() access.Actor {
	a := access.System("v1")
	a.Account, a.Name, a.Tenant, a.Home = 1, "root", 1, 1
	return a
}

func (w *world) send(m Message) {
	w.t.Helper()
	w.check(w.db.Update(context.Background(), func(tx *store.Tx) error { return w.SendTx(tx, m) }))
}

func (w *world) list() []Message {
	w.t.Helper()
	p, err := w.List(context.Background(), super(), Filter{})
	w.check(err)
	return p.Items
}

func code(w *world) Message {
	return Message{Tenant: 2, Channel: SMS, To: "13900000001", Purpose: SignUpCode, Values: map[string]string{"code": "314159", "minutes": "5"},
		ExpiresAt: w.clock().Add(5 * time.Minute)}
}

func TestOutboxKeepsUntilExpiry(t *testing.T) {
	w := open(t, nil, nil)
	w.send(code(w))
	w.send(Message{Channel: Email, To: "ada@example.com", Purpose: PasswordReset, Secret: true,
		Values: map[string]string{"name": "ada", "minutes": "30", "link": "https://stoa.example.com/reset#t0ken"}, ExpiresAt: w.clock().Add(30 * time.Minute)})
	items := w.list()
	if len(items) != 2 || items[1].State != Kept || !strings.Contains(items[1].Body, "314159") || items[1].To != "13900000001" {
		t.Errorf("%+v", items)
	}
	if items[0].Body != "" || items[0].Values != nil || items[0].Subject == "" {
		t.Errorf("a reset link is shown: %+v", items[0])
	}
	w.pass(5 * time.Minute)
	if items = w.list(); len(items) != 1 {
		t.Errorf("an expired message is shown: %+v", items)
	}
	n, _, err := w.db.Reap(context.Background(), 10)
	if w.check(err); n != 1 {
		t.Errorf("%d reaped", n)
	}
	if _, err := w.Get(context.Background(), super(), 1); fault.KindOf(err) != fault.NotFound {
		t.Errorf("an expired message: %v", err)
	}
	if m, err := w.Get(context.Background(), super(), 2); err != nil || m.Body != "" {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestCodesAndLinksAreSealedAtRest(t *testing.T) {
	w := open(t, nil, nil)
	w.send(code(w))
	w.check(w.engine.View(context.Background(), func(r kv.Reader) error {
		return r.Scan(kv.Range{}, func(key, value []byte) bool {
			if bytes.Contains(value, []byte("314159")) {
				t.Errorf("the code is in clear under %x", key)
			}
			return true
		})
	}))
}

func TestReadingIsForSuperAdministratorsAndLogged(t *testing.T) {
	w := open(t, nil, nil)
	w.send(code(w))
	role, _ := access.BuiltinRole(access.RoleAdmin)
	for _, by := range []access.Actor{{}, {Account: 5, Tenant: 2, Roles: []uint64{access.RoleAdmin}, Set: role.Set},
		{Account: 6, Tenant: 2, Roles: []uint64{access.FirstCustomRole}, Set: access.Of(access.OutboxRead)}} {
		if p, err := w.List(context.Background(), by, Filter{}); err == nil || len(p.Items) > 0 {
			t.Errorf("account %d reads the outbox", by.Account)
		}
	}
	w.list()
	p, err := w.audit.List(context.Background(), super(), audit.Filter{Action: "outbox.read"})
	w.check(err)
	if p.Total != 1 || p.Items[0].Account != 1 || p.Items[0].Params != `{"ids":[1]}` {
		t.Errorf("%+v", p)
	}
}

// scripted is a gateway that answers as told, in turn; then it takes everything.
type scripted struct {
	mu      sync.Mutex
	answers []error
	got     []Message
}

func (s *scripted) Send(_ context.Context, m Message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = append(s.got, m)
	if len(s.answers) == 0 {
		return nil
	}
	err := s.answers[0]
	s.answers = s.answers[1:]
	return err
}

func (w *world) deliver() int {
	w.t.Helper()
	n, err := w.Deliver(context.Background())
	w.check(err)
	return n
}

func TestDeliveryTriesAgain(t *testing.T) {
	g := &scripted{answers: []error{errors.New("down"), errors.New("down")}}
	w := open(t, g, nil)
	w.send(code(w))
	tries := 0
	for range 20 {
		tries += w.deliver()
		w.pass(time.Second)
	}
	m := w.list()[0]
	if tries != 3 || m.State != Sent || m.Attempts != 3 || m.Error != "" || m.Body != "" {
		t.Errorf("%d tries: %+v", tries, m)
	}
	if g.got[2].Values["code"] != "314159" || !strings.Contains(g.got[2].Body, "314159") {
		t.Errorf("the gateway got %+v", g.got[2])
	}
}

func TestDeliveryGivesUpWithAReason(t *testing.T) {
	for name, c := range map[string]struct {
		answer error
		want   string
		tries  int
	}{
		"refused for good":  {errors.Join(ErrPermanent, errors.New("no such number")), "no such number", 1},
		"down all the time": {fmt.Errorf("the gateway answered %d", 503), "the gateway answered 503", 6},
		"silent":            {context.DeadlineExceeded, "the gateway did not answer in time", 6},
	} {
		t.Run(name, func(t *testing.T) {
			g := &scripted{}
			for range 50 {
				g.answers = append(g.answers, c.answer)
			}
			w := open(t, g, nil)
			w.send(code(w))
			for range 290 {
				w.deliver()
				w.pass(time.Second)
			}
			m := w.list()[0]
			if m.State != Failed || m.Error != c.want || m.Attempts != c.tries || !strings.Contains(m.Body, "314159") {
				t.Errorf("%+v", m)
			}
		})
	}
}

func TestDeliveryGoesOnAfterARestart(t *testing.T) {
	g := &scripted{}
	w := open(t, g, nil)
	for range 40 {
		w.send(code(w))
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		w.Run(ctx, "node", func(err error) { t.Error(err) })
		close(done)
	}()
	deadline := time.Now().Add(10 * time.Second)
	for sent := 0; sent < 40; {
		g.mu.Lock()
		sent = len(g.got)
		g.mu.Unlock()
		if time.Now().After(deadline) {
			t.Fatalf("%d of 40 delivered", sent)
		}
		time.Sleep(time.Millisecond)
	}
	stop()
	<-done
}

func TestTextsAreWholeInBothLanguages(t *testing.T) {
	values := map[string]string{"product": "stoa", "code": "314159", "minutes": "5", "hours": "24", "link": "https://x", "by": "ada", "name": "bea"}
	for _, language := range []string{Chinese, English} {
		for _, purpose := range []string{SignUpCode, SignInCode, PhoneCode, EmailCode, PasswordReset, AccountNotice, TestMessage} {
			wording, _ := builtin(language, purpose)
			subject, body, err := compose(wording, values)
			if err != nil || subject == "" || !strings.Contains(body, "stoa") || strings.Contains(body, "<no value>") {
				t.Errorf("%s %s: %q, %v", language, purpose, body, err)
			}
		}
	}
	wording, _ := builtin(Chinese, SignUpCode)
	if _, _, err := compose(wording, map[string]string{"product": "stoa"}); err == nil {
		t.Error("a text without its code is sent")
	}
	if _, ok := builtin(Chinese, "lottery"); ok {
		t.Error("an unknown purpose is sent")
	}
}

func TestTestMessage(t *testing.T) {
	g := &scripted{answers: []error{errors.New("down")}}
	w := open(t, g, nil)
	err := w.Test(context.Background(), super(), SMS, "13900000001")
	if f := fault.Of(err); f == nil || f.Kind != fault.Unavailable || !strings.Contains(f.Text, "down") {
		t.Errorf("%v", err)
	}
	w.check(w.Test(context.Background(), super(), SMS, "13900000001"))
	w.check(w.Test(context.Background(), super(), Email, "ada@example.com"))
	if items := w.list(); len(items) != 1 || items[0].Channel != Email || items[0].State != Kept {
		t.Errorf("%+v", items)
	}
	if err := w.Test(context.Background(), access.Actor{Account: 3}, SMS, "1"); fault.KindOf(err) != fault.Denied {
		t.Errorf("%v", err)
	}
	p, err := w.audit.List(context.Background(), super(), audit.Filter{Action: "message.test"})
	w.check(err)
	if p.Total != 3 || p.Items[2].Outcome != audit.Failed {
		t.Errorf("%+v", p.Items)
	}
}

func TestBadMessagesAreRefused(t *testing.T) {
	w := open(t, nil, nil)
	for _, m := range []Message{{Channel: "fax", To: "1", Body: "x"}, {Channel: SMS, Body: "x"}, {Channel: SMS, To: "1"}} {
		err := w.db.Update(context.Background(), func(tx *store.Tx) error { return w.SendTx(tx, m) })
		if err == nil {
			t.Errorf("%+v is accepted", m)
		}
	}
}
