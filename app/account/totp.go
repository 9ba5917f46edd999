package account

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	otptotp "github.com/pquerna/otp/totp"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/store"
)

const (
	totpPeriod    = 30 * time.Second // RFC 6238
	totpSkew      = 1                // periods before and after
	recoveryCodes = 10
)

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
}

func (s *Service) totpRecord(account uint64) string { return "account/" + number(account) + "/totp" }

// StartTOTP makes a secret for by's own account, which becomes the second factor
// with ConfirmTOTP. One that is in force stays in force until then.
func (s *Service) StartTOTP(ctx context.Context, by access.Actor) (TOTP, error) {
	if by.Account == 0 {
		return TOTP{}, access.SignIn()
	}
	generated, err := otptotp.Generate(otptotp.GenerateOpts{Issuer: s.Product, AccountName: by.Name})
	if err != nil {
		return TOTP{}, fault.Wrap(err)
	}
	sealed, err := s.Seal.Seal([]byte(generated.Secret()), s.totpRecord(by.Account))
	if err != nil {
		return TOTP{}, fault.Wrap(err)
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		a, err := s.load(tx, by, by.Account)
		if err != nil {
			return err
		}
		if a.SecondFactor {
			return fault.New(fault.Conflict, "account.totp_on", "", "a second factor is set up already: switch it off first")
		}
		return s.totps.Put(tx, &totp{Account: by.Account, Pending: sealed})
	})
	return TOTP{Secret: generated.Secret(), URL: generated.URL()}, fault.Wrap(err)
}

// ConfirmTOTP puts the second factor in force with a first code, and gives the
// recovery codes: they are shown once.
func (s *Service) ConfirmTOTP(ctx context.Context, by access.Actor, code string) ([]string, error) {
	if by.Account == 0 {
		return nil, access.SignIn()
	}
	codes, hashes := s.newRecovery(by.Account)
	err := s.changeFactor(ctx, by, "account.totp_on", func(tx *store.Tx, t *totp, after *row) error {
		if len(t.Pending) == 0 {
			return fault.New(fault.Conflict, "account.totp_not_started", "", "there is no second factor to confirm: start it first")
		}
		period, err := s.matches(tx.Now(), t.Account, t.Pending, code, 0)
		if err != nil {
			return err
		}
		if period == 0 {
			return fault.New(fault.Invalid, "account.totp_code", "code", "the code is wrong: check the clock of the device and take the newest")
		}
		*t = totp{Account: t.Account, Sealed: t.Pending, Last: period, Recovery: hashes}
		after.SecondFactor = true
		return s.totps.Put(tx, t)
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return codes, nil
}

// changeFactor runs a change of by's own second factor.
func (s *Service) changeFactor(ctx context.Context, by access.Actor, action string, fn func(*store.Tx, *totp, *row) error) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		before, err := s.load(tx, by, by.Account)
		if err != nil {
			return err
		}
		t, err := s.totps.Get(tx, key(by.Account))
		if errors.Is(err, store.ErrNotFound) {
			t, err = &totp{Account: by.Account}, nil
		}
		if err != nil {
			return err
		}
		after := *before
		if err := fn(tx, t, &after); err != nil {
			return err
		}
		if after.SecondFactor == before.SecondFactor {
			return s.record(tx, by, action, &after.Account)
		}
		return s.save(tx, by, action, before, &after)
	})
}

// StopTOTP takes the second factor off, given the password.
func (s *Service) StopTOTP(ctx context.Context, by access.Actor, password string) error {
	if _, err := s.confirm(ctx, by, password); err != nil {
		return err
	}
	return fault.Wrap(s.changeFactor(ctx, by, "account.totp_off", func(tx *store.Tx, t *totp, after *row) error {
		after.SecondFactor = false
		return ignoreMissing(s.totps.Delete(tx, key(t.Account)))
	}))
}

// RecoveryCodes replaces the recovery codes, given the password.
func (s *Service) RecoveryCodes(ctx context.Context, by access.Actor, password string) ([]string, error) {
	if _, err := s.confirm(ctx, by, password); err != nil {
		return nil, err
	}
	codes, hashes := s.newRecovery(by.Account)
	err := s.changeFactor(ctx, by, "account.recovery_codes", func(tx *store.Tx, t *totp, after *row) error {
		if !after.SecondFactor {
			return fault.New(fault.Conflict, "account.totp_off", "", "there is no second factor: set one up first")
		}
		t.Recovery = hashes
		return s.totps.Put(tx, t)
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return codes, nil
}

// dropFactor takes a second factor off for whoever lost it.
func (s *Service) dropFactor(tx *store.Tx, id uint64) error {
	if err := ignoreMissing(s.totps.Delete(tx, key(id))); err != nil {
		return err
	}
	a, err := s.rows.Get(tx, key(id))
	if err != nil || !a.SecondFactor {
		return err
	}
	a.SecondFactor = false
	a.Version++
	return s.rows.Update(tx, a)
}

func ignoreMissing(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// takeFactor accepts a TOTP code newer than the last one taken, or a recovery
// code that is left, and uses it up.
func (s *Service) takeFactor(tx *store.Tx, id uint64, code string) (bool, error) {
	t, err := s.totps.Get(tx, key(id))
	if errors.Is(err, store.ErrNotFound) || code == "" {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	period, err := s.matches(tx.Now(), id, t.Sealed, code, t.Last)
	if err != nil {
		return false, err
	}
	if period != 0 {
		t.Last = period
		return true, s.totps.Put(tx, t)
	}
	hash := s.recoveryHash(id, code)
	at := slices.IndexFunc(t.Recovery, func(h []byte) bool { return hmac.Equal(h, hash) })
	if at < 0 {
		return false, nil
	}
	t.Recovery = slices.Delete(slices.Clone(t.Recovery), at, at+1)
	return true, s.totps.Put(tx, t)
}

// matches is the period, later than after, whose code this is; 0 if none near now.
func (s *Service) matches(now time.Time, id uint64, sealed []byte, code string, after uint64) (uint64, error) {
	secret, err := s.Seal.Unseal(sealed, s.totpRecord(id))
	if err != nil {
		return 0, err
	}
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	current := uint64(now.Unix()) / uint64(totpPeriod/time.Second)
	for period := current - totpSkew; period <= current+totpSkew; period++ {
		want, err := hotp.GenerateCodeCustom(string(secret), period, hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			return 0, err
		}
		if period > after && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return period, nil
		}
	}
	return 0, nil
}

// newRecovery makes recovery codes of 50 random bits, "abcde-fghij", and their
// hashes.
func (s *Service) newRecovery(id uint64) (codes []string, hashes [][]byte) {
	for range recoveryCodes {
		raw := make([]byte, 8)
		_, _ = rand.Read(raw) // never fails (crypto/rand)
		text := strings.ToLower(base32.StdEncoding.EncodeToString(raw))[:10]
		codes = append(codes, text[:5]+"-"+text[5:])
		hashes = append(hashes, s.recoveryHash(id, text))
	}
	return codes, hashes
}

// recoveryHash is keyed: the codes are too short for a bare hash.
func (s *Service) recoveryHash(id uint64, code string) []byte {
	code = strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(code))
	mac := hmac.New(sha256.New, s.recoveryKey)
	mac.Write([]byte(number(id) + "/" + code))
	return bytes.Clone(mac.Sum(nil))
}
