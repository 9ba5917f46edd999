package source

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

var (
	insertHead = regexp.MustCompile("(?i)\\binsert\\s+into\\s+")
	createHead = regexp.MustCompile("(?i)^create\\s+table\\s+(?:if\\s+not\\s+exists\\s+)?")
)

// dumped reports whether a file is statements of a database.
func dumped(text string, data []byte) bool {
	return strings.HasPrefix(text, "--") || strings.HasPrefix(text, "/*") || createHead.MatchString(text) || insertHead.Match(data[:min(len(data), 1<<20)]) && !strings.Contains(firstLine(text), ",")
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// readSQL reads the INSERT statements of a dump, in the dialect of MySQL. Names of
// columns that a statement leaves out come from CREATE TABLE.
func readSQL(data []byte) ([]Table, error) {
	in := &scanner{text: data}
	columns := map[string][]string{}
	var out []Table
	for in.skipTo() {
		switch strings.ToLower(in.word()) {
		case "create":
			name, cols := in.create()
			columns[name] = cols
		case "insert", "replace":
			name, header, lines, err := in.insert()
			if err != nil {
				return nil, err
			}
			if header == nil {
				header = columns[name]
			}
			if out, err = add(out, name, header, lines); err != nil {
				return nil, err
			}
		}
		in.statement()
	}
	return out, nil
}

func add(all []Table, name string, header []string, lines [][]string) ([]Table, error) {
	if header == nil {
		return nil, fmt.Errorf("the columns of %s are not named: export with complete INSERT statements, or with CREATE TABLE", name)
	}
	t := table(all, name)
	if t == nil {
		all = append(all, Table{Name: name, Header: header})
		t = &all[len(all)-1]
	}
	for _, cells := range lines {
		if len(t.Lines) == MaxRows {
			return nil, tooMany(name)
		}
		t.Lines = append(t.Lines, Line{len(t.Lines) + 1, cells})
	}
	return all, nil
}

// scanner goes over statements.
type scanner struct {
	text []byte
	at   int
}

var errSQL = errors.New("an INSERT statement of the file can't be read")

// skipTo passes over space, comments and semicolons; false at the end.
func (s *scanner) skipTo() bool {
	for s.at < len(s.text) {
		rest := s.text[s.at:]
		switch {
		case strings.IndexByte(" \t\r\n;", rest[0]) >= 0:
			s.at++
		case bytes.HasPrefix(rest, []byte("--")), rest[0] == '#':
			s.past("\n")
		case bytes.HasPrefix(rest, []byte("/*")):
			s.past("*/")
		default:
			return true
		}
	}
	return false
}

// past goes behind the next mark, or to the end.
func (s *scanner) past(mark string) {
	i := bytes.Index(s.text[s.at:], []byte(mark))
	if i < 0 {
		s.at = len(s.text)
		return
	}
	s.at += i + len(mark)
}

func (s *scanner) space() {
	for s.at < len(s.text) && strings.IndexByte(" \t\r\n", s.text[s.at]) >= 0 {
		s.at++
	}
}

func (s *scanner) peek() byte {
	s.space()
	if s.at >= len(s.text) {
		return 0
	}
	return s.text[s.at]
}

// word is a keyword or a name, with or without quotation marks; of a name with a
// schema, the last part.
func (s *scanner) word() string {
	for {
		name := s.part()
		if s.at < len(s.text) && s.text[s.at] == '.' {
			s.at++
			continue
		}
		return name
	}
}

func (s *scanner) part() string {
	c := s.peek()
	if c == '`' || c == '"' {
		s.at++
		from := s.at
		s.past(string(c))
		return string(s.text[from:max(from, s.at-1)])
	}
	from := s.at
	for s.at < len(s.text) && strings.IndexByte(" \t\r\n(),;.=", s.text[s.at]) < 0 {
		s.at++
	}
	return string(s.text[from:s.at])
}

// statement goes to the end of a statement.
func (s *scanner) statement() {
	for s.at < len(s.text) && s.text[s.at] != ';' {
		if c := s.text[s.at]; c == '\'' || c == '"' || c == '`' {
			s.quoted(c)
			continue
		}
		s.at++
	}
}

// create reads the names of a table and of its columns.
func (s *scanner) create() (name string, columns []string) {
	for word := s.word(); word != "" && !strings.EqualFold(word, "table"); word = s.word() {
	}
	name = s.word()
	if strings.EqualFold(name, "if") { // not exists
		s.word()
		s.word()
		name = s.word()
	}
	if s.peek() != '(' {
		return name, nil
	}
	s.at++
	for s.peek() == '`' || s.peek() == '"' {
		columns = append(columns, s.part())
		if !s.definition() {
			break
		}
	}
	return name, columns
}

// definition passes over the rest of a column's; false after the last.
func (s *scanner) definition() bool {
	for depth := 0; s.at < len(s.text); {
		switch c := s.text[s.at]; {
		case c == '\'' || c == '"' || c == '`':
			s.quoted(c)
			continue
		case c == '(':
			depth++
		case c == ')' && depth == 0, c == ';':
			return false
		case c == ')':
			depth--
		case c == ',' && depth == 0:
			s.at++
			return true
		}
		s.at++
	}
	return false
}

func (s *scanner) insert() (name string, header []string, lines [][]string, err error) {
	for word := s.word(); !strings.EqualFold(word, "into"); word = s.word() {
		if word == "" {
			return "", nil, nil, errSQL
		}
	}
	name = s.word()
	if s.peek() == '(' {
		if header, err = s.tuple(); err != nil {
			return name, nil, nil, err
		}
	}
	if word := s.word(); !strings.EqualFold(word, "values") && !strings.EqualFold(word, "value") {
		return name, nil, nil, errSQL
	}
	for s.peek() == '(' {
		cells, err := s.tuple()
		if err != nil || len(cells) > maxKeys {
			return name, nil, nil, errSQL
		}
		if lines = append(lines, cells); len(lines) > MaxRows {
			return name, nil, nil, tooMany(name)
		}
		if s.peek() == ',' {
			s.at++
		}
	}
	return name, header, lines, nil
}

// tuple reads values or names in parentheses.
func (s *scanner) tuple() ([]string, error) {
	var out []string
	for s.at++; ; s.at++ {
		cell, err := s.value()
		if err != nil {
			return nil, err
		}
		out = append(out, cell)
		switch s.peek() {
		case ',':
		case ')':
			s.at++
			return out, nil
		default:
			return nil, errSQL
		}
	}
}

func (s *scanner) value() (string, error) {
	switch c := s.peek(); c {
	case 0:
		return "", errSQL
	case '\'', '"', '`':
		return s.quoted(c)
	}
	word := s.part()
	if s.at < len(s.text) && s.text[s.at] == '.' { // a decimal
		s.at++
		word += "." + s.part()
	}
	switch {
	case word == "":
		return "", errSQL
	case strings.EqualFold(word, "null"):
		return "", nil
	case strings.HasPrefix(word, "_") || strings.EqualFold(word, "b") || strings.EqualFold(word, "n"):
		return s.value() // a character set in front of a text
	case word == "b'1'":
		return "1", nil
	case word == "b'0'":
		return "0", nil
	}
	return word, nil
}

// quoted reads a text in quotation marks, with MySQL's escapes.
func (s *scanner) quoted(mark byte) (string, error) {
	var out []byte
	for s.at++; s.at < len(s.text); s.at++ {
		c := s.text[s.at]
		switch {
		case c == '\\' && mark != '`' && s.at+1 < len(s.text):
			s.at++
			out = append(out, unescaped(s.text[s.at]))
		case c == mark && s.at+1 < len(s.text) && s.text[s.at+1] == mark:
			s.at++
			out = append(out, mark)
		case c == mark:
			s.at++
			return strings.ToValidUTF8(string(out), "\uFFFD"), nil
		default:
			out = append(out, c)
		}
	}
	return "", errSQL
}

func unescaped(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 't':
		return '\t'
	case 'r':
		return '\r'
	case '0':
		return 0
	}
	return c
}
