// Package jsontext checks a JSON text before it is decoded, and says what is
// wrong with it in the words of Python's json.decoder. It knows no HTTP.
package jsontext

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// Error says where a JSON text can't be read, in the words and with the
// counting of Python's json.decoder: old clients match on them. Line and Col
// count from 1, Char from 0, all in characters.
type Error struct {
	What            string // "Expecting ',' delimiter"
	Line, Col, Char int
}

// Error is the line as Python prints it.
func (e *Error) Error() string {
	return fmt.Sprintf("%s: line %d column %d (char %d)", e.What, e.Line, e.Col, e.Char)
}

// MaxDepth is how deep JSON may nest where the configuration says nothing.
const MaxDepth = 64

// duplicateLinear is how many names of one object are compared one by one
// before a map takes over.
const duplicateLinear = 16

// scanner walks one JSON text. Its order of checks is that of Python's C
// scanner (Modules/_json.c), so that message and position agree.
type scanner struct {
	b     []byte
	at    int // next byte
	depth int // levels left
}

// stop is how a scanner method reports; -1 position never occurs.
type stop struct {
	what string
	at   int // byte offset
}

// Check is nil for a well-formed text of at most depth levels without duplicate
// names in one object.
func Check(b []byte, depth int) *Error {
	s := scanner{b: b, depth: depth}
	if p := s.text(); p != nil {
		return place(b, p)
	}
	return nil
}

// text scans the whole body: one value, with space around it.
func (s *scanner) text() *stop {
	if len(s.b) >= 3 && s.b[0] == 0xEF && s.b[1] == 0xBB && s.b[2] == 0xBF {
		return &stop{"Unexpected UTF-8 BOM (decode using utf-8-sig)", 0}
	}
	if !utf8.Valid(s.b) {
		return &stop{"Invalid UTF-8", invalidUTF8(s.b)}
	}
	s.space()
	if p := s.value(); p != nil {
		return p
	}
	s.space()
	if s.at < len(s.b) {
		return &stop{"Extra data", s.at}
	}
	return nil
}

func (s *scanner) space() {
	for s.at < len(s.b) {
		switch s.b[s.at] {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return
		}
	}
}

// peek is the next byte; 0 at the end, which no valid place has.
func (s *scanner) peek() byte {
	if s.at < len(s.b) {
		return s.b[s.at]
	}
	return 0
}

func (s *scanner) value() *stop {
	switch c := s.peek(); {
	case c == '"':
		return s.str()
	case c == '{' || c == '[':
		if s.depth == 0 {
			return &stop{"Nested too deeply", s.at}
		}
		s.depth--
		s.at++
		p := s.members(c)
		s.depth++
		return p
	case c == 'n':
		return s.word("null")
	case c == 't':
		return s.word("true")
	case c == 'f':
		return s.word("false")
	default:
		return s.number()
	}
}

func (s *scanner) word(w string) *stop {
	if len(s.b)-s.at < len(w) || string(s.b[s.at:s.at+len(w)]) != w {
		return &stop{"Expecting value", s.at}
	}
	s.at += len(w)
	return nil
}

// members scans what stands in an object or an array, its end included.
func (s *scanner) members(open byte) *stop {
	end := byte(']')
	if open == '{' {
		end = '}'
	}
	s.space()
	if s.peek() == end {
		s.at++
		return nil
	}
	var seen names
	for {
		if open == '{' {
			if p := s.name(&seen); p != nil {
				return p
			}
		}
		if p := s.value(); p != nil {
			return p
		}
		s.space()
		switch s.peek() {
		case end:
			s.at++
			return nil
		case ',':
			s.at++
			s.space()
		default:
			return &stop{"Expecting ',' delimiter", s.at}
		}
	}
}

// name scans a member's name, its colon and the space after it.
func (s *scanner) name(seen *names) *stop {
	if s.peek() != '"' {
		return &stop{"Expecting property name enclosed in double quotes", s.at}
	}
	from := s.at
	if p := s.str(); p != nil {
		return p
	}
	if !seen.add(s.b[from:s.at]) {
		return &stop{"Duplicate property name", from}
	}
	s.space()
	if s.peek() != ':' {
		return &stop{"Expecting ':' delimiter", s.at}
	}
	s.at++
	s.space()
	return nil
}

// number scans the longest number; what follows it is the caller's matter.
func (s *scanner) number() *stop {
	from := s.at
	if s.peek() == '-' {
		s.at++
	}
	switch c := s.peek(); {
	case c == '0':
		s.at++
	case c >= '1' && c <= '9':
		s.digits()
	default:
		s.at = from
		return &stop{"Expecting value", from}
	}
	if s.peek() == '.' && s.at+1 < len(s.b) && digit(s.b[s.at+1]) {
		s.at++
		s.digits()
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		mark := s.at
		s.at++
		if c := s.peek(); c == '+' || c == '-' {
			s.at++
		}
		if !digit(s.peek()) {
			s.at = mark
			return nil
		}
		s.digits()
	}
	return nil
}

func (s *scanner) digits() {
	for digit(s.peek()) {
		s.at++
	}
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// str scans a string, its quotes included.
func (s *scanner) str() *stop {
	begin := s.at
	s.at++
	for s.at < len(s.b) {
		switch c := s.b[s.at]; {
		case c == '"':
			s.at++
			return nil
		case c < 0x20:
			return &stop{"Invalid control character at", s.at}
		case c == '\\':
			if p := s.escape(begin); p != nil {
				return p
			}
		default:
			s.at++
		}
	}
	return &stop{"Unterminated string starting at", begin}
}

// escape scans one backslash escape of the string that began at begin.
func (s *scanner) escape(begin int) *stop {
	at := s.at
	if at+1 == len(s.b) {
		return &stop{"Unterminated string starting at", begin}
	}
	switch s.b[at+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.at += 2
		return nil
	case 'u':
		return s.hex(at)
	}
	return &stop{"Invalid \\escape", at}
}

// hex scans \uXXXX at byte at. Python wants one character more after the four
// digits, counted in characters.
func (s *scanner) hex(at int) *stop {
	bad := &stop{"Invalid \\uXXXX escape", at + 1}
	rest := s.b[at+2:]
	if len(rest) < 20 && utf8.RuneCount(rest) <= 4 {
		return bad
	}
	for i := range 4 {
		if c := rest[i]; !digit(c) && (c|0x20 < 'a' || c|0x20 > 'f') {
			return bad
		}
	}
	s.at = at + 6
	return nil
}

// place turns a byte offset into Python's line, column and character.
func place(b []byte, p *stop) *Error {
	e := &Error{What: p.what, Line: 1, Col: 1}
	for i := 0; i < p.at; {
		_, n := utf8.DecodeRune(b[i:])
		if b[i] == '\n' {
			e.Line++
			e.Col = 0
		}
		e.Col++
		e.Char++
		i += n
	}
	return e
}

// invalidUTF8 is the offset of the first byte that is no UTF-8.
func invalidUTF8(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(b)
}

// names are an object's member names so far, in their JSON spelling.
type names struct {
	few  [][]byte
	many map[string]struct{}
}

// add is false for a name that is there already.
func (n *names) add(quoted []byte) bool {
	key := quoted
	for _, c := range quoted {
		if c == '\\' {
			key = unescape(quoted)
			break
		}
	}
	if n.many != nil {
		if _, ok := n.many[string(key)]; ok {
			return false
		}
		n.many[string(key)] = struct{}{}
		return true
	}
	for _, k := range n.few {
		if string(k) == string(key) {
			return false
		}
	}
	n.few = append(n.few, key)
	if len(n.few) > duplicateLinear {
		n.many = make(map[string]struct{}, 2*len(n.few))
		for _, k := range n.few {
			n.many[string(k)] = struct{}{}
		}
		n.few = nil
	}
	return true
}

// unescape is a quoted name with its escapes resolved, in quotes again.
func unescape(quoted []byte) []byte {
	var s string
	if json.Unmarshal(quoted, &s) != nil {
		return quoted
	}
	return []byte(`"` + s + `"`)
}
