// Package captcha asks whoever failed too often, or had too many messages sent, for a
// proof of work before the next try: a number that a browser finds in a second and that costs a guesser
// that second for each guess. It needs no service elsewhere and shows people
// nothing. The puzzle is ALTCHA's (SHA-256 over a salt and a number), by its own
// library.
//
// Only callers that can solve one are asked: the native API. The documented APIs
// know no such field; package throttle slows those down alone.
package captcha

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	altcha "github.com/altcha-org/altcha-lib-go"

	"stoa/app/fault"
	"stoa/app/naming"
	"stoa/app/seal"
	"stoa/app/throttle"
	"stoa/store"
)

const (
	lifetime   = 10 * time.Minute
	maxPayload = 2 << 10 // bytes

	freeFailures        = 3  // of a name from an address
	freeAddressFailures = 20 // of an address, whatever the name
)

// Numbers to search, by how often it failed: about a tenth of a second to two.
const (
	easy   = 100_000
	middle = 400_000
	hard   = 1_500_000
)

// Service asks and checks.
type Service struct {
	throttle *throttle.Service
	key      func() []byte
	db       *store.DB
	spent    store.Table[spent]
}

// spent is a puzzle that was solved: it counts once.
type spent struct {
	Hash    []byte    `cbor:"1,keyasint"`
	Expires time.Time `cbor:"2,keyasint"`
}

// Puzzle is what a browser solves: find the number below MaxNumber whose
// SHA-256 after the salt is Challenge.
type Puzzle struct {
	Algorithm string // "SHA-256"
	Challenge string // hex
	MaxNumber int64
	Salt      string
	Signature string // hex
}

// New defines the table; Bind completes the service.
func New(schema *store.Schema, t *throttle.Service, box *seal.Box) *Service {
	s := &Service{throttle: t, key: box.Derive("captcha")}
	s.spent = store.Define(schema, 183, "captcha_spent", func(p *spent) store.Key { return store.K().Bytes(p.Hash) })
	s.spent.Expires(func(p *spent) time.Time { return p.Expires })
	return s
}

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }

// Name is what failures of a login, or messages to it, are counted under: however
// it is written.
func Name(login string) string {
	if phone, err := naming.Phone(login); err == nil && phone != "" {
		return phone
	}
	return naming.Fold(naming.Trim(login))
}

// Puzzle makes a puzzle for the next try of whoever fails as key, from an address.
func (s *Service) Puzzle(ctx context.Context, key, address string) (Puzzle, error) {
	size, err := s.demanded(ctx, key, address)
	if err != nil {
		return Puzzle{}, err
	}
	size = max(size, easy)
	raw := make([]byte, 16)
	_, _ = rand.Read(raw) // never fails (crypto/rand)
	var expires int64
	if err := s.db.View(ctx, func(r store.Reader) error {
		expires = r.Now().Add(lifetime).Unix()
		return nil
	}); err != nil {
		return Puzzle{}, fault.Wrap(err)
	}
	// The number is hashed right behind the salt: the & at its end keeps digits
	// from being moved between the two.
	salt := hex.EncodeToString(raw) + "?size=" + strconv.FormatInt(size, 10) + "&expires=" + strconv.FormatInt(expires, 10) + "&"
	c, err := altcha.CreateChallenge(altcha.ChallengeOptions{Algorithm: altcha.SHA256, MaxNumber: size, HMACKey: hex.EncodeToString(s.key()), Salt: salt})
	if err != nil {
		return Puzzle{}, fault.Wrap(err)
	}
	return Puzzle{Algorithm: c.Algorithm, Challenge: c.Challenge, MaxNumber: c.MaxNumber, Salt: c.Salt, Signature: c.Signature}, nil
}

// Required is the answer to a try that lacks a proof, or brings a wrong one.
func Required() *fault.Fault {
	return fault.New(fault.Denied, "captcha.required", "proof", "too many tries: solve a puzzle of POST /v1/puzzles and send the proof along")
}

// Demand is nil where key, at an address, has not failed often, or where proof
// solves a puzzle: it is used up then.
func (s *Service) Demand(ctx context.Context, key, address, proof string) error {
	size, err := s.demanded(ctx, key, address)
	if err != nil || size == 0 {
		return err
	}
	id, expires, ok := s.solved(proof, size)
	if !ok {
		return Required()
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		if !tx.Now().Before(expires) {
			return Required()
		}
		return s.spent.Insert(tx, &spent{Hash: id, Expires: expires})
	})
	if errors.Is(err, store.ErrExists) {
		return Required()
	}
	return fault.Wrap(err)
}

// solved reads a proof of a puzzle of at least the size: base64 of the JSON that
// ALTCHA's widgets make.
func (s *Service) solved(proof string, size int64) (id []byte, expires time.Time, ok bool) {
	if proof == "" || len(proof) > maxPayload {
		return nil, expires, false
	}
	raw, err := base64.StdEncoding.DecodeString(proof)
	var p altcha.Payload
	if err != nil || json.Unmarshal(raw, &p) != nil || p.Algorithm != string(altcha.SHA256) || p.Number < 0 {
		return nil, expires, false
	}
	if good, err := altcha.VerifySolutionSafe(p, hex.EncodeToString(s.key()), false); err != nil || !good || !strings.HasSuffix(p.Salt, "&") {
		return nil, expires, false
	}
	_, query, _ := strings.Cut(p.Salt, "?")
	values, err := url.ParseQuery(query)
	at, expiresErr := strconv.ParseInt(values.Get("expires"), 10, 64)
	had, sizeErr := strconv.ParseInt(values.Get("size"), 10, 64)
	if err != nil || expiresErr != nil || sizeErr != nil || had < size {
		return nil, expires, false
	}
	sum := sha256.Sum256([]byte(p.Salt))
	return sum[:], time.Unix(at, 0), true
}

// demanded is the size of the puzzle that the next try needs; 0 = none.
func (s *Service) demanded(ctx context.Context, key, address string) (int64, error) {
	failed, err := s.throttle.Count(ctx, throttle.Proof, throttle.LoginKey(key, address))
	if err != nil {
		return 0, err
	}
	all, err := s.throttle.Count(ctx, throttle.Proof, address)
	switch {
	case err != nil || failed < freeFailures && all < freeAddressFailures:
		return 0, err
	case failed >= 4*freeFailures || all >= 4*freeAddressFailures:
		return hard, nil
	case failed >= 2*freeFailures || all >= 2*freeAddressFailures:
		return middle, nil
	}
	return easy, nil
}

// Passed forgets the failures of key at an address, after a success; those of the
// address alone stay.
func (s *Service) Passed(ctx context.Context, key, address string) error {
	at := throttle.LoginKey(key, address)
	if n, err := s.throttle.Count(ctx, throttle.Proof, at); err != nil || n == 0 {
		return err
	}
	return s.throttle.Clear(ctx, throttle.Proof, at)
}

// Failed counts a failure of key at an address.
func (s *Service) Failed(ctx context.Context, key, address string) error {
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		if err := s.throttle.FailTx(tx, throttle.Proof, throttle.LoginKey(key, address)); err != nil {
			return err
		}
		return s.throttle.FailTx(tx, throttle.Proof, address)
	}))
}
