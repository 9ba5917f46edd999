package account

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
	"stoa/app/org"
	"stoa/app/throttle"
	"stoa/store"
)

// Purposes of a code.
const (
	PurposeSignUp = "signup"
	PurposeLogin  = "login"
)

const (
	codeLifetime = 5 * time.Minute
	codeTries    = 5
)

// code is a code that was sent to a phone, bound to purpose, organisation and
// phone. A new one replaces the last.
type code struct {
	Purpose string    `cbor:"1,keyasint"`
	Tenant  uint64    `cbor:"2,keyasint"`
	Phone   string    `cbor:"3,keyasint"`
	Hash    []byte    `cbor:"4,keyasint"` // HMAC-SHA256
	Tries   int       `cbor:"5,keyasint,omitempty"`
	Expires time.Time `cbor:"6,keyasint"`
}

func (c *code) key() store.Key { return store.K().Str(c.Purpose).Uint(c.Tenant).Str(c.Phone) }

func (s *Service) hashCode(c *code, digits string) []byte {
	mac := hmac.New(sha256.New, s.codeKey)
	fmt.Fprintf(mac, "%s\x00%d\x00%s\x00%s", c.Purpose, c.Tenant, c.Phone, digits)
	return mac.Sum(nil)
}

// SendCode sends a code to a phone: PurposeSignUp to any, for an organisation
// open for sign-up; PurposeLogin to the phone of an account there (0 = anywhere),
// with the same answer when there is none. One a minute and ten a day a phone.
func (s *Service) SendCode(ctx context.Context, o access.Origin, purpose, phone string, tenant uint64) error {
	phone, err := needPhone(phone)
	if err != nil {
		return err
	}
	if purpose != PurposeSignUp && purpose != PurposeLogin {
		return invalid("account.code_purpose", "purpose", "a code is for %s or %s", PurposeSignUp, PurposeLogin)
	}
	if purpose == PurposeSignUp {
		if err := s.openFor(ctx, tenant); err != nil {
			return err
		}
	}
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return fault.Wrap(err)
	}
	digits := fmt.Sprintf("%06d", n)
	var limited error
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		for _, limit := range []struct {
			class throttle.Class
			key   string
		}{{throttle.SMSAddress, o.Address}, {throttle.SMSPhoneMinute, phone}, {throttle.SMSPhoneDay, phone}} {
			if limited = s.Throttle.AllowTx(tx, limit.class, limit.key); limited != nil {
				return limited
			}
		}
		return s.codeTx(tx, o, &code{Purpose: purpose, Tenant: tenant, Phone: phone, Expires: tx.Now().Add(codeLifetime)}, digits)
	})
	return fault.Wrap(err)
}

func needPhone(phone string) (string, error) {
	phone, err := normalPhone(phone)
	if err == nil && phone == "" {
		err = fault.New(fault.Missing, "account.phone_missing", "phone", "a phone number is needed")
	}
	return phone, err
}

// codeTx stores and sends a code.
func (s *Service) codeTx(tx *store.Tx, o access.Origin, c *code, digits string) error {
	if c.Purpose == PurposeLogin {
		_, err := s.find(tx, c.Phone, c.Tenant)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	c.Hash = s.hashCode(c, digits)
	if err := s.codes.Put(tx, c); err != nil {
		return err
	}
	m := message.Message{Tenant: c.Tenant, Channel: message.SMS, To: c.Phone, Purpose: message.SignUpCode, ExpiresAt: c.Expires,
		Values: map[string]string{"code": digits, "minutes": strconv.Itoa(int(codeLifetime.Minutes()))}}
	if c.Purpose == PurposeLogin {
		m.Purpose = message.SignInCode
	}
	if err := s.Message.SendTx(tx, m); err != nil {
		return err
	}
	return s.Audit.AddTx(tx, access.Nobody(o), audit.Entry{Tenant: c.Tenant, Action: "account.send_code", ObjectKind: "phone", ObjectName: c.Phone})
}

func closed() error {
	return fault.New(fault.Denied, "account.sign_up_closed", "", "this server takes no sign-ups: an administrator makes accounts")
}

// openFor refuses an organisation that takes no sign-ups.
func (s *Service) openFor(ctx context.Context, tenant uint64) error {
	if !s.SignUps {
		return closed()
	}
	return fault.Wrap(s.view(ctx, func(r store.Reader) error {
		u, err := s.Org.TenantTx(r, tenant)
		if err != nil && fault.KindOf(err) != fault.NotFound {
			return err
		}
		if err != nil || !u.SignUp || u.State != org.Active {
			return invalid("account.tenant_closed", "tenant", "this organisation takes no sign-ups: ask whom you got the number from")
		}
		return nil
	}))
}

func wrongCode() *fault.Fault {
	return fault.New(fault.Invalid, "account.code", "code", "the code is wrong or has expired: ask for a new one")
}

// tryCode compares a code and counts a wrong one, in a commit of its own.
func (s *Service) tryCode(ctx context.Context, want code, digits string) error {
	wrong := false
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		c, err := s.codes.Get(tx, want.key())
		wrong = errors.Is(err, store.ErrNotFound) || err == nil && !tx.Now().Before(c.Expires)
		if err != nil || wrong {
			return ignoreMissing(err)
		}
		if hmac.Equal(c.Hash, s.hashCode(c, digits)) {
			return nil
		}
		wrong = true
		if c.Tries++; c.Tries >= codeTries {
			return s.codes.Delete(tx, c.key())
		}
		return s.codes.Put(tx, c)
	})
	if err == nil && wrong {
		return wrongCode()
	}
	return fault.Wrap(err)
}

// TryCode compares a code that was sent and counts a wrong one; TakeCodeTx then
// uses it up with what it was for.
func (s *Service) TryCode(ctx context.Context, purpose, phone string, tenant uint64, digits string) error {
	return s.tryCode(ctx, code{Purpose: purpose, Phone: phone, Tenant: tenant}, digits)
}

// TakeCodeTx uses a code up, once.
func (s *Service) TakeCodeTx(tx *store.Tx, purpose, phone string, tenant uint64, digits string) error {
	c, err := s.codes.Get(tx, (&code{Purpose: purpose, Phone: phone, Tenant: tenant}).key())
	if errors.Is(err, store.ErrNotFound) || err == nil && (!tx.Now().Before(c.Expires) || !hmac.Equal(c.Hash, s.hashCode(c, digits))) {
		return wrongCode()
	}
	if err != nil {
		return err
	}
	return s.codes.Delete(tx, c.key())
}

// SignUp makes an account for whoever proves to have the phone: an account owner
// of an organisation that is open for sign-up.
func (s *Service) SignUp(ctx context.Context, o access.Origin, in SignUp) (*Account, error) {
	if err := s.Throttle.Allow(ctx, throttle.LoginAddress, o.Address); err != nil {
		return nil, err
	}
	phone, err := needPhone(in.Phone)
	if err != nil {
		return nil, err
	}
	r := &row{Account: Account{Name: in.Name, Phone: phone, Nickname: in.Nickname, Tenant: in.Tenant,
		Roles: []uint64{access.RoleOwner}, State: Active, PhoneConfirmed: true}}
	if err := draftName(&r.Account); err != nil {
		return nil, err
	}
	if in.Code == "" {
		return nil, fault.New(fault.Missing, "account.code_missing", "code", "the code that was sent to the phone is needed")
	}
	if err := s.openFor(ctx, in.Tenant); err != nil {
		return nil, err
	}
	if err := s.Policy.Check(in.Password, false, r.own()...); err != nil {
		return nil, err
	}
	if err := s.TryCode(ctx, PurposeSignUp, phone, in.Tenant, in.Code); err != nil {
		return nil, err
	}
	if r.Password, err = s.newHash(ctx, in.Password, &r.Account); err != nil {
		return nil, err
	}
	return s.join(ctx, o, r, func(tx *store.Tx) error {
		return s.TakeCodeTx(tx, PurposeSignUp, phone, in.Tenant, in.Code)
	})
}

// join inserts an account that makes itself.
func (s *Service) join(ctx context.Context, o access.Origin, r *row, first func(*store.Tx) error) (*Account, error) {
	var out *row
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		fresh := *r
		out = &fresh
		if err := first(tx); err != nil {
			return err
		}
		by := access.Actor{Name: r.Name, Tenant: r.Tenant, Home: r.Tenant, Origin: o}
		return s.insertTx(tx, by, out, "account.sign_up")
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return &out.Account, nil
}

// Register makes a member of the gallery's organisation without a code, where
// the settings allow it.
func (s *Service) Register(ctx context.Context, o access.Origin, in Registration) (*Account, error) {
	if !s.SignUps {
		return nil, closed()
	}
	if err := s.Throttle.Allow(ctx, throttle.LoginAddress, o.Address); err != nil {
		return nil, err
	}
	r := &row{Account: Account{Name: in.Name, Email: in.Email, Tenant: s.Gallery, Roles: []uint64{access.RoleMember}, State: Active}}
	if in.Email == "" {
		return nil, fault.New(fault.Missing, "account.email_missing", "email", "an e-mail address is needed")
	}
	if err := normalise(&r.Account); err != nil {
		return nil, err
	}
	if err := s.view(ctx, func(rd store.Reader) error { return s.free(rd, &r.Account) }); err != nil {
		return nil, fault.Wrap(err)
	}
	var err error
	if r.Password, err = s.newHash(ctx, in.Password, &r.Account); err != nil {
		return nil, err
	}
	return s.join(ctx, o, r, func(*store.Tx) error { return nil })
}

// free says early, before a hash is spent, what the commit would refuse.
func (s *Service) free(r store.Reader, a *Account) error {
	if has, err := s.byName.Has(r, store.K().Str(fold(a.Name))); err != nil || has {
		return orTaken(err, "name")
	}
	if a.Email != "" {
		if has, err := s.byEmail.Has(r, store.K().Str(fold(a.Email))); err != nil || has {
			return orTaken(err, "email")
		}
	}
	return nil
}

func orTaken(err error, index string) error {
	if err != nil {
		return err
	}
	return taken(&store.TakenError{Table: "account", Index: index})
}

// Exists reports whether a user name is taken anywhere in the installation.
func (s *Service) Exists(ctx context.Context, o access.Origin, name string) (bool, error) {
	if err := s.Throttle.Allow(ctx, throttle.ExistenceAddress, o.Address); err != nil {
		return false, err
	}
	name = fold(normSpace(name))
	if name == "" {
		return false, fault.New(fault.Missing, "account.name_missing", "name", "a user name is needed")
	}
	if len(name) > maxFolded {
		return false, nil
	}
	var has bool
	err := s.view(ctx, func(r store.Reader) error {
		var err error
		has, err = s.byName.Has(r, store.K().Str(name))
		return err
	})
	return has, fault.Wrap(err)
}
