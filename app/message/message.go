// Package message brings short messages and e-mails to people: rows written with
// the fact they tell of, delivered by a worker with retries, or kept for a super
// administrator to read out where no gateway is configured. It knows nothing of
// what it sends.
package message

import (
	"context"
	"errors"
	"time"

	"stoa/app/fault"
)

// Channels.
const (
	SMS   = "sms"
	Email = "email"
)

// States.
const (
	Kept   = "kept"   // no gateway: in the outbox until it expires
	Queued = "queued" // waits for the worker
	Sent   = "sent"   // taken by the gateway; the text is no longer kept
	Failed = "failed" // given up; Error says why
)

// Purposes with texts of their own; see Compose for the values they need.
const (
	SignUpCode    = "sign_up_code"
	SignInCode    = "sign_in_code"
	PhoneCode     = "phone_code" // confirms a phone number
	EmailCode     = "email_code"
	PasswordReset = "password_reset"
	AccountNotice = "account_notice" // somebody opened an account for the reader
	TestMessage   = "test"
)

// Message is one short message or e-mail.
type Message struct {
	ID      uint64
	Tenant  uint64
	Channel string // sms or email
	To      string // phone number or address
	Subject string // of an e-mail
	Body    string // "" = composed from Purpose and Values
	Purpose string
	// Values fill the text: code, minutes, link, hours, by, name, organisation.
	Values    map[string]string
	Secret    bool // the body holds a link or a password: it is never shown
	CreatedAt time.Time
	ExpiresAt time.Time // the message is deleted then; zero = three days
	State     string    // kept, queued, sent or failed
	Error     string    // why the last try failed
	Attempts  int
}

// Sender hands a message to a gateway and returns once that has taken it.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// ErrPermanent marks the error of a Sender that another try would not mend.
var ErrPermanent = errors.New("message: refused for good")

// row is a message as stored: what could be used by a thief is sealed.
type row struct {
	ID        uint64    `cbor:"1,keyasint"`
	Tenant    uint64    `cbor:"2,keyasint,omitempty"`
	Channel   string    `cbor:"3,keyasint"`
	To        string    `cbor:"4,keyasint"`
	Subject   string    `cbor:"5,keyasint,omitempty"`
	Purpose   string    `cbor:"6,keyasint,omitempty"`
	Sealed    []byte    `cbor:"7,keyasint,omitempty"` // content; nil once sent
	Secret    bool      `cbor:"8,keyasint,omitempty"`
	CreatedAt time.Time `cbor:"9,keyasint"`
	ExpiresAt time.Time `cbor:"10,keyasint"`
	State     string    `cbor:"11,keyasint"`
	Error     string    `cbor:"12,keyasint,omitempty"`
	Attempts  int       `cbor:"13,keyasint,omitempty"`
	Next      time.Time `cbor:"14,keyasint,omitzero"` // of the next try
}

// content is the sealed part.
type content struct {
	Body   string            `json:"body"`
	Values map[string]string `json:"values,omitempty"`
}

func (r *row) message() Message {
	return Message{ID: r.ID, Tenant: r.Tenant, Channel: r.Channel, To: r.To, Subject: r.Subject, Purpose: r.Purpose,
		Secret: r.Secret, CreatedAt: r.CreatedAt, ExpiresAt: r.ExpiresAt, State: r.State, Error: r.Error, Attempts: r.Attempts}
}

func check(m Message) error {
	if m.Channel != SMS && m.Channel != Email {
		return fault.New(fault.Invalid, "message.channel", "channel", "the channel is %q or %q", SMS, Email)
	}
	if m.To == "" {
		return fault.New(fault.Missing, "message.to", "to", "the message has no receiver")
	}
	return nil
}
