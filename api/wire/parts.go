package wire

import (
	"errors"

	"stoa/api/wire/bind"
	"stoa/api/wire/jsontext"
	"stoa/api/wire/meter"
)

// The parts that live in packages of their own, under the names that dialects use.
type (
	// Int is a whole number that clients may send as 1 or as "1".
	Int = bind.Int
	// Bool is a truth value that clients may send as true, "true", 1 or "1".
	Bool = bind.Bool
	// Text is a string that careless clients may send as a number or a boolean.
	Text = bind.Text
	// SyntaxError says where a JSON body can't be read.
	SyntaxError = jsontext.Error
	// Metrics are the wire's figures.
	Metrics = meter.Metrics
)

// SyntaxAt finds what is wrong with a JSON body, in the words and with the
// counting of Python's json.decoder. err may be the error of Decode, of
// encoding/json or nil; a body that is well-formed gives what "".
func SyntaxAt(body []byte, err error) (what string, line, col, char int) {
	var e *SyntaxError
	if !errors.As(err, &e) {
		e = jsontext.Check(body, jsontext.MaxDepth)
	}
	if e == nil {
		return "", 0, 0, 0
	}
	return e.What, e.Line, e.Col, e.Char
}
