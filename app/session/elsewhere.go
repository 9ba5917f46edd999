package session

import (
	"context"
	"errors"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/admission"
	"stoa/app/fault"
	"stoa/store"
)

// Proven is a sign-in of somebody whom another system has proven.
type Proven struct {
	Account *admission.Verified
	OTP     string // second factor or recovery code; a missing one is told apart
	Device  string // what the client calls itself; "" = its user agent
	// Take uses up the proof, in the commit that makes the session.
	Take func(tx *store.Tx) error
}

// LoginProven signs somebody in whom a sign-in source has proven, through the
// gates that a password leads through: state, organisation, second factor.
func (s *Service) LoginProven(ctx context.Context, o access.Origin, in Proven) (*Grant, error) {
	g, err := s.admit(ctx, o, opening{device: in.Device, strong: in.Account.Second()}, func(tx *store.Tx) (*account.Account, error) {
		if err := in.Take(tx); err != nil {
			return nil, err
		}
		return s.Admission.AdmitTx(tx, in.Account, admission.Second{Code: in.OTP, Asks: true})
	})
	var barred *admission.ErrBarred
	if errors.As(err, &barred) {
		return nil, s.Admission.RefuseSignIn(ctx, in.Account, barred.Reason)
	}
	return g, fault.Wrap(err)
}
