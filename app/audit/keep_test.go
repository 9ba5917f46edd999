package audit

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"stoa/app/audit/chain"
	"stoa/app/fault"
	"stoa/store"
)

func (w *world) cutAll() {
	w.t.Helper()
	for more := true; more; {
		var err error
		more, err = w.Cut(context.Background())
		check(w.t, err)
	}
	w.sealAll()
}

func (w *world) verified() Report {
	w.t.Helper()
	r, err := w.Verify(context.Background(), super())
	check(w.t, err)
	return r
}

// months writes a log of three tenants over days, a block of each a day.
func months(w *world, days int) {
	for day := range days {
		for tenant := range uint64(3) {
			w.write(admin(tenant+1), 10, act(fmt.Sprintf("account.do%d", day%3)))
		}
		w.sealAll()
		w.pass(24 * time.Hour)
	}
}

// What is older than the retention goes, what is younger stays proven, and the log
// says what was cut.
func TestRetention(t *testing.T) {
	w, ctx := open(t), context.Background()
	months(w, 100)
	p, err := w.PreviewRetention(ctx, super(), 0, 60)
	check(t, err)
	check(t, w.SetRetention(ctx, super(), 0, 60))
	check(t, w.SetRetention(ctx, super(), 2, 30))
	check(t, w.SetRetention(ctx, super(), 3, 0))
	w.cutAll()
	r := w.verified()
	if !r.OK {
		t.Fatalf("%+v", r)
	}
	for _, c := range r.Chains {
		if want := map[uint64]int{1: 390, 2: 690, 3: 0}[c.Tenant]; !c.All && c.Tenant != 0 && (c.Cut < want || c.Cut > want+20) {
			t.Errorf("%+v: about %d are to be cut", c, want)
		}
	}
	for tenant, days := range map[uint64]int{1: 60, 2: 30, 3: 1000} {
		page := w.list(super(), Filter{Tenant: tenant, Limit: 500})
		oldest := page.Items[len(page.Items)-1]
		for page.Next != "" {
			page = w.list(super(), Filter{Tenant: tenant, Limit: 500, Cursor: page.Next})
			oldest = page.Items[len(page.Items)-1]
		}
		if w.clock().Sub(oldest.At) > time.Duration(days+1)*24*time.Hour {
			t.Errorf("tenant %d: an entry of %s is left", tenant, oldest.At)
		}
	}
	if p.Entries < 390*3-60 || p.Entries > 420*3 {
		t.Errorf("the preview said %+v", p)
	}
	if page := w.list(super(), Filter{Action: "audit.cut"}); page.Total == 0 {
		t.Error("the cut itself is not in the log")
	}
	// Everything again, cut and filtered, agrees with a plain loop.
	sum := 0
	for tenant := range uint64(4) {
		n := w.list(super(), Filter{Tenant: tenant + 1}).Total
		if tenant < 3 {
			sum += n
		}
		for _, f := range []Filter{{Tenant: tenant + 1, Action: "account."}, {Tenant: tenant + 1, Outcome: OK, Limit: 100, Page: 2}} {
			page := w.list(super(), f)
			if page.Capped {
				t.Errorf("%+v is capped", f)
			}
		}
	}
	if all := w.list(super(), Filter{}); all.Total < sum {
		t.Errorf("%d in all, %d of three tenants", all.Total, sum)
	}
	if last := w.list(super(), Filter{Tenant: 1, Limit: 100, Page: (w.list(super(), Filter{Tenant: 1}).Total + 99) / 100}); len(last.Items) == 0 {
		t.Error("the last page is empty")
	}
}

// When every tenant's part of a round is gone, the round goes; verification begins
// at the signed checkpoint, and a forged one is found.
func TestCheckpointsAreProven(t *testing.T) {
	w, ctx := open(t), context.Background()
	months(w, 50)
	check(t, w.SetRetention(ctx, super(), 0, 30))
	w.cutAll()
	r := w.verified()
	if !r.OK || r.Chains[0].Blocks > 40 || r.Chains[0].Cut == 0 {
		t.Fatalf("%+v", r.Chains[0])
	}
	w.bind() // as after a restart
	if r := w.verified(); !r.OK {
		t.Fatalf("after a restart: %+v", r)
	}
	check(t, w.db.Update(ctx, func(tx *store.Tx) error {
		c, err := w.log.Cut(tx, chain.Of(1))
		if err != nil {
			return err
		}
		c.Total -= 5
		return w.log.Cuts.Put(tx, c)
	}))
	if r := w.verified(); r.OK {
		t.Error("a changed checkpoint is not found")
	}
}

// An entry that is put among those that were cut is found.
func TestNothingIsPutBackBelowACheckpoint(t *testing.T) {
	w, ctx := open(t), context.Background()
	months(w, 50)
	old := w.list(super(), Filter{To: w.clock().AddDate(0, 0, -45), Limit: 1}).Items[0]
	check(t, w.SetRetention(ctx, super(), 0, 30))
	w.cutAll()
	id, _ := chain.ParseID(old.ID)
	check(t, w.db.Update(ctx, func(tx *store.Tx) error {
		r := newRow(old)
		r.ID, r.At = id, old.At.UnixNano()
		return w.log.Entries.Insert(tx, r)
	}))
	if r := w.verified(); r.OK {
		t.Error("an entry put back is not found")
	}
}

// Stopped after any number of steps, cutting goes on where it was, and what is
// there verifies in between.
func TestCuttingIsResumed(t *testing.T) {
	w, ctx := open(t), context.Background()
	months(w, 40)
	check(t, w.SetRetention(ctx, super(), 0, 30))
	for step := 0; ; step++ {
		more, err := w.Cut(ctx)
		check(t, err)
		if step%5 == 0 {
			w.bind()
			if r := w.verified(); !r.OK {
				t.Fatalf("after %d steps: %+v", step, r)
			}
		}
		if !more {
			break
		}
	}
	if r := w.verified(); !r.OK {
		t.Errorf("%+v", r)
	}
}

func TestRetentionIsForSuperAdministrators(t *testing.T) {
	w, ctx := open(t), context.Background()
	if err := w.SetRetention(ctx, admin(1), 1, 60); fault.KindOf(err) != fault.Denied {
		t.Errorf("%v", err)
	}
	if err := w.SetRetention(ctx, super(), 0, 5); fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "30") {
		t.Errorf("%v", err)
	}
}
