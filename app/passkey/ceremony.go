package passkey

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"stoa/app/fault"
	"stoa/store"
)

// Start is the first half of a ceremony.
type Start struct {
	Ceremony string // to be sent back with the answer
	Options  any    // for navigator.credentials of the browser, as JSON
}

// ceremony is what the server remembers of one, sealed, in the client's hands.
type ceremony struct {
	Session webauthn.SessionData `json:"s"`
	Account uint64               `json:"a,omitempty"` // that registers or steps up; 0 = a sign-in by whoever has a key
	Expires time.Time            `json:"e"`
}

// Kinds of ceremonies, which can't stand in for each other.
const (
	registering = "passkey/ceremony/register"
	proving     = "passkey/ceremony/prove"
)

// party is the server as browsers see it at an origin such as
// "https://stoa.example.com": keys belong to its host.
func (s *Service) party(origin string) (*webauthn.WebAuthn, error) {
	u, err := url.Parse(origin)
	host := ""
	if err == nil {
		host = u.Hostname()
	}
	if host == "" || u.Scheme != "https" && !(u.Scheme == "http" && local(host)) {
		return nil, fault.New(fault.Conflict, "passkey.insecure", "", "browsers allow passkeys over https and on localhost only: open the console there")
	}
	return webauthn.New(&webauthn.Config{RPID: host, RPDisplayName: s.Product, RPOrigins: []string{u.Scheme + "://" + u.Host},
		AttestationPreference: protocol.PreferNoAttestation})
}

func local(host string) bool { return host == "localhost" || strings.HasSuffix(host, ".localhost") }

// begin seals a ceremony.
func (s *Service) begin(now time.Time, kind string, session *webauthn.SessionData, account uint64, options any) (Start, error) {
	raw, err := json.Marshal(ceremony{Session: *session, Account: account, Expires: now.Add(lifetime)})
	if err != nil {
		return Start{}, err
	}
	sealed, err := s.Seal.Seal(raw, kind)
	return Start{Ceremony: base64.RawURLEncoding.EncodeToString(sealed), Options: options}, err
}

// resume opens a ceremony that begin sealed.
func (s *Service) resume(now time.Time, kind, text string) (*ceremony, error) {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(sealed) > maxAnswer {
		return nil, over()
	}
	raw, err := s.Seal.Unseal(sealed, kind)
	if err != nil {
		return nil, over()
	}
	var c ceremony
	if err := json.Unmarshal(raw, &c); err != nil || !now.Before(c.Expires) {
		return nil, over()
	}
	return &c, nil
}

func (c *ceremony) hash() []byte {
	sum := sha256.Sum256([]byte(c.Session.Challenge))
	return sum[:]
}

// spendTx uses a ceremony up.
func (s *Service) spendTx(tx *store.Tx, c *ceremony) error {
	err := s.spent.Insert(tx, &spent{Hash: c.hash(), Expires: c.Expires})
	if errors.Is(err, store.ErrExists) {
		return over()
	}
	return err
}

func over() *fault.Fault {
	return fault.New(fault.Invalid, "passkey.ceremony", "ceremony", "this request for a passkey has been used or is too old: begin again")
}

// refused is the answer to a key that does not prove what it should; the
// library's own words would tell an attacker which part.
func refused() *fault.Fault {
	return fault.New(fault.Invalid, "passkey.refused", "credential", "the passkey's answer is not right: begin again, with a key that was made on this site")
}
