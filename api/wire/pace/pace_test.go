package pace_test

import (
	"testing"
	"time"

	"stoa/api/wire/pace"
)

// A slow connection is waited for, with pauses too, but not for ever.
func TestLeft(t *testing.T) {
	for _, c := range []struct {
		n    int64
		took time.Duration
		goes bool
	}{{0, time.Minute, true}, {0, 2 * time.Minute, false}, {100 << 10, 3 * time.Minute, true}, {100 << 10, 4 * time.Minute, false},
		{5 << 30, 30 * 24 * time.Hour, true}, {1 << 62, time.Hour, true}} {
		if left := pace.Left(c.n, c.took); left > 0 != c.goes {
			t.Errorf("%d bytes in %v: %v left", c.n, c.took, left)
		}
	}
}
