package meter_test

import (
	"testing"
	"time"

	"stoa/api/wire/meter"
	"stoa/app/access"
)

// However many accounts come, the record stays small, and forgets those first
// that were away longest.
func TestUsageStaysSmall(t *testing.T) {
	u := meter.NewUsage()
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	const accounts = 5000
	for i := range accounts {
		u.Add("casdao", access.Actor{Account: uint64(i + 1)}, start.Add(time.Duration(i)*time.Second))
	}
	u.Add("casdao", access.Actor{}, start.Add(accounts*time.Second))
	got := u.Of("casdao", accounts)
	if got.Calls != accounts+1 || !got.LastUsed.Equal(start.Add(accounts*time.Second)) {
		t.Errorf("%d calls, last %s", got.Calls, got.LastUsed)
	}
	if n := len(got.By); n > 1000 || n < 800 || got.By[0].Account != accounts {
		t.Errorf("%d accounts are kept, the latest is %d", n, got.By[0].Account)
	}
	if none := u.Of("gallery", 5); none.Calls != 0 || !none.LastUsed.IsZero() {
		t.Errorf("unused: %+v", none)
	}
}
