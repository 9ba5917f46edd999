package key_test

import (
	"bytes"
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"stoa/store/key"
)

// inOrder checks that keys sort as their values do and that none is the
// beginning of another.
func inOrder[V any](t *testing.T, values []V, compare func(a, b V) int, encode func(V) key.Key) {
	t.Helper()
	for _, a := range values {
		for _, b := range values {
			ka, kb := encode(a), encode(b)
			if got, want := bytes.Compare(ka, kb), compare(a, b); got != want {
				t.Errorf("%v, %v: keys compare %d, values %d", a, b, got, want)
			}
			if compare(a, b) != 0 && bytes.HasPrefix(ka, kb) {
				t.Errorf("key of %v begins with key of %v", a, b)
			}
		}
	}
}

func TestKeyOrder(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	uints := []uint64{0, 1, 255, 256, 1<<32 - 1, 1 << 32, math.MaxUint64}
	ints := []int64{0, 1, -1, 255, -255, -256, -257, 256, math.MaxInt64, math.MinInt64}
	texts := []string{"", "a", "a\x00", "a\x00\x01", "a\x00\xff", "a\x01", "ab", "\x00", "\x00\x00", "\xff", "\xff\xff", "é"}
	for range 40 {
		n := rnd.Uint64() >> rnd.IntN(64)
		uints, ints = append(uints, n), append(ints, int64(n), -int64(n))
		b := make([]byte, rnd.IntN(4))
		for i := range b {
			b[i] = []byte{0, 1, 0xfe, 0xff}[rnd.IntN(4)]
		}
		texts = append(texts, string(b))
	}
	inOrder(t, uints, cmp.Compare, func(v uint64) key.Key { return key.K().Uint(v) })
	inOrder(t, ints, cmp.Compare, func(v int64) key.Key { return key.K().Int(v) })
	inOrder(t, texts, cmp.Compare, func(v string) key.Key { return key.K().Str(v) })
	inOrder(t, texts, cmp.Compare, func(v string) key.Key { return key.K().Bytes([]byte(v)) })
	var times []time.Time
	for _, n := range ints {
		times = append(times, time.Unix(n%4e9, n%1e9))
	}
	times = append(times, time.Time{})
	inOrder(t, times, time.Time.Compare, func(v time.Time) key.Key { return key.K().Time(v) })
}

func TestKeyPartsComeBack(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	k := key.K().Uint(300).Int(-7).Str("a\x00b").Bytes([]byte{0, 255}).Time(at).Time(time.Time{}).Bool(true).Int(math.MinInt64)
	r := k.Reader()
	if r.NextUint() != 300 || r.NextInt() != -7 || r.NextStr() != "a\x00b" ||
		!slices.Equal(r.NextBytes(), []byte{0, 255}) || r.NextTime() != at || !r.NextTime().IsZero() ||
		!r.NextBool() || r.NextInt() != math.MinInt64 {
		t.Error("parts differ")
	}
	if r.Err() != nil || len(r.Rest()) != 0 {
		t.Error(r.Err(), r.Rest())
	}
	if r.NextUint(); r.Err() == nil {
		t.Error("a part behind the end decoded")
	}
}

func FuzzKeyReader(f *testing.F) {
	f.Add([]byte(key.K().Uint(300).Int(-7).Str("a").Bool(true)))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := key.Key(b).Reader()
		u, i, s, at, ok := r.NextUint(), r.NextInt(), r.NextStr(), r.NextTime(), r.NextBool()
		if r.Err() != nil {
			return
		}
		again := key.K().Uint(u).Int(i).Str(s).Time(at).Bool(ok).Reader()
		if again.NextUint() != u || again.NextInt() != i || again.NextStr() != s {
			t.Error("parts differ")
		}
	})
}
