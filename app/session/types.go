package session

import (
	"time"

	"stoa/app/access"
	"stoa/app/account"
)

// Shape is how a session's token looks.
type Shape uint8

// The shapes. Both are random and only their SHA-256 is stored.
const (
	ShapeOpaque Shape = iota // 256 bits, base64url after "stoa_s_"
	ShapeUUID                // 128 bits, as a UUID: what casdao's clients expect
)

// Login is a sign-in by password.
type Login struct {
	Login    string // user name, e-mail or phone
	Password string
	OTP      string // second factor or recovery code; "" from dialects that carry none
	AsksOTP  bool   // the caller can ask for a code: a missing one is told apart from a wrong password
	Tenant   uint64 // 0 = any
	Shape    Shape
	Device   string // what the client calls itself; "" = its user agent
	Refresh  bool   // a refresh token is wanted
	Proof    string // of work, where the caller can ask for one and failed often (package captcha)
}

// CodeLogin is a sign-in by a code sent to the phone.
type CodeLogin struct {
	Phone, Code string
	OTP         string
	Tenant      uint64 // 0 = any
	Shape       Shape
	Device      string
	Refresh     bool
}

// Grant is a successful sign-in.
type Grant struct {
	Token    string
	Refresh  string        // "" where none was asked for
	Expires  time.Time     // end if the token is not used
	Absolute time.Time     // end in any case
	IdleTTL  time.Duration // every use extends Expires to now plus this
	Session  uint64
	Account  *account.Account
	Actor    access.Actor
}

// Info is a session as its owner and administrators see it.
type Info struct {
	ID          uint64
	Account     uint64
	Tenant      uint64 // acted in
	Application uint64 // 0 = a person's
	Dialect     string
	Address     string
	UserAgent   string
	Device      string
	Created     time.Time
	LastUsed    time.Time // to the minute
	Expires     time.Time
	Absolute    time.Time
	Current     bool // it is the asking actor's
}

// Token is a personal access token as its owner sees it.
type Token struct {
	Token    string
	Created  time.Time
	LastUsed time.Time // to the minute; zero = never
}
