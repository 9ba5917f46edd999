// Package segment hands out numbers: unique, rising, one row of them per tag, in
// the manner of the segment mode of Meituan's Leaf
// (https://github.com/Meituan-Dianping/Leaf). A row says where the next range
// begins; the server takes ranges ("leases") in advance and hands their numbers
// out of memory, so that a draw costs no write. It knows no dialect.
//
// What holds, whatever happens:
//
//   - A number is handed out once. The row is durable past a range before the
//     first number of it leaves the server, so that a crash loses the rest of a
//     lease and repeats nothing; nodes that share the store share the row.
//   - On one node every draw of a tag gives higher numbers than any draw that
//     ended before it began, across restarts as well.
//   - Gaps are normal: a crash leaves one of up to the leases at hand. A clean
//     stop, and a tag that is not drawn for a while, give the rest back.
package segment

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"stoa/app/fault"
)

// Limits.
const (
	MaxDraw     = 10_000    // numbers in one draw
	MaxStep     = 1_000_000 // numbers in a lease; Leaf's limit
	DefaultStep = 1000
	MaxID       = 1<<53 - 1 // the highest number: clients in JavaScript read it exactly
	MaxSegments = 10_000    // of a tenant

	maxTag         = 128 // characters, as Leaf's column has
	maxDescription = 255 // characters
	maxAuthor      = 64  // characters
)

// Segment is a row of numbers.
type Segment struct {
	Tag    string `cbor:"1,keyasint"` // unique in the installation
	Tenant uint64 `cbor:"2,keyasint"`
	// Next is where the next lease begins, Leaf's max_id: every number handed
	// out is below it.
	Next        uint64    `cbor:"3,keyasint"`
	Step        uint64    `cbor:"4,keyasint"` // least size of a lease
	Description string    `cbor:"5,keyasint,omitempty"`
	Author      string    `cbor:"6,keyasint,omitempty"`
	Created     time.Time `cbor:"7,keyasint"`
	Modified    time.Time `cbor:"8,keyasint"`
	ModifiedBy  string    `cbor:"9,keyasint,omitempty"`  // user name
	Leased      time.Time `cbor:"10,keyasint,omitempty"` // when a lease was last taken; zero = never
	Version     uint64    `cbor:"11,keyasint"`           // one more with each change by somebody; leases don't count
}

// New is what Create needs.
type New struct {
	Tag         string
	Next        uint64 // the first number; 0 = 1
	Step        uint64 // 0 = DefaultStep
	Description string
	Author      string // "" = the caller
}

// Change changes what is not nil.
type Change struct {
	Next        *uint64 // may not be lowered
	Step        *uint64
	Description *string
	Author      *string
}

// Filter of a list. Page counts from 1 and is ignored with a Cursor.
type Filter struct {
	Text        string // part of the tag or of the description, any case
	Description string // part of the description, any case
	Page        int
	Limit       int // 1 to 500; 0 = 20
	Cursor      string
}

// Page is a part of a list, by tag.
type Page struct {
	Items  []Segment
	Total  int    // exact, unless Capped
	Capped bool   // there are more than Total
	Next   string // cursor of the next page; "" at the end
}

// fold is a text as it is searched: width and case make no difference.
func fold(s string) string { return cases.Fold().String(norm.NFKC.String(s)) }

// cleanTag is a tag as it is kept. Tags travel in paths: what would have to be
// escaped there is left out.
func cleanTag(tag string) (string, error) {
	tag = norm.NFC.String(strings.TrimSpace(tag))
	first, _ := utf8.DecodeRuneInString(tag)
	switch {
	case tag == "":
		return "", fault.New(fault.Missing, "segment.tag", "tag", "a tag is needed: it names the segment when numbers are drawn")
	case !utf8.ValidString(tag) || utf8.RuneCountInString(tag) > maxTag || !unicode.IsLetter(first) && !unicode.IsDigit(first) ||
		strings.ContainsFunc(tag, func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && !strings.ContainsRune("._:-", r)
		}):
		return "", fault.New(fault.Invalid, "segment.tag", "tag",
			"a tag has up to %d letters, digits and . _ : - and begins with a letter or a digit", maxTag)
	}
	return tag, nil
}

func cleanText(s, field string, most int) (string, error) {
	s = norm.NFC.String(strings.TrimSpace(s))
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > most || strings.ContainsFunc(s, unicode.IsControl) {
		return "", fault.New(fault.Invalid, "segment."+field, field, "the %s has up to %d characters that can be shown", field, most)
	}
	return s, nil
}

func checkStep(step uint64) error {
	if step < 1 || step > MaxStep {
		return fault.New(fault.Invalid, "segment.step", "step", "the step is 1 to %d", MaxStep)
	}
	return nil
}

func checkNext(next uint64) error {
	if next > MaxID {
		return fault.New(fault.Invalid, "segment.max_id", "max_id", "numbers end at %d", uint64(MaxID))
	}
	return nil
}

func missing() *fault.Fault {
	return fault.New(fault.NotFound, "segment.not_found", "tag", "there is no such segment")
}
