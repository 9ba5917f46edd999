package onetime

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"time"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/app/message"
	"stoa/app/throttle"
	"stoa/store"
)

// Purposes of a code.
const (
	SignUp = "signup"
	SignIn = "login"
)

const (
	codeLifetime = 5 * time.Minute
	codeTries    = 5
)

// For is what a code is bound to.
type For struct {
	Purpose string // SignUp or SignIn
	Tenant  uint64 // organisation; 0 = any
	Phone   string // in stored form
}

// code is a code that was sent to a phone. A new one replaces the last.
type code struct {
	Purpose string    `cbor:"1,keyasint"`
	Tenant  uint64    `cbor:"2,keyasint"`
	Phone   string    `cbor:"3,keyasint"`
	Hash    []byte    `cbor:"4,keyasint"` // HMAC-SHA256
	Tries   int       `cbor:"5,keyasint,omitempty"`
	Expires time.Time `cbor:"6,keyasint"`
}

func (f For) key() store.Key { return store.K().Str(f.Purpose).Uint(f.Tenant).Str(f.Phone) }

func (c *code) key() store.Key { return For{c.Purpose, c.Tenant, c.Phone}.key() }

func (s *Service) hash(f For, digits string) []byte {
	mac := hmac.New(sha256.New, s.codeKey())
	fmt.Fprintf(mac, "%s\x00%d\x00%s\x00%s", f.Purpose, f.Tenant, f.Phone, digits)
	return mac.Sum(nil)
}

// SendCode sends a code of six digits that works for five minutes, if wanted
// says so in the same commit; the answer is the same when it does not. One a
// minute and ten a day a phone.
func (s *Service) SendCode(ctx context.Context, o access.Origin, f For, wanted func(store.Reader) (bool, error)) error {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return fault.Wrap(err)
	}
	digits := fmt.Sprintf("%06d", n)
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		for _, limit := range []struct {
			class throttle.Class
			key   string
		}{{throttle.SMSAddress, o.Address}, {throttle.SMSPhoneMinute, f.Phone}, {throttle.SMSPhoneDay, f.Phone}} {
			if err := s.Throttle.AllowTx(tx, limit.class, limit.key); err != nil {
				return err
			}
		}
		if ok, err := wanted(tx); err != nil || !ok {
			return err
		}
		return s.sendTx(tx, o, f, digits)
	}))
}

// sendTx stores and sends a code.
func (s *Service) sendTx(tx *store.Tx, o access.Origin, f For, digits string) error {
	expires := tx.Now().Add(codeLifetime)
	c := &code{Purpose: f.Purpose, Tenant: f.Tenant, Phone: f.Phone, Hash: s.hash(f, digits), Expires: expires}
	if err := s.codes.Put(tx, c); err != nil {
		return err
	}
	m := message.Message{Tenant: f.Tenant, Channel: message.SMS, To: f.Phone, Purpose: message.SignUpCode, ExpiresAt: expires,
		Values: map[string]string{"code": digits, "minutes": strconv.Itoa(int(codeLifetime.Minutes()))}}
	if f.Purpose == SignIn {
		m.Purpose = message.SignInCode
	}
	if err := s.Message.SendTx(tx, m); err != nil {
		return err
	}
	return s.Audit.AddTx(tx, access.Nobody(o), audit.Entry{Tenant: f.Tenant, Action: "account.send_code", ObjectKind: "phone", ObjectName: f.Phone})
}

// WrongCode is the answer to a code that is wrong, used or expired.
func WrongCode() *fault.Fault {
	return fault.New(fault.Invalid, "account.code", "code", "the code is wrong or has expired: ask for a new one")
}

// TryCode compares a code that was sent and counts a wrong one, in a commit of
// its own; TakeCodeTx then uses it up with what it was for.
func (s *Service) TryCode(ctx context.Context, f For, digits string) error {
	wrong := false
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		c, err := s.codes.Get(tx, f.key())
		wrong = errors.Is(err, store.ErrNotFound) || err == nil && !tx.Now().Before(c.Expires)
		if wrong {
			return nil
		}
		if err != nil || hmac.Equal(c.Hash, s.hash(f, digits)) {
			return err
		}
		wrong = true
		if c.Tries++; c.Tries >= codeTries {
			return s.codes.Delete(tx, c.key())
		}
		return s.codes.Put(tx, c)
	})
	if err == nil && wrong {
		return WrongCode()
	}
	return fault.Wrap(err)
}

// TakeCodeTx uses a code up, once.
func (s *Service) TakeCodeTx(tx *store.Tx, f For, digits string) error {
	c, err := s.codes.Get(tx, f.key())
	if errors.Is(err, store.ErrNotFound) || err == nil && (!tx.Now().Before(c.Expires) || !hmac.Equal(c.Hash, s.hash(f, digits))) {
		return WrongCode()
	}
	if err != nil {
		return err
	}
	return s.codes.Delete(tx, c.key())
}
