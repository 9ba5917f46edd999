package password

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"strings"
	"testing"
)

// Hashes as other systems make them, of "correct horse" unless said.
func foreignHashes() map[string]string {
	sum := func(s string) string {
		d := md5.Sum([]byte(s))
		return hex.EncodeToString(d[:])
	}
	return map[string]string{
		"md5":         "md5$" + sum("correct horse"),
		"salt behind": "md5-salt$pe$pper$" + sum("correct horsepe$pper"),
		"salt before": "salt-md5$abc$" + sum("abccorrect horse"),
		"twice":       "md5md5-salt$abc$" + sum(sum("correct horse")+"abc"),
		"upper case":  "MD5$" + strings.ToUpper(sum("correct horse")),
		"sha1":        "sha1$4bef3a5b4e29f0bde2bb2ab6c5a9d5a3f8d4f9f3",
	}
}

func TestForeignDigests(t *testing.T) {
	h := New(secret("pepper"), quick())
	defer h.Close()
	for name, foreign := range foreignHashes() {
		stored, err := h.Adopt(context.Background(), foreign)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !strings.HasPrefix(stored, "$over$") || strings.Contains(stored, foreign[strings.LastIndexByte(foreign, '$')+1:]) {
			t.Errorf("%s is kept as %s", name, stored)
		}
		ok, upgrade, err := h.Verify(context.Background(), stored, "correct horse")
		if want := name != "sha1"; err != nil || ok != want || upgrade != want {
			t.Errorf("%s: the right password: %v, to be upgraded: %v, %v", name, ok, upgrade, err)
		}
		if ok, _, err := h.Verify(context.Background(), stored, "correct horsE"); ok || err != nil {
			t.Errorf("%s: a wrong password: %v %v", name, ok, err)
		}
		if Importable(stored) == nil {
			t.Errorf("%s: what is stored here would be taken for another system's hash", name)
		}
	}
}

func TestForeignSlowHashes(t *testing.T) {
	h := New(secret("pepper"), quick())
	defer h.Close()
	for name, foreign := range map[string]string{
		// Made with Python's hashlib.pbkdf2_hmac; Django's, PHC's and passlib's spelling of the same.
		"django":  django,
		"phc":     "$pbkdf2-sha256$i=1000$" + saltIn64 + "$" + strings.TrimRight(django[strings.LastIndexByte(django, '$')+1:], "="),
		"passlib": "$pbkdf2-sha256$1000$" + saltIn64 + "$" + strings.ReplaceAll(strings.TrimRight(django[strings.LastIndexByte(django, '$')+1:], "="), "+", "."),
	} {
		stored, err := h.Adopt(context.Background(), foreign)
		if err != nil || stored != foreign {
			t.Errorf("%s: kept as %q, %v", name, stored, err)
		}
		if ok, upgrade, err := h.Verify(context.Background(), stored, "correct horse"); !ok || !upgrade || err != nil {
			t.Errorf("%s: the right password: %v %v %v", name, ok, upgrade, err)
		}
		if ok, _, err := h.Verify(context.Background(), stored, "wrong"); ok || err != nil {
			t.Errorf("%s: a wrong password: %v %v", name, ok, err)
		}
	}
}

func TestForeignHashesThatAreRefused(t *testing.T) {
	for _, bad := range []string{"", "plain", "md5$", "md5$zz", "md5$abcd", "md5-salt$" + strings.Repeat("0", 32), "md5$salt$" + strings.Repeat("0", 32),
		"crc32$00000000", "salt-md5-salt$a$" + strings.Repeat("0", 32), "md5-salt$" + strings.Repeat("s", 300) + "$" + strings.Repeat("0", 32),
		"pbkdf2_sha256$0$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "pbkdf2_sha256$9999999$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		"pbkdf2_md5$1$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "pbkdf2_sha256$1$salt$AAAA", "$2y$31$" + strings.Repeat("a", 53),
		"$argon2id$v=19$m=19456,t=2,p=1,keyid=pepper$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"} {
		if Importable(bad) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func quick() Options { return Options{Params: Params{Memory: 8, Time: 1, Threads: 1}, Workers: 1} }

// No text makes the parsers panic, and what they take can be verified at once.
func FuzzForeign(f *testing.F) {
	for _, s := range foreignHashes() {
		f.Add(s)
	}
	f.Add(django)
	f.Add("$over$md5-salt$YWJj$argon2id$v=19$m=8,t=1,p=1,keyid=pepper$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	h := New(secret("pepper"), quick())
	f.Fuzz(func(t *testing.T, s string) {
		if w, err := parseWrapped(s); err == nil {
			if again, err := parseWrapped(w.String()); err != nil || again.String() != w.String() {
				t.Errorf("%q is written as %q", s, w.String())
			}
		}
		d, err := parseDigest(s)
		if err != nil {
			_ = Importable(s)
			return
		}
		stored, err := h.Adopt(context.Background(), s)
		if err != nil {
			t.Fatalf("%q can't be adopted: %v", s, err)
		}
		w, err := parseWrapped(stored)
		if err != nil || w.inner.algorithm != d.algorithm || string(w.inner.salt) != string(d.salt) {
			t.Errorf("%q is kept as %q: %v", s, stored, err)
		}
	})
}

const (
	django   = "pbkdf2_sha256$1000$seasalt$mQnueSakb748zqBAC1tmWVZsZbi2zPGZarEzTGdfmso="
	saltIn64 = "c2Vhc2FsdA"
)
