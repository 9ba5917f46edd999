package admission

import (
	"context"
	"errors"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/app/onetime"
	"stoa/app/throttle"
	"stoa/store"
)

// CheckCode finds the account with a phone and compares a code that SendCode
// sent to it for onetime.SignIn. Failures are as those of CheckPassword; TakeCodeTx
// and AdmitTx belong into the commit that makes the session.
func (s *Service) CheckCode(ctx context.Context, o access.Origin, phone, digits string, tenant uint64) (*Verified, error) {
	if err := s.Throttle.Allow(ctx, throttle.LoginAddress, o.Address); err != nil {
		return nil, err
	}
	found, reason, err := s.candidate(ctx, phone, tenant)
	if err != nil {
		return nil, fault.Wrap(err)
	}
	v := &Verified{login: phone, origin: o, throttling: throttle.LoginKey("login "+phone, o.Address)}
	if found != nil {
		v.Account = &found.Account
		v.throttling = throttle.LoginKey("account "+number(found.ID), o.Address)
	}
	if err := s.Throttle.Allow(ctx, throttle.Login, v.throttling); err != nil {
		return nil, err
	}
	err = s.OneTime.TryCode(ctx, onetime.For{Purpose: onetime.SignIn, Tenant: tenant, Phone: phone}, digits)
	if err != nil && !errors.Is(err, onetime.WrongCode()) {
		return nil, err
	}
	if err != nil && reason == "" {
		reason = "wrong code"
	}
	if reason != "" {
		return nil, s.refuse(ctx, v, reason)
	}
	return v, nil
}

// TakeCodeTx uses up the code that CheckCode compared.
func (s *Service) TakeCodeTx(tx *store.Tx, phone, digits string, tenant uint64) error {
	return s.OneTime.TakeCodeTx(tx, onetime.For{Purpose: onetime.SignIn, Tenant: tenant, Phone: phone}, digits)
}
