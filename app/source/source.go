// Package source is where people sign in from beside a password kept here: LDAP
// directories, OpenID Connect providers, WeCom, DingTalk. It keeps which of their
// people is which account, makes and changes the accounts that come from them, and
// proves passwords at directories for package account. It makes no sessions: what
// it proves goes through the gates of every sign-in, account.AdmitTx.
//
// What holds:
//
//   - A person is known by what a source never gives to anybody else (issuer and
//     sub, entryUUID, objectGUID, userid), never by an e-mail.
//   - An existing account is linked by itself only where the source says so: by an
//     e-mail that both sides have verified, or by the user name that the directory
//     of the same organisation gives. Administrators link theirs by hand.
//   - A source of one organisation signs in nobody of another.
//   - Accounts that a source did not make are never changed or disabled by it.
//   - Nobody sets a source up to give roles that they could not give themselves.
package source

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"stoa/app/fault"
	"stoa/app/source/claim"
	"stoa/app/source/dingtalk"
	"stoa/app/source/ldap"
	"stoa/app/source/openid"
	"stoa/app/source/wecom"
)

// Kind is a source's protocol.
type Kind string

// The kinds.
const (
	LDAP     Kind = "ldap"
	OpenID   Kind = "openid"
	WeCom    Kind = "wecom"
	DingTalk Kind = "dingtalk"
)

// How an account that exists is found for a person who comes the first time.
const (
	LinkByHand  = ""      // it is not: people link theirs in the personal centre
	LinkByEmail = "email" // by an e-mail that is verified at the source and confirmed here
	LinkByName  = "name"  // by the user name, where that is the employee's number of one house: LDAP and WeCom
)

// Whether stoa's own second factor is asked for as well.
const (
	SecondAsk     = ""        // it is, from everybody who has one
	SecondTrust   = "source"  // not: the source always asks for one
	SecondClaimed = "claimed" // not, where the source says that it has just asked (OpenID Connect: amr)
)

// Limits.
const (
	MaxSources = 100 // of the installation
	maxName    = 64  // characters
	maxSecret  = 1024

	defaultMaxDisable = 20 // percent
)

// Source is a place where people sign in.
type Source struct {
	ID       uint64             `cbor:"1,keyasint"`
	Tenant   uint64             `cbor:"2,keyasint,omitempty"` // whose people it signs in; 0 = everybody's
	Kind     Kind               `cbor:"3,keyasint"`
	Name     string             `cbor:"4,keyasint"` // on the button
	Enabled  bool               `cbor:"5,keyasint,omitempty"`
	Order    int                `cbor:"6,keyasint,omitempty"` // of the buttons, rising
	LDAP     *ldap.Settings     `cbor:"7,keyasint,omitempty"` // of its kind; the others are nil
	OpenID   *openid.Settings   `cbor:"8,keyasint,omitempty"`
	WeCom    *wecom.Settings    `cbor:"9,keyasint,omitempty"`
	DingTalk *dingtalk.Settings `cbor:"10,keyasint,omitempty"`
	Sealed   []byte             `cbor:"11,keyasint,omitempty"` // password of who searches, client secret
	Mapping  claim.Mapping      `cbor:"12,keyasint"`
	Policy   Policy             `cbor:"13,keyasint"`

	Created    time.Time `cbor:"14,keyasint"`
	Modified   time.Time `cbor:"15,keyasint"`
	ModifiedBy string    `cbor:"16,keyasint,omitempty"` // user name
	Version    uint64    `cbor:"17,keyasint"`
}

// Policy is what becomes of people who come from a source.
type Policy struct {
	Create      bool     `cbor:"1,keyasint,omitempty"` // make an account at the first sign-in
	Link        string   `cbor:"2,keyasint,omitempty"` // how an account that exists is found; empty = its owner links it by hand
	TrustEmail  bool     `cbor:"3,keyasint,omitempty"` // ldap and wecom: the house gives its people their e-mails, so they count as verified
	Home        uint64   `cbor:"4,keyasint,omitempty"` // where a source for everybody makes accounts
	Roles       []uint64 `cbor:"5,keyasint,omitempty"` // of new accounts; none = member
	Second      string   `cbor:"6,keyasint,omitempty"` // whether stoa's own second factor is left out: source = always, claimed = where the source says it asked for one
	Departments bool     `cbor:"7,keyasint,omitempty"` // put people into the department that the mapping says, and make it
	Sync        bool     `cbor:"8,keyasint,omitempty"` // ldap: compare accounts with the directory every hour
	MaxDisable  int      `cbor:"9,keyasint,omitempty"` // a synchronisation that would disable more percent of the source's accounts does nothing; 0 = 20
}

// New is what Create needs; Change what Modify changes: all of it, but for a nil
// Secret, which stays.
type New struct {
	Tenant   uint64
	Kind     Kind
	Name     string
	Enabled  bool
	Order    int
	LDAP     *ldap.Settings
	OpenID   *openid.Settings
	WeCom    *wecom.Settings
	DingTalk *dingtalk.Settings
	Secret   *string
	Mapping  claim.Mapping
	Policy   Policy
}

// Public is what everybody may know of a source.
type Public struct {
	ID     uint64
	Tenant uint64
	Kind   Kind
	Name   string
}

// private reports whether the source may be in a private network.
func (s *Source) private() bool {
	return s.LDAP != nil && s.LDAP.Private || s.OpenID != nil && s.OpenID.Private || s.WeCom != nil && s.WeCom.Private ||
		s.DingTalk != nil && s.DingTalk.Private
}

// settings are those of the kind; nil if there are none.
func (s *Source) settings() interface {
	Fill()
	Check() error
} {
	switch {
	case s.Kind == LDAP && s.LDAP != nil:
		return s.LDAP
	case s.Kind == OpenID && s.OpenID != nil:
		return s.OpenID
	case s.Kind == WeCom && s.WeCom != nil:
		return s.WeCom
	case s.Kind == DingTalk && s.DingTalk != nil:
		return s.DingTalk
	}
	return nil
}

// apply puts a description into the source and checks it.
func (s *Source) apply(in New) error {
	s.Tenant, s.Kind, s.Enabled, s.Order, s.Mapping, s.Policy = in.Tenant, in.Kind, in.Enabled, in.Order, in.Mapping, in.Policy
	s.LDAP, s.OpenID, s.WeCom, s.DingTalk = nil, nil, nil, nil
	switch in.Kind {
	case LDAP:
		s.LDAP = in.LDAP
	case OpenID:
		s.OpenID = in.OpenID
	case WeCom:
		s.WeCom = in.WeCom
	case DingTalk:
		s.DingTalk = in.DingTalk
	default:
		return invalid("kind", "a source is of the kind ldap, openid, wecom or dingtalk")
	}
	s.Name = norm.NFC.String(strings.TrimSpace(in.Name))
	settings := s.checkSettings()
	s.fillMapping()
	return fault.All(s.checkName(), settings, s.Mapping.Check(), s.checkPolicy())
}

func (s *Source) checkName() error {
	switch {
	case s.Name == "":
		return fault.New(fault.Missing, "source.name", "name", "a name is needed: it stands on the sign-in page")
	case !utf8.ValidString(s.Name) || utf8.RuneCountInString(s.Name) > maxName || strings.ContainsFunc(s.Name, unicode.IsControl):
		return invalid("name", "the name has up to %d characters that can be shown", maxName)
	case s.Order < -1000 || s.Order > 1000:
		return invalid("order", "the order is -1000 to 1000")
	}
	return nil
}

func (s *Source) checkSettings() error {
	if s.settings() == nil {
		return fault.New(fault.Missing, "source.settings", string(s.Kind), "the settings of the source are needed")
	}
	s.settings().Fill()
	var wrong *claim.FieldError
	if err := s.settings().Check(); errors.As(err, &wrong) {
		return fault.New(fault.Invalid, "source.settings", string(s.Kind)+"."+wrong.Field, "%s", wrong.Text)
	} else if err != nil {
		return err
	}
	return nil
}

func (s *Source) checkPolicy() error {
	p := &s.Policy
	house := s.Kind == LDAP || s.Kind == WeCom
	slices.Sort(p.Roles)
	p.Roles = slices.Compact(p.Roles)
	if p.MaxDisable == 0 {
		p.MaxDisable = defaultMaxDisable
	}
	switch {
	case p.Link != LinkByHand && p.Link != LinkByEmail && p.Link != LinkByName:
		return invalid("policy.link", "accounts are linked by email, by name, or by hand")
	case p.Link == LinkByName && !house:
		return invalid("policy.link", "user names of this kind of source are chosen by people themselves: link by e-mail or by hand")
	case p.TrustEmail && !house:
		return invalid("policy.trust_email", "e-mails of this kind of source count as verified only where it says so of each")
	case p.Second != SecondAsk && p.Second != SecondTrust && p.Second != SecondClaimed:
		return invalid("policy.second_factor", "the second factor is asked for, or left to the source, or left out where the source claims one")
	case p.Sync && s.Kind != LDAP:
		return invalid("policy.sync", "only directories can be synchronised")
	case p.MaxDisable < 0 || p.MaxDisable > 100:
		return invalid("policy.max_disable", "this is a percentage: 1 to 100")
	case len(p.Roles) > 20:
		return invalid("policy.roles", "a source gives at most 20 roles")
	case (p.Create || p.Sync) && s.Tenant == 0 && p.Home == 0:
		return fault.New(fault.Missing, "source.home", "policy.home", "say in which organisation this source makes accounts")
	case p.Create && s.Kind == DingTalk && s.DingTalk != nil && s.DingTalk.CorpID == "":
		return fault.New(fault.Missing, "source.corp", "dingtalk.corp_id", "without a company everybody at DingTalk could make an account: give its id")
	}
	if s.Tenant != 0 {
		p.Home = s.Tenant
	}
	return nil
}

// fillMapping gives a mapping that was left out its kind's usual one.
func (s *Source) fillMapping() {
	m := &s.Mapping
	if m.Name != "" || m.Email != "" || m.Nickname != "" {
		return
	}
	usual := map[Kind]claim.Mapping{
		LDAP:     {Name: "uid", Nickname: "displayName", Email: "mail", Phone: "mobile", Department: ldap.OUPath, Groups: "memberOf"},
		OpenID:   {Name: "preferred_username", Nickname: "name", Email: "email", Phone: "phone_number", Groups: "groups"},
		WeCom:    {Name: "userid", Nickname: "name", Email: "biz_mail", Phone: "mobile"},
		DingTalk: {Name: "mobile", Nickname: "nick", Email: "email", Phone: "mobile"},
	}[s.Kind]
	if s.Kind == LDAP && s.LDAP != nil && s.LDAP.ActiveDirectory {
		usual.Name = "sAMAccountName"
	}
	usual.Roles, usual.Required = m.Roles, m.Required
	*m = usual
}

// gives are all roles that the source can give.
func (s *Source) gives() []uint64 {
	out := slices.Clone(s.Policy.Roles)
	for _, r := range s.Mapping.Roles {
		out = append(out, r.Role)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func invalid(field, text string, args ...any) *fault.Fault {
	return fault.New(fault.Invalid, "source."+field, field, text, args...)
}

func missing() *fault.Fault {
	return fault.New(fault.NotFound, "source.not_found", "id", "there is no such sign-in source")
}
