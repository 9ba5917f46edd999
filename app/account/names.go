package account

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
	maxName     = 64
	maxNickname = 64
	maxLine     = 128
	maxEmail    = 254 // bytes, RFC 5321
	maxFolded   = 256 // bytes of what goes into an index key
	maxAvatar   = 1024
)

var (
	mainland = regexp.MustCompile(`^1[3-9][0-9]{9}$`)
	e164     = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	mailbox  = regexp.MustCompile(`^[^\s"(),:;<>@\[\\\].]+(\.[^\s"(),:;<>@\[\\\].]+)*$`)
	label    = regexp.MustCompile(`^[\p{L}\p{M}\p{N}]([\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?$`)
	landline = regexp.MustCompile(`^[0-9+()#*. extEXT-]{3,32}$`)
)

// fold is the form under which names and e-mails are compared: NFKC, then
// Unicode case folding, then NFKC again, so that folding twice changes nothing.
func fold(s string) string {
	return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(s)))
}

func invalid(code, field, text string, args ...any) error {
	return fault.New(fault.Invalid, code, field, text, args...)
}

// normalName trims a user name and refuses what is none. A name that is an
// e-mail address or a phone number must be the account's own.
func normalName(s, email, phone string) (string, error) {
	s = norm.NFC.String(strings.TrimSpace(s))
	n := utf8.RuneCountInString(s)
	switch {
	case s == "":
		return "", fault.New(fault.Missing, "account.name_missing", "name", "a user name is needed")
	case !utf8.ValidString(s):
		return "", invalid("account.name", "name", "the user name is not valid UTF-8")
	case n < 2 || n > maxName || len(fold(s)) > maxFolded:
		return "", invalid("account.name", "name", "a user name has 2 to %d characters, this has %d", maxName, n)
	}
	if p, err := normalPhone(s); err == nil && p != "" {
		if p != phone {
			return "", invalid("account.name_is_phone", "name", "a phone number as user name must be the account's own phone")
		}
		return s, nil
	}
	if strings.Contains(fold(s), "@") {
		if email == "" || fold(s) != fold(email) {
			return "", invalid("account.name_is_email", "name", "a user name with @ must be the account's own e-mail")
		}
		return s, nil
	}
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && r != '.' && r != '_' && r != '-' {
			return "", invalid("account.name", "name", "a user name consists of letters, digits and . _ -; %q is none of these", r)
		}
	}
	if fold(s) == "system" {
		return "", invalid("account.name_reserved", "name", "this name is the server's own")
	}
	return s, nil
}

// normalEmail trims an address and lowers its domain; "" stays "".
func normalEmail(s string) (string, error) {
	s = norm.NFC.String(strings.TrimSpace(s))
	if s == "" {
		return "", nil
	}
	at := strings.LastIndexByte(s, '@')
	bad := invalid("account.email", "email", "this is no e-mail address: name@example.com is expected")
	if at < 1 || len(s) > maxEmail || len(fold(s)) > maxFolded || at > 64 || !utf8.ValidString(s) || hasControl(s) {
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

// normalPhone gives the stored form of a phone number: 11 digits for mainland
// China (with or without +86), else E.164; "" stays "".
func normalPhone(s string) (string, error) {
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

// NormalPhone is the stored form of a phone number, or an Invalid fault.
func NormalPhone(s string) (string, error) { return normalPhone(s) }

// line checks one line of free text.
func line(s *string, field string, most int) error {
	*s = norm.NFC.String(strings.TrimSpace(*s))
	switch {
	case !utf8.ValidString(*s) || hasControl(*s):
		return invalid("account."+field, field, "%s holds characters that can't be shown", field)
	case utf8.RuneCountInString(*s) > most || len(fold(*s)) > 4*most:
		return invalid("account."+field, field, "%s has %d characters: at most %d are allowed", field, utf8.RuneCountInString(*s), most)
	}
	return nil
}

func hasControl(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }

// normalise brings an account's texts into their stored form.
func normalise(a *Account) error {
	var err error
	if a.Email, err = normalEmail(a.Email); err != nil {
		return err
	}
	if a.Phone, err = normalPhone(a.Phone); err != nil {
		return err
	}
	if a.Name, err = normalName(a.Name, a.Email, a.Phone); err != nil {
		return err
	}
	for _, f := range []struct {
		text  *string
		field string
		most  int
	}{{&a.Nickname, "nickname", maxNickname}, {&a.Duty, "duty", maxLine}, {&a.Enterprise, "enterprise", maxLine},
		{&a.Division, "division", maxLine}, {&a.Telephone, "telephone", 32}, {&a.Avatar, "avatar", maxAvatar}} {
		if err := line(f.text, f.field, f.most); err != nil {
			return err
		}
	}
	if a.Telephone != "" && !landline.MatchString(a.Telephone) {
		return invalid("account.telephone", "telephone", "this is no telephone number: digits, + ( ) - and an extension are expected")
	}
	if a.Avatar != "" && !showable(a.Avatar) {
		return invalid("account.avatar", "avatar", "an avatar is an http or https address, or a path on this server")
	}
	return nil
}

// showable reports whether an address may be the source of a picture.
func showable(url string) bool {
	low := strings.ToLower(url)
	return strings.HasPrefix(low, "https://") || strings.HasPrefix(low, "http://") ||
		strings.HasPrefix(url, "/") && !strings.HasPrefix(url, "//") && !strings.Contains(url, `\`)
}
