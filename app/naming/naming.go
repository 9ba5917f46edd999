// Package naming is how people and their addresses are written: the stored form
// of user names, e-mail addresses, phone numbers and lines of free text, the form
// under which they are compared, and what is refused. It knows no accounts and no
// store: it can't say whether a name is taken.
package naming

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"stoa/app/fault"
)

// Greatest sizes, in characters unless said.
const (
	MaxName     = 64
	MaxNickname = 64
	MaxLine     = 128
	MaxEmail    = 254 // bytes, RFC 5321
	MaxFolded   = 256 // bytes of what goes into an index key

	maxLandline = 32
	maxAvatar   = 1024
)

var (
	mainland = regexp.MustCompile(`^1[3-9][0-9]{9}$`)
	e164     = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	mailbox  = regexp.MustCompile(`^[^\s"(),:;<>@\[\\\].]+(\.[^\s"(),:;<>@\[\\\].]+)*$`)
	label    = regexp.MustCompile(`^[\p{L}\p{M}\p{N}]([\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?$`)
	landline = regexp.MustCompile(`^[0-9+()#*. extEXT-]{3,32}$`)
)

// Fold is the form under which names and e-mails are compared: NFKC, then
// Unicode case folding, then NFKC again, so that folding twice changes nothing.
func Fold(s string) string {
	return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(s)))
}

// Trim is a text without the space around it, in NFC.
func Trim(s string) string { return norm.NFC.String(strings.TrimSpace(s)) }

func invalid(code, field, text string, args ...any) error {
	return fault.New(fault.Invalid, code, field, text, args...)
}

// Name trims a user name and refuses what is none. A name that is an e-mail
// address or a phone number must be the account's own, given in stored form.
func Name(s, email, phone string) (string, error) {
	s = Trim(s)
	n := utf8.RuneCountInString(s)
	switch {
	case s == "":
		return "", fault.New(fault.Missing, "account.name_missing", "name", "a user name is needed")
	case !utf8.ValidString(s):
		return "", invalid("account.name", "name", "the user name is not valid UTF-8")
	case n < 2 || n > MaxName || len(Fold(s)) > MaxFolded:
		return "", invalid("account.name", "name", "a user name has 2 to %d characters, this has %d", MaxName, n)
	}
	if p, err := Phone(s); err == nil && p != "" {
		if p != phone {
			return "", invalid("account.name_is_phone", "name", "a phone number as user name must be the account's own phone")
		}
		return s, nil
	}
	if strings.Contains(Fold(s), "@") {
		if email == "" || Fold(s) != Fold(email) {
			return "", invalid("account.name_is_email", "name", "a user name with @ must be the account's own e-mail")
		}
		return s, nil
	}
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && r != '.' && r != '_' && r != '-' {
			return "", invalid("account.name", "name", "a user name consists of letters, digits and . _ -; %q is none of these", r)
		}
	}
	if Fold(s) == "system" {
		return "", invalid("account.name_reserved", "name", "this name is the server's own")
	}
	return s, nil
}

// Email trims an address and lowers its domain; "" stays "".
func Email(s string) (string, error) {
	s = Trim(s)
	if s == "" {
		return "", nil
	}
	at := strings.LastIndexByte(s, '@')
	bad := invalid("account.email", "email", "this is no e-mail address: name@example.com is expected")
	if at < 1 || len(s) > MaxEmail || len(Fold(s)) > MaxFolded || at > 64 || !utf8.ValidString(s) || hasControl(s) {
		return "", bad
	}
	domain := strings.ToLower(s[at+1:])
	labels := strings.Split(domain, ".")
	if !mailbox.MatchString(s[:at]) || len(labels) < 2 {
		return "", bad
	}
	for _, l := range labels {
		if !label.MatchString(l) {
			return "", bad
		}
	}
	return s[:at+1] + domain, nil
}

// Phone gives the stored form of a phone number: 11 digits for mainland China
// (with or without +86), else E.164; "" stays "".
func Phone(s string) (string, error) {
	s = strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '(' || r == ')' || r == '\u00a0' {
			return -1
		}
		return r
	}, norm.NFKC.String(strings.TrimSpace(s)))
	if s == "" {
		return "", nil
	}
	if rest, ok := strings.CutPrefix(s, "+86"); ok && mainland.MatchString(rest) {
		return rest, nil
	}
	if mainland.MatchString(s) || e164.MatchString(s) {
		return s, nil
	}
	return "", invalid("account.phone", "phone", "this is no phone number: 11 digits (mainland China), or + with country code, is expected")
}

// NeedPhone is Phone of a number that must be there.
func NeedPhone(s string) (string, error) {
	s, err := Phone(s)
	if err == nil && s == "" {
		err = fault.New(fault.Missing, "account.phone_missing", "phone", "a phone number is needed")
	}
	return s, err
}

// Line is one line of free text of at most so many characters; field names it in
// the refusal.
func Line(s, field string, most int) (string, error) {
	s = Trim(s)
	switch {
	case !utf8.ValidString(s) || hasControl(s):
		return "", invalid("account."+field, field, "%s holds characters that can't be shown", field)
	case utf8.RuneCountInString(s) > most || len(Fold(s)) > 4*most:
		return "", invalid("account."+field, field, "%s has %d characters: at most %d are allowed", field, utf8.RuneCountInString(s), most)
	}
	return s, nil
}

func hasControl(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }

// Landline is a telephone number in free form, with or without an extension; ""
// stays "".
func Landline(s string) (string, error) {
	s, err := Line(s, "telephone", maxLandline)
	if err == nil && s != "" && !landline.MatchString(s) {
		err = invalid("account.telephone", "telephone", "this is no telephone number: digits, + ( ) - and an extension are expected")
	}
	return s, err
}

// Avatar is an address that may be the source of a picture; "" stays "".
func Avatar(s string) (string, error) {
	s, err := Line(s, "avatar", maxAvatar)
	if err == nil && s != "" && !showable(s) {
		err = invalid("account.avatar", "avatar", "an avatar is an http or https address, or a path on this server")
	}
	return s, err
}

func showable(url string) bool {
	low := strings.ToLower(url)
	return strings.HasPrefix(low, "https://") || strings.HasPrefix(low, "http://") ||
		strings.HasPrefix(url, "/") && !strings.HasPrefix(url, "//") && !strings.Contains(url, `\`)
}
