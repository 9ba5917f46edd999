package refusal_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"stoa/app/access"
	"stoa/app/role/refusal"
	"stoa/store"
	"stoa/store/kv"
	"stoa/store/kv/memkv"
)

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var start = time.Date(2030, 3, 1, 8, 0, 0, 0, time.UTC)

// open opens the rings on an engine, as after a start.
func open(t *testing.T, engine kv.Store) (*refusal.Service, *store.DB) {
	t.Helper()
	schema := store.NewSchema()
	s := refusal.New(schema)
	db, err := store.Open(t.Context(), engine, schema, store.Options{Clock: func() time.Time { return start }})
	check(t, err)
	check(t, s.Bind(t.Context(), db))
	return s, db
}

func refused(tenant uint64, n int) refusal.Refusal {
	return refusal.Refusal{At: start.Add(time.Duration(n) * time.Second), Tenant: tenant, Account: 7, Name: "ada", Call: "v1.accounts.delete",
		Origin: access.Origin{Method: "DELETE", Path: "/v1/accounts/12", Address: "192.0.2.7", Dialect: "v1"},
		Code:   "access.denied", Text: "account.delete is needed", Missing: access.Of(access.AccountDelete)}
}

// rows counts what is stored.
func rows(t *testing.T, db *store.DB) int {
	t.Helper()
	r, err := db.Verify(context.Background())
	check(t, err)
	return int(r.Rows)
}

func TestRefusalsSurviveARestart(t *testing.T) {
	engine := memkv.Open(func() time.Time { return start })
	s, _ := open(t, engine)
	for n := range 350 {
		s.Note(refused(1, n))
		if n%90 == 0 {
			check(t, s.Flush(t.Context()))
		}
	}
	s.Note(refused(2, 500))
	check(t, s.Flush(t.Context()))
	before := s.Of(1, 0)
	again, db := open(t, engine)
	after := again.Of(1, 0)
	if len(after) != refusal.MaxRefusals || after[0] != before[0] || after[199] != before[199] || after[0] != refused(1, 349) {
		t.Fatalf("%d after the restart, the newest %+v", len(after), after[0])
	}
	if n := rows(t, db); n != refusal.MaxRefusals+1 {
		t.Errorf("%d rows", n)
	}
	// It goes on where it was.
	again.Note(refused(1, 350))
	check(t, again.Flush(t.Context()))
	third, db := open(t, engine)
	if got := third.Of(1, 0); len(got) != refusal.MaxRefusals || got[0] != refused(1, 350) || got[199] != refused(1, 151) {
		t.Errorf("%d, from %s to %s", len(got), got[0].At, got[len(got)-1].At)
	}
	if all := third.All(7); len(all) != refusal.MaxRefusals+1 || len(third.All(8)) != 0 {
		t.Errorf("%d of all tenants", len(all))
	}
	if n := rows(t, db); n != refusal.MaxRefusals+1 {
		t.Errorf("%d rows", n)
	}
}

func TestWhatIsKeptIsBounded(t *testing.T) {
	engine := memkv.Open(func() time.Time { return start })
	s, db := open(t, engine)
	for n := range refusal.MaxTenants + 50 {
		r := refused(uint64(n+1), n)
		r.Text, r.Origin.Path = strings.Repeat("é", 10_000), strings.Repeat("/x", 10_000)
		s.Note(r)
		if n%100 == 0 {
			check(t, s.Flush(t.Context()))
		}
	}
	check(t, s.Flush(t.Context()))
	if n := rows(t, db); n != refusal.MaxTenants {
		t.Errorf("%d tenants are stored", n)
	}
	if len(s.Of(1, 0)) != 0 || len(s.Of(51, 0)) != 1 {
		t.Error("the tenant that was refused nothing for the longest time should have gone")
	}
	if got := s.Of(60, 0)[0]; len(got.Text) > 512 || len(got.Origin.Path) > 256 {
		t.Errorf("%d and %d bytes of text", len(got.Text), len(got.Origin.Path))
	}
	// A tenant that comes back after it was dropped starts anew.
	s.Note(refused(1, 1000))
	check(t, s.Flush(t.Context()))
	again, _ := open(t, engine)
	if got := again.Of(1, 0); len(got) != 1 || got[0] != refused(1, 1000) {
		t.Errorf("%+v", got)
	}
}
