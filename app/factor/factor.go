// Package factor is the second factor of a sign-in: a secret in an authenticator
// app (TOTP, RFC 6238) and recovery codes for the day the device is gone. It
// knows accounts by their ids alone; whether one may set a factor up, and that
// its sign-ins ask for it, is package account's to say.
package factor

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	otptotp "github.com/pquerna/otp/totp"

	"stoa/app/fault"
	"stoa/app/seal"
	"stoa/store"
)

const (
	period        = 30 * time.Second // RFC 6238
	skew          = 1                // periods before and after
	recoveryCodes = 10
)

// Service is the second factors.
type Service struct {
	box         *seal.Box
	issuer      string
	table       store.Table[totp]
	recoveryKey func() []byte
}

// totp is the second factor of an account. A secret that was shown but not yet
// confirmed waits in Pending.
type totp struct {
	Account  uint64   `cbor:"1,keyasint"`
	Sealed   []byte   `cbor:"2,keyasint,omitempty"`
	Pending  []byte   `cbor:"3,keyasint,omitempty"`
	Last     uint64   `cbor:"4,keyasint,omitempty"` // period of the last code taken: none is taken twice
	Recovery [][]byte `cbor:"5,keyasint,omitempty"` // HMAC-SHA256 of the codes not yet used
}

// TOTP is what an authenticator app needs.
type TOTP struct {
	Secret string // base32
	URL    string // otpauth://totp/…

	sealed []byte
}

// Recovery is a new set of recovery codes: they are shown once.
type Recovery struct {
	Codes []string // "abcde-fghij"

	hashes [][]byte
}

// New defines the table. issuer names the server in authenticator apps.
func New(s *store.Schema, box *seal.Box, issuer string) *Service {
	f := &Service{box: box, issuer: issuer, recoveryKey: box.Derive("account/recovery")}
	f.table = store.Define(s, 25, "account_totp", func(r *totp) store.Key { return key(r.Account) })
	seal.Register(box, f.table, func(r *totp, at seal.At) {
		at(record(r.Account), &r.Sealed)
		at(record(r.Account), &r.Pending)
	})
	return f
}

func key(id uint64) store.Key { return store.K().Uint(id) }

func number(n uint64) string { return strconv.FormatUint(n, 10) }

// record is what a sealed secret is bound to.
func record(account uint64) string { return "account/" + number(account) + "/totp" }

// Generate makes a secret for an account; name shows in the app.
func (s *Service) Generate(account uint64, name string) (TOTP, error) {
	generated, err := otptotp.Generate(otptotp.GenerateOpts{Issuer: s.issuer, AccountName: name})
	if err != nil {
		return TOTP{}, err
	}
	sealed, err := s.box.Seal([]byte(generated.Secret()), record(account))
	return TOTP{Secret: generated.Secret(), URL: generated.URL(), sealed: sealed}, err
}

// StartTx keeps a generated secret until ConfirmTx.
func (s *Service) StartTx(tx *store.Tx, account uint64, t TOTP) error {
	return s.table.Put(tx, &totp{Account: account, Pending: t.sealed})
}

// ConfirmTx puts the secret that waits in force, given a code of it.
func (s *Service) ConfirmTx(tx *store.Tx, account uint64, code string, r Recovery) error {
	t, err := s.get(tx, account)
	if err != nil {
		return err
	}
	if len(t.Pending) == 0 {
		return fault.New(fault.Conflict, "account.totp_not_started", "", "there is no second factor to confirm: start it first")
	}
	at, err := s.matches(tx.Now(), account, t.Pending, code, 0)
	if err != nil {
		return err
	}
	if at == 0 {
		return fault.New(fault.Invalid, "account.totp_code", "code", "the code is wrong: check the clock of the device and take the newest")
	}
	return s.table.Put(tx, &totp{Account: account, Sealed: t.Pending, Last: at, Recovery: r.hashes})
}

func (s *Service) get(r store.Reader, account uint64) (*totp, error) {
	t, err := s.table.Get(r, key(account))
	if errors.Is(err, store.ErrNotFound) {
		return &totp{Account: account}, nil
	}
	return t, err
}

// RenewTx replaces the recovery codes.
func (s *Service) RenewTx(tx *store.Tx, account uint64, r Recovery) error {
	t, err := s.get(tx, account)
	if err != nil {
		return err
	}
	t.Recovery = r.hashes
	return s.table.Put(tx, t)
}

// DropTx takes an account's second factor off, if it has one.
func (s *Service) DropTx(tx *store.Tx, account uint64) error {
	if err := s.table.Delete(tx, key(account)); !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return nil
}

// TakeTx accepts a TOTP code newer than the last one taken, or a recovery code
// that is left, and uses it up.
func (s *Service) TakeTx(tx *store.Tx, account uint64, code string) (bool, error) {
	t, err := s.table.Get(tx, key(account))
	if errors.Is(err, store.ErrNotFound) || code == "" {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	at, err := s.matches(tx.Now(), account, t.Sealed, code, t.Last)
	if err != nil {
		return false, err
	}
	if at != 0 {
		t.Last = at
		return true, s.table.Put(tx, t)
	}
	hash := s.recoveryHash(account, code)
	i := slices.IndexFunc(t.Recovery, func(h []byte) bool { return hmac.Equal(h, hash) })
	if i < 0 {
		return false, nil
	}
	t.Recovery = slices.Delete(slices.Clone(t.Recovery), i, i+1)
	return true, s.table.Put(tx, t)
}

// matches is the period, later than after, whose code this is; 0 if none near now.
func (s *Service) matches(now time.Time, account uint64, sealed []byte, code string, after uint64) (uint64, error) {
	secret, err := s.box.Unseal(sealed, record(account))
	if err != nil {
		return 0, err
	}
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	current := uint64(now.Unix()) / uint64(period/time.Second)
	for at := current - skew; at <= current+skew; at++ {
		want, err := hotp.GenerateCodeCustom(string(secret), at, hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			return 0, err
		}
		if at > after && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return at, nil
		}
	}
	return 0, nil
}

// NewRecovery makes recovery codes of 50 random bits for an account.
func (s *Service) NewRecovery(account uint64) Recovery {
	var out Recovery
	for range recoveryCodes {
		raw := make([]byte, 8)
		_, _ = rand.Read(raw) // never fails (crypto/rand)
		text := strings.ToLower(base32.StdEncoding.EncodeToString(raw))[:10]
		out.Codes = append(out.Codes, text[:5]+"-"+text[5:])
		out.hashes = append(out.hashes, s.recoveryHash(account, text))
	}
	return out
}

// recoveryHash is keyed: the codes are too short for a bare hash.
func (s *Service) recoveryHash(account uint64, code string) []byte {
	code = strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(code))
	mac := hmac.New(sha256.New, s.recoveryKey())
	mac.Write([]byte(number(account) + "/" + code))
	return bytes.Clone(mac.Sum(nil))
}
