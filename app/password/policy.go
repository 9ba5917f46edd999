package password

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"stoa/app/fault"
)

// MaxLength is the greatest number of characters of a password.
const MaxLength = 128

// common holds well-known weak passwords and the words they are built on, one a
// line, in lower case.
//
//go:embed common.txt
var common string

// denied holds SHA-256 of passwords that were printed somewhere, one a line, in
// hex, of the lower-case form.
//
//go:embed denied.txt
var denied string

// Policy is what a new password must meet: length, and not being one of those
// that are tried first (NIST SP 800-63B). It asks for no mix of characters.
type Policy struct {
	min, minAdmin int
	weak          map[string]struct{}
	denied        map[string]struct{}
	product       []string
}

// NewPolicy makes a policy. min and minAdmin are numbers of characters, for
// everybody and for administrators; product are words too obvious on this
// installation.
func NewPolicy(min, minAdmin int, product ...string) *Policy {
	p := &Policy{min: min, minAdmin: max(min, minAdmin), weak: lines(common), denied: lines(denied)}
	for _, w := range product {
		p.product = append(p.product, fold(w))
	}
	return p
}

func lines(text string) map[string]struct{} {
	set := make(map[string]struct{}, strings.Count(text, "\n"))
	for line := range strings.Lines(text) {
		set[strings.TrimSpace(line)] = struct{}{}
	}
	return set
}

// Check refuses a password that must not be set. own are the account's name,
// e-mail, phone and the like. The fault's field is "password".
func (p *Policy) Check(password string, admin bool, own ...string) error {
	least := p.min
	if admin {
		least = p.minAdmin
	}
	n := utf8.RuneCountInString(password)
	switch {
	case password == "":
		return fault.New(fault.Missing, "password.missing", "password", "a password is needed")
	case !utf8.ValidString(password) || strings.ContainsFunc(password, unicode.IsControl):
		return invalid("password.characters", "the password holds characters that can't be typed")
	case n < least:
		return invalid("password.too_short", "the password has %d characters: at least %d are needed", n, least)
	case n > MaxLength:
		return invalid("password.too_long", "the password has %d characters: at most %d are allowed", n, MaxLength)
	}
	folded := fold(password)
	if p.known(folded) {
		return invalid("password.common", "this password is one of those that are tried first: choose another, for instance several unrelated words")
	}
	for _, word := range own {
		if obvious(folded, fold(word)) {
			return invalid("password.own_words", "the password is too close to the account's own name, e-mail or phone")
		}
	}
	for _, word := range p.product {
		if obvious(folded, word) {
			return invalid("password.own_words", "the password is too close to the name of this product")
		}
	}
	return nil
}

func invalid(code, text string, args ...any) error {
	return fault.New(fault.Invalid, code, "password", text, args...)
}

// known reports whether a folded password is listed, or is a listed one in
// another spelling, with digits and signs around it, or the same few characters
// again and again.
func (p *Policy) known(folded string) bool {
	sum := sha256.Sum256([]byte(folded))
	if _, bad := p.denied[hex.EncodeToString(sum[:])]; bad {
		return true
	}
	core := strings.TrimFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) })
	around := len(folded) - len(core)
	for _, form := range []string{folded, plain(folded)} {
		if p.listed(form) || distinct(form) < 4 || repeats(form) {
			return true
		}
	}
	return len(core) >= 4 && around <= maxAround && (p.listed(core) || p.listed(plain(core)))
}

// maxAround is how many characters around a word leave it that word.
const maxAround = 6

func (p *Policy) listed(s string) bool {
	_, bad := p.weak[s]
	return bad
}

// plain undoes the usual replacements of letters by digits and signs.
func plain(s string) string {
	return strings.NewReplacer("@", "a", "4", "a", "3", "e", "1", "l", "!", "i", "0", "o", "$", "s", "5", "s", "7", "t").Replace(s)
}

func distinct(s string) int {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}

// repeats reports whether s is a block of at most four bytes, repeated.
func repeats(s string) bool {
	for n := 1; n <= 4 && n < len(s); n++ {
		if strings.Repeat(s[:n], len(s)/n+1)[:len(s)] == s {
			return true
		}
	}
	return false
}

// obvious reports whether a password is a word with little around it, forwards
// or backwards.
func obvious(folded, word string) bool {
	if local, _, mail := strings.Cut(word, "@"); mail && obvious(folded, local) {
		return true
	}
	if utf8.RuneCountInString(word) < 4 {
		return false
	}
	for _, w := range []string{word, reversed(word)} {
		if strings.Contains(folded, w) && len(folded)-len(w) <= maxAround {
			return true
		}
	}
	return false
}

func reversed(s string) string {
	out := make([]rune, 0, len(s))
	for _, r := range s {
		out = append([]rune{r}, out...)
	}
	return string(out)
}

func fold(s string) string { return strings.ToLower(norm.NFKC.String(s)) }
