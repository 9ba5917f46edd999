package badgerkv

import (
	"testing"
	"time"

	"stoa/store/kv"
	"stoa/store/kv/kvtest"
)

// open opens dir without regard to how full the test machine's disk is.
func open(t testing.TB, dir string, o Options) *Store {
	t.Helper()
	if o.MinFreeBytes == 0 {
		o.MinFreeBytes, o.MinFreePercent = -1, -1
	}
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

func TestContract(t *testing.T) {
	kvtest.Run(t, func(t *testing.T, clock func() time.Time) kv.Store {
		return open(t, t.TempDir(), Options{Clock: clock})
	})
}
