package cli

import "testing"

const mib = 1 << 20

func TestGrowthOfTheHeap(t *testing.T) {
	for live, want := range map[uint64]int{0: 400, 4 * mib: 400, 22 * mib: 400, 44 * mib: 200, 88 * mib: 100, 4096 * mib: 60} {
		if got := growth(live, room); got != want {
			t.Errorf("%d MiB alive: %d %%, want %d", live/mib, got, want)
		}
	}
	if got := growth(60*mib, hashRoom); got != 400 {
		t.Errorf("while hashing: %d %%", got)
	}
}

func TestMemoryIsGivenBackWhenIdle(t *testing.T) {
	before := heap{allocated: 1000 * mib}
	for _, c := range []struct {
		what string
		now  heap
		want bool
	}{
		{"nothing spare", heap{live: 40 * mib, objects: 50 * mib, free: 2 * mib, allocated: 1000 * mib}, false},
		{"free pages", heap{live: 40 * mib, objects: 41 * mib, free: 30 * mib, allocated: 1001 * mib}, true},
		{"garbage", heap{live: 40 * mib, objects: 90 * mib, allocated: 1001 * mib}, true},
		{"much spare, in use", heap{live: 40 * mib, objects: 90 * mib, free: 50 * mib, allocated: 1020 * mib}, false},
		{"before the first collection", heap{live: 0, objects: 10 * mib, allocated: 1001 * mib}, false},
		{"less than was alive", heap{live: 90 * mib, objects: 40 * mib, free: 5 * mib, allocated: 1001 * mib}, false},
	} {
		if got := c.now.idle(before); got != c.want {
			t.Errorf("%s: %v", c.what, got)
		}
	}
}
