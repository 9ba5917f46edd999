package org

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"stoa/app/fault"
)

const maxName = 64 // characters

// fold is a name as it is compared: width, case and outer space make no difference.
func fold(name string) string {
	return cases.Fold().String(norm.NFKC.String(strings.TrimSpace(name)))
}

// cleanName is name as it is kept, or the fault that says what is wrong with it.
func cleanName(name string) (string, error) {
	name = norm.NFC.String(strings.TrimSpace(name))
	switch {
	case name == "":
		return "", fault.New(fault.Missing, "org.name_missing", "name", "a name is needed")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return "", fault.New(fault.Invalid, "org.name_invalid", "name", "the name holds characters that can't be shown")
	case utf8.RuneCountInString(name) > maxName:
		return "", fault.New(fault.Invalid, "org.name_long", "name", "the name is longer than %d characters", maxName)
	}
	return name, nil
}
