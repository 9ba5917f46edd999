package account

import (
	"context"
	"errors"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/app/naming"
	"stoa/app/onetime"
	"stoa/app/org"
	"stoa/app/throttle"
	"stoa/store"
)

// Purposes of a code.
const (
	PurposeSignUp = onetime.SignUp
	PurposeLogin  = onetime.SignIn
)

// SendCode sends a code to a phone: PurposeSignUp to any, for an organisation
// open for sign-up; PurposeLogin to the phone of an account there (0 = anywhere),
// with the same answer when there is none. One a minute and ten a day a phone.
func (s *Service) SendCode(ctx context.Context, o access.Origin, purpose, phone string, tenant uint64) error {
	phone, err := naming.NeedPhone(phone)
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
	return s.OneTime.SendCode(ctx, o, onetime.For{Purpose: purpose, Tenant: tenant, Phone: phone}, func(r store.Reader) (bool, error) {
		if purpose == PurposeSignUp {
			return true, nil
		}
		_, err := s.rows.Find(r, phone, tenant)
		if errors.Is(err, store.ErrNotFound) {
			return false, nil
		}
		return err == nil, err
	})
}

func closed() error {
	return fault.New(fault.Denied, "account.sign_up_closed", "", "this server takes no sign-ups: an administrator makes accounts")
}

// openFor refuses an organisation that takes no sign-ups.
func (s *Service) openFor(ctx context.Context, tenant uint64) error {
	if !s.SignUps {
		return closed()
	}
	return fault.Wrap(s.db.View(ctx, func(r store.Reader) error {
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

// SignUp makes an account for whoever proves to have the phone: an account owner
// of an organisation that is open for sign-up.
func (s *Service) SignUp(ctx context.Context, o access.Origin, in SignUp) (*Account, error) {
	if err := s.Throttle.Allow(ctx, throttle.LoginAddress, o.Address); err != nil {
		return nil, err
	}
	phone, err := naming.NeedPhone(in.Phone)
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
	if err := s.Policy.Check(in.Password, false, own(&r.Account)...); err != nil {
		return nil, err
	}
	proof := onetime.For{Purpose: PurposeSignUp, Tenant: in.Tenant, Phone: phone}
	if err := s.OneTime.TryCode(ctx, proof, in.Code); err != nil {
		return nil, err
	}
	if r.Password, err = s.NewHash(ctx, in.Password, &r.Account); err != nil {
		return nil, err
	}
	return s.join(ctx, o, r, func(tx *store.Tx) error {
		return s.OneTime.TakeCodeTx(tx, proof, in.Code)
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
	if err := s.db.View(ctx, func(rd store.Reader) error { return s.free(rd, &r.Account) }); err != nil {
		return nil, fault.Wrap(err)
	}
	var err error
	if r.Password, err = s.NewHash(ctx, in.Password, &r.Account); err != nil {
		return nil, err
	}
	return s.join(ctx, o, r, func(*store.Tx) error { return nil })
}

// free says early, before a hash is spent, what the commit would refuse.
func (s *Service) free(r store.Reader, a *Account) error {
	if has, err := s.NameTaken(r, a.Name); err != nil || has {
		return orTaken(err, "name")
	}
	if a.Email != "" {
		if has, err := s.EmailTaken(r, a.Email); err != nil || has {
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
	if naming.Trim(name) == "" {
		return false, fault.New(fault.Missing, "account.name_missing", "name", "a user name is needed")
	}
	var has bool
	err := s.db.View(ctx, func(r store.Reader) error {
		var err error
		has, err = s.NameTaken(r, name)
		return err
	})
	return has, fault.Wrap(err)
}
