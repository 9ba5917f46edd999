package directory

import "testing"

func FuzzCursor(f *testing.F) {
	f.Add("azAB")
	f.Add(formatCursor(Filter{Sort: SortID}, cursor{offset: 40}))
	f.Fuzz(func(t *testing.T, s string) {
		at, err := parseCursor(Filter{Sort: SortID, Cursor: s})
		if err == nil && at.set && at.key == nil && at.offset < 0 {
			t.Errorf("%q gives %+v", s, at)
		}
	})
}
