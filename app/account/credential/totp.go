package credential

import (
	"context"

	"stoa/app/access"
	"stoa/app/directory"
	"stoa/app/factor"
	"stoa/app/fault"
	"stoa/store"
)

// StartTOTP makes a secret for by's own account, which becomes the second factor
// with ConfirmTOTP. One that is in force stays in force until then.
func (s *Service) StartTOTP(ctx context.Context, by access.Actor) (factor.TOTP, error) {
	if by.Account == 0 {
		return factor.TOTP{}, access.SignIn()
	}
	t, err := s.Factor.Generate(by.Account, by.Name)
	if err != nil {
		return factor.TOTP{}, fault.Wrap(err)
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		a, err := s.Rows.Visible(tx, by, by.Account)
		if err != nil {
			return err
		}
		if a.SecondFactor {
			return fault.New(fault.Conflict, "account.totp_on", "", "a second factor is set up already: switch it off first")
		}
		return s.Factor.StartTx(tx, by.Account, t)
	})
	return t, fault.Wrap(err)
}

// ConfirmTOTP puts the second factor in force with a first code, and gives the
// recovery codes: they are shown once.
func (s *Service) ConfirmTOTP(ctx context.Context, by access.Actor, code string) ([]string, error) {
	if by.Account == 0 {
		return nil, access.SignIn()
	}
	recovery := s.Factor.NewRecovery(by.Account)
	err := s.changeFactor(ctx, by, "account.totp_on", func(tx *store.Tx, after *directory.Row) error {
		after.SecondFactor = true
		if err := s.Factor.ConfirmTx(tx, by.Account, code, recovery); err != nil {
			return err
		}
		return s.Sessions().StrengthenTx(tx, by)
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return recovery.Codes, nil
}

// changeFactor runs a change of by's own second factor.
func (s *Service) changeFactor(ctx context.Context, by access.Actor, action string, fn func(*store.Tx, *directory.Row) error) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		before, err := s.Rows.Visible(tx, by, by.Account)
		if err != nil {
			return err
		}
		after := *before
		if err := fn(tx, &after); err != nil {
			return err
		}
		if after.SecondFactor == before.SecondFactor {
			return s.Account.RecordTx(tx, by, action, &after.Account)
		}
		return s.Account.SaveTx(tx, by, action, before, &after)
	})
}

// StopTOTP takes the second factor off, given the password.
func (s *Service) StopTOTP(ctx context.Context, by access.Actor, password string) error {
	if _, err := s.Admission.ConfirmRow(ctx, by, password); err != nil {
		return err
	}
	return fault.Wrap(s.changeFactor(ctx, by, "account.totp_off", func(tx *store.Tx, after *directory.Row) error {
		after.SecondFactor = false
		return s.Factor.DropTx(tx, by.Account)
	}))
}

// RecoveryCodes replaces the recovery codes, given the password.
func (s *Service) RecoveryCodes(ctx context.Context, by access.Actor, password string) ([]string, error) {
	if _, err := s.Admission.ConfirmRow(ctx, by, password); err != nil {
		return nil, err
	}
	recovery := s.Factor.NewRecovery(by.Account)
	err := s.changeFactor(ctx, by, "account.recovery_codes", func(tx *store.Tx, after *directory.Row) error {
		if !after.SecondFactor {
			return fault.New(fault.Conflict, "account.totp_off", "", "there is no second factor: set one up first")
		}
		return s.Factor.RenewTx(tx, by.Account, recovery)
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return recovery.Codes, nil
}

// dropFactor takes a second factor and the passkeys off for whoever lost them.
func (s *Service) dropFactor(tx *store.Tx, id uint64) error {
	if err := s.Factor.DropTx(tx, id); err != nil {
		return err
	}
	if err := s.Passkey.ForgetTx(tx, id); err != nil {
		return err
	}
	a, err := s.Rows.Get(tx, id)
	if err != nil || !a.SecondFactor {
		return err
	}
	a.SecondFactor = false
	a.Version++
	return s.Rows.Update(tx, a)
}
