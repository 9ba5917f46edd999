package session

import "testing"

func FuzzToken(f *testing.F) {
	for _, s := range []string{newUUID(), newSecret(sessionPrefix), newSecret(personalPrefix), newSecret(refreshPrefix), "", "stoa_s_", "b2f57719-8d4a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if k := kindOf(s); k != kindNone && len(s) != 36 && len(s) != len(sessionPrefix)+secretLength {
			t.Errorf("%q is taken for a token of kind %d", s, k)
		}
	})
}

func TestTokensAreKnownByTheirLooks(t *testing.T) {
	for s, want := range map[string]kind{newUUID(): kindSession, newSecret(sessionPrefix): kindSession, newSecret(personalPrefix): kindPersonal,
		newSecret(refreshPrefix): kindRefresh} {
		if kindOf(s) != want {
			t.Errorf("%q is of kind %d, want %d", s, kindOf(s), want)
		}
	}
}
