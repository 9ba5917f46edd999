package seal

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stoa/store"
	"stoa/store/kv"
	"stoa/store/kv/memkv"
)

func key(b byte) []byte { return bytes.Repeat([]byte{b}, keySize) }

func box(t testing.TB, b byte) *Box {
	t.Helper()
	out, err := New(key(b))
	check(t, err)
	return out
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsSealedOpensOnlyWhereItBelongs(t *testing.T) {
	b := box(t, 1)
	secret := []byte("JBSWY3DPEHPK3PXP")
	sealed, err := b.Seal(secret, "account/12/totp")
	check(t, err)
	if bytes.Contains(sealed, secret) {
		t.Error("the secret is in the sealed value")
	}
	plain, err := b.Unseal(sealed, "account/12/totp")
	if err != nil || !bytes.Equal(plain, secret) {
		t.Errorf("%q, %v", plain, err)
	}
	again, err := b.Seal(secret, "account/12/totp")
	check(t, err)
	if bytes.Equal(again, sealed) {
		t.Error("the same secret sealed twice looks the same")
	}
	if _, err := b.Unseal(sealed, "account/13/totp"); !errors.Is(err, ErrUnseal) {
		t.Errorf("in another record: %v", err)
	}
	if _, err := box(t, 2).Unseal(sealed, "account/12/totp"); !errors.Is(err, ErrUnseal) || !strings.Contains(err.Error(), "names key") {
		t.Errorf("with another key: %v", err)
	}
	for i := range sealed {
		damaged := bytes.Clone(sealed)
		damaged[i] ^= 1
		if _, err := b.Unseal(damaged, "account/12/totp"); !errors.Is(err, ErrUnseal) {
			t.Errorf("byte %d changed: %v", i, err)
		}
	}
}

func TestDerivedKeysDifferByLabelAndKey(t *testing.T) {
	b := box(t, 1)
	if !bytes.Equal(b.Derive("pepper")(), box(t, 1).Derive("pepper")()) {
		t.Error("a derived key is not stable")
	}
	if bytes.Equal(b.Derive("pepper")(), b.Derive("tokens")()) || bytes.Equal(b.Derive("pepper")(), box(t, 2).Derive("pepper")()) {
		t.Error("derived keys do not differ")
	}
}

func none(string) string { return "" }

func TestOpenTakesTheFirstPlaceThatIsGiven(t *testing.T) {
	dir, creds := t.TempDir(), t.TempDir()
	file := filepath.Join(t.TempDir(), "key")
	check(t, os.WriteFile(file, []byte(NewKey()), 0o600))
	check(t, os.WriteFile(filepath.Join(creds, CredentialName), []byte(strings.Repeat("ab", 32)), 0o440))
	env := map[string]string{}
	get := func(name string) string { return env[name] }
	source := func(o Options) string {
		o.Getenv = get
		b, err := Open(context.Background(), dir, o)
		check(t, err)
		return b.Status().Source
	}
	if s := source(Options{}); s != "generated" {
		t.Errorf("with nothing given: %s", s)
	}
	env[Variable] = NewKey()
	if s := source(Options{}); s != "environment" {
		t.Errorf("with the variable: %s", s)
	}
	if s := source(Options{KeyFile: file}); s != "file" {
		t.Errorf("with a key file: %s", s)
	}
	env["CREDENTIALS_DIRECTORY"] = creds
	if s := source(Options{KeyFile: file}); s != "credential" {
		t.Errorf("with a credential: %s", s)
	}
}

func TestOpenMakesAKeyOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	first, err := Open(context.Background(), dir, Options{Getenv: none})
	check(t, err)
	info, err := os.Stat(filepath.Join(dir, FileName))
	check(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %o", info.Mode().Perm())
	}
	second, err := Open(context.Background(), dir, Options{Getenv: none})
	check(t, err)
	if a, b := first.Status(), second.Status(); a.KeyID != b.KeyID || !a.Generated || !b.Generated || b.Path == "" {
		t.Errorf("%+v then %+v", a, b)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	open := filepath.Join(dir, "open")
	short := filepath.Join(dir, "short")
	check(t, os.WriteFile(open, []byte(NewKey()), 0o644))
	check(t, os.WriteFile(short, []byte("abc"), 0o600))
	for name, o := range map[string]Options{
		"a file that others read": {KeyFile: open, Getenv: none},
		"a file without a key":    {KeyFile: short, Getenv: none},
		"a file that is missing":  {KeyFile: filepath.Join(dir, "none"), Getenv: none},
		"a variable without a key": {Getenv: func(n string) string {
			return map[string]string{Variable: "secret"}[n]
		}},
	} {
		if _, err := Open(context.Background(), dir, o); err == nil {
			t.Errorf("%s is accepted", name)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("the error shows the value: %v", err)
		}
	}
}

func bind(engine kv.Store, b *Box) error {
	s := store.NewSchema()
	b.Define(s)
	db, err := store.Open(context.Background(), engine, s, store.Options{})
	if err != nil {
		return err
	}
	return b.Bind(context.Background(), db)
}

func TestAnotherKeyIsRefusedAtTheStart(t *testing.T) {
	engine := memkv.Open(time.Now)
	check(t, bind(engine, box(t, 1)))
	check(t, bind(engine, box(t, 1)))
	err := bind(engine, box(t, 2))
	if !errors.Is(err, ErrWrongKey) || !strings.Contains(err.Error(), box(t, 1).Status().KeyID) {
		t.Errorf("%v", err)
	}
}

// TestALostKeyIsNotReplaced: the file made because the right one is missing must
// not stay, or the next start would blame the wrong file.
func TestALostKeyIsNotReplaced(t *testing.T) {
	engine, dir := memkv.Open(time.Now), t.TempDir()
	check(t, bind(engine, box(t, 1)))
	for range 2 {
		b, err := Open(context.Background(), dir, Options{Getenv: none})
		check(t, err)
		if err := bind(engine, b); !errors.Is(err, ErrWrongKey) || !strings.Contains(err.Error(), "is missing") {
			t.Errorf("%v", err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, FileName)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the useless key file stayed: %v", err)
	}
}

// sealedOnce is "text" sealed under key(1) for the record "r" by the first
// release: what is at rest must open for ever.
const sealedOnce = "0187ed2b08e25ab13c55be91d44528099baedcc35ba276bd2fc7bdef86395205bbbec64c8c6683141c766b83f87f21866" +
	"2803d55eb38848cfa32262416c4aa564c8e6482f016e9ea7300d722201bc3b6e206813107fbb778f51cb0a6e176d72cf4"

func TestWhatIsAtRestStillOpens(t *testing.T) {
	sealed, err := hex.DecodeString(sealedOnce)
	check(t, err)
	plain, err := box(t, 1).Unseal(sealed, "r")
	if err != nil || string(plain) != "text" {
		t.Errorf("%q, %v", plain, err)
	}
}

func FuzzUnseal(f *testing.F) {
	b := box(f, 1)
	good, err := hex.DecodeString(sealedOnce)
	check(f, err)
	f.Add(good, "r")
	f.Add(good[:bodyStart], "r")
	f.Add([]byte{}, "")
	f.Fuzz(func(t *testing.T, sealed []byte, record string) {
		plain, err := b.Unseal(sealed, record)
		if err == nil && (record != "r" || !bytes.Equal(sealed, good)) {
			t.Errorf("a forged value opens: %q", plain)
		}
	})
}
