package audit

import (
	"context"
	"os"
	"strconv"
	"testing"
	"time"

	"stoa/app/access"
	"stoa/store/kv/badgerkv"
)

// BenchmarkLog lists and verifies a log on disk. STOA_BENCH_ENTRIES says how long
// it is; the figures of its pages should not depend on that.
func BenchmarkLog(b *testing.B) {
	n, err := strconv.Atoi(os.Getenv("STOA_BENCH_ENTRIES"))
	if err != nil {
		n = 20_000
	}
	w := &world{t: b, now: time.Date(2030, 3, 1, 8, 0, 0, 0, time.UTC)}
	engine, err := badgerkv.Open(b.TempDir(), badgerkv.Options{})
	check(b, err)
	b.Cleanup(func() { check(b, engine.Close()) })
	w.engine = engine
	w.bind()
	began := time.Now()
	for done := 0; done < n; done += 5000 {
		w.write(admin(uint64(1+done/5000%3)), 5000, act([]string{"account.create", "account.update"}[done/5000%2]))
		w.sealAll()
	}
	b.Logf("%d entries written, sealed and listed in %s", n, time.Since(began))
	w.write(admin(1), 100, act("a.b"))
	day := Filter{From: w.now.Add(-time.Hour), To: w.now}
	both := day
	both.Action = "account.update"
	for name, f := range map[string]Filter{"first": {Page: 1}, "middle": {Page: n / 40}, "last": {Page: n / 20}, "tenant": {Tenant: 2, Page: n / 100},
		"account": {Account: 11}, "account-deep": {Account: 11, Page: n / 100}, "account-none": {Account: 4711}, "action": {Action: "account.create", Page: 1000},
		"group": {Action: "account."}, "outcome": {Outcome: Failed}, "dialect": {Dialect: "v1"}, "address": {Address: "192.0.2.7"}, "object": {Object: "account/77"},
		"kind": {Object: "account"}, "two": {Account: 11, Action: "account.update"}, "two-apart": {Account: 11, Action: "a.b"}, "hour": day, "hour-action": both,
		"text": {Text: "person-4711"}, "text-broad": {Text: "per"}, "text-none": {Text: "nobody"}, "tenant-text": {Tenant: 2, Text: "person-4711"}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				w.list(super(), f)
			}
		})
	}
	b.Run("verify", func(b *testing.B) {
		for b.Loop() {
			if r, err := w.Verify(context.Background(), access.System("cli")); err != nil || !r.OK {
				b.Fatal(r, err)
			}
		}
	})
}
