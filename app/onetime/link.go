package onetime

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"time"

	"stoa/app/fault"
	"stoa/store"
)

// link is a one-time right to choose a password. Only the hash of its token is
// kept; it dies with the next password of the account.
type link struct {
	Hash    []byte    `cbor:"1,keyasint"`
	Account uint64    `cbor:"2,keyasint"`
	Expires time.Time `cbor:"3,keyasint"`
	Reset   bool      `cbor:"4,keyasint,omitempty"` // also takes the second factor off
}

// Link is what a live link allows.
type Link struct {
	Account uint64 // whose password may be chosen
	Reset   bool   // and whether its second factor goes with that
}

func hashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// maxLinks bounds the live links of an account; the oldest make room.
const maxLinks = 5

// LinkTx makes a link and gives its address.
func (s *Service) LinkTx(tx *store.Tx, to Link, lifetime time.Duration) (string, error) {
	var old [][]byte
	for l, err := range s.linksOf.Scan(tx, store.Scan{Prefix: store.K().Uint(to.Account)}) {
		if err != nil {
			return "", err
		}
		old = append(old, l.Hash)
	}
	for i := 0; i <= len(old)-maxLinks; i++ {
		if err := s.links.Delete(tx, store.K().Bytes(old[i])); err != nil {
			return "", err
		}
	}
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails (crypto/rand)
	token := base64.RawURLEncoding.EncodeToString(raw)
	l := &link{Hash: hashToken(token), Account: to.Account, Expires: tx.Now().Add(lifetime), Reset: to.Reset}
	return s.PublicURL() + "/console/reset#token=" + token, s.links.Insert(tx, l)
}

// DropLinksTx ends all links of an account.
func (s *Service) DropLinksTx(tx *store.Tx, account uint64) error {
	for l, err := range s.linksOf.Scan(tx, store.Scan{Prefix: store.K().Uint(account)}) {
		if err == nil {
			err = s.links.Delete(tx, store.K().Bytes(l.Hash))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Link is what the live link with a token allows, or BadLink.
func (s *Service) Link(r store.Reader, token string) (Link, error) {
	l, err := s.links.Get(r, store.K().Bytes(hashToken(token)))
	if errors.Is(err, store.ErrNotFound) || err == nil && !r.Now().Before(l.Expires) {
		return Link{}, BadLink()
	}
	if err != nil {
		return Link{}, err
	}
	return Link{Account: l.Account, Reset: l.Reset}, nil
}

// BadLink is the answer to a link that was used, has expired or never was.
func BadLink() *fault.Fault {
	return fault.New(fault.Invalid, "account.reset_link", "token", "this link has been used or has expired: ask for a new one")
}
