package password

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"

	"stoa/app/fault"
)

func secret(text string) func() []byte { return func() []byte { return []byte(text) } }

func cheap() Options {
	return Options{Params: Params{Memory: 8, Time: 1, Threads: 1}, Workers: 2}
}

func hasher(t *testing.T, o Options) *Hasher {
	t.Helper()
	h := New(secret("pepper"), o)
	t.Cleanup(h.Close)
	return h
}

func TestHashAndVerify(t *testing.T) {
	h := hasher(t, cheap())
	stored, err := h.Hash(t.Context(), "ｃafé secret") // full width c: typed on another keyboard
	if err != nil || !strings.HasPrefix(stored, "$argon2id$v=19$m=8,t=1,p=1,keyid=pepper$") {
		t.Fatal(stored, err)
	}
	for given, want := range map[string]bool{"café secret": true, "cafe\u0301 secret": true, "cafe secret": false, "": false} {
		if ok, upgrade, err := h.Verify(t.Context(), stored, given); ok != want || upgrade || err != nil {
			t.Errorf("%q: %v %v %v", given, ok, upgrade, err)
		}
	}
	if ok, _, err := h.Verify(t.Context(), "", "anything"); ok || err != nil {
		t.Errorf("no account: %v %v", ok, err)
	}
	other := New(secret("other pepper"), cheap())
	defer other.Close()
	if ok, _, _ := other.Verify(t.Context(), stored, "café secret"); ok {
		t.Error("a hash is good without its pepper")
	}
}

func TestHashesFromElsewhere(t *testing.T) {
	h := hasher(t, cheap())
	plain := phc{Params: Params{Memory: 16, Time: 1, Threads: 1}, salt: []byte("saltsalt")}
	plain.hash = argon2.IDKey([]byte("secret"), plain.salt, 1, 16, 1, 32)
	crypted, err := bcrypt.GenerateFromPassword([]byte("secret"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	for _, stored := range []string{plain.String(), string(crypted)} {
		if err := Importable(stored); err != nil {
			t.Errorf("%s: %v", stored, err)
		}
		ok, upgrade, err := h.Verify(t.Context(), stored, "secret")
		if !ok || !upgrade || err != nil {
			t.Errorf("%s: %v %v %v", stored, ok, upgrade, err)
		}
		if ok, upgrade, _ := h.Verify(t.Context(), stored, "wrong"); ok || upgrade {
			t.Errorf("%s: a wrong password is %v, upgrade %v", stored, ok, upgrade)
		}
	}
	for _, bad := range []string{"", "secret", "$argon2i$v=19$m=16,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA", "$argon2id$v=19$m=16,t=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
		"$argon2id$v=19$m=99999999,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA", "$argon2id$v=19$m=16,t=1,p=0$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
		"$2a$31$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", "$2a$04$short", "5f4dcc3b5aa765d61d8327deb882cf99"} {
		if Importable(bad) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestWaitingForAHash(t *testing.T) {
	o := cheap()
	o.Workers, o.Queue = 1, 2
	h := hasher(t, o)
	hold, begun := make(chan struct{}), make(chan struct{})
	var busy sync.WaitGroup
	busy.Go(func() {
		_, _ = h.pool.do(context.Background(), func() []byte { close(begun); <-hold; return nil })
	})
	<-begun
	ctx, cancel := context.WithCancel(t.Context())
	for range 2 {
		busy.Go(func() {
			if _, err := h.Hash(ctx, "x"); !errors.Is(err, context.Canceled) {
				t.Errorf("a waiter whose caller went away got %v", err)
			}
		})
	}
	for len(h.pool.jobs) < 2 {
		runtime.Gosched()
	}
	if _, err := h.Hash(t.Context(), "x"); fault.KindOf(err) != fault.Unavailable || fault.Of(err).Retry == 0 {
		t.Errorf("one too many: %v", err)
	}
	cancel()
	close(hold)
	busy.Wait()
	if _, err := h.Hash(t.Context(), "x"); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	h.Close()
	if _, err := h.Hash(t.Context(), "x"); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("after Close: %v", err)
	}
}

func TestPolicy(t *testing.T) {
	p := NewPolicy(8, 12, "stoa")
	own := []string{"Zhang.San", "zhang@example.com", "13900000001"}
	for _, c := range []struct {
		password string
		admin    bool
		code     string
	}{
		{"", false, "password.missing"},
		{"seven 7", false, "password.too_short"},
		{"汉字密码也可以用", false, ""},
		{"eleven char", true, "password.too_short"},
		{"twelve chars", true, ""},
		{strings.Repeat("long ", 26), false, "password.too_long"},
		{"with\x00zero byte", false, "password.characters"},
		{"password", false, "password.common"},
		{"PassWord123!", true, "password.common"},
		{"p@55w0rd2024", true, "password.common"},
		{"12345678", false, "password.common"},
		{"qwertyuiop", false, "password.common"},
		{"1qaz2wsx3edc", true, "password.common"},
		{"aaaaaaaaaaaa", true, "password.common"},
		{"abcabcabcabc", true, "password.common"},
		{"!!dragon2024", true, "password.common"},
		{"zhang.san1", false, "password.own_words"},
		{"nas.gnahz1", false, "password.own_words"},
		{"13900000001", false, "password.own_words"},
		{"stoa2026", false, "password.own_words"},
		{"stoa is a hall with many rooms", false, ""},
		{"correct staple horse", true, ""},
	} {
		err := p.Check(c.password, c.admin, own...)
		got := ""
		if err != nil {
			got = fault.Of(err).Code
			if fault.Of(err).Field != "password" {
				t.Errorf("%q: the field is %q", c.password, fault.Of(err).Field)
			}
		}
		if got != c.code {
			t.Errorf("%q: %q, want %q", c.password, got, c.code)
		}
	}
}

func TestPrintedPasswordsAreDenied(t *testing.T) {
	p := NewPolicy(1, 1)
	if n := len(lines(denied)); n < 4 {
		t.Fatalf("the deny-list has %d entries", n)
	}
	if n := len(lines(common)); n < 2000 {
		t.Fatalf("the common list has %d entries", n)
	}
	if err := p.Check("111111", false); err == nil {
		t.Error("a printed password is taken")
	}
}

func FuzzPHC(f *testing.F) {
	f.Add("$argon2id$v=19$m=16,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA")
	f.Add("$argon2id$v=19$m=16,t=1,p=1,keyid=pepper$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := parsePHC(s)
		if err != nil {
			return
		}
		again, err := parsePHC(p.String())
		if err != nil || again.String() != p.String() || again.Params != p.Params {
			t.Errorf("%q gives %q, %v", s, p, err)
		}
	})
}

// BenchmarkBare is argon2id alone, on all processors: what sign-ins are held
// against.
func BenchmarkBare(b *testing.B) {
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			argon2.IDKey([]byte("secret"), []byte("saltsaltsaltsalt"), 2, 19<<10, 1, 32)
		}
	})
}

func BenchmarkHash(b *testing.B) {
	h := New(secret("pepper"), Options{})
	defer h.Close()
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := h.Hash(context.Background(), "secret"); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
