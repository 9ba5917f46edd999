package session

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/admission"
	"stoa/app/audit"
	"stoa/app/captcha"
	"stoa/app/fault"
	"stoa/app/naming"
	"stoa/store"
)

// Login signs somebody in by password. The hash is computed outside any
// transaction; then one commit makes the session and its audit entry. Every
// failure is admission.Refused, but for a missing second factor where the caller
// can ask for one.
func (s *Service) Login(ctx context.Context, o access.Origin, in Login) (*Grant, error) {
	if in.Login == "" || in.Password == "" {
		field := "login"
		if in.Login != "" {
			field = "password"
		}
		return nil, fault.New(fault.Missing, "session."+field, field, "a %s is needed to sign in", field)
	}
	name := captcha.Name(in.Login)
	if in.AsksOTP {
		if err := s.Captcha.Demand(ctx, name, o.Address, in.Proof); err != nil {
			return nil, err
		}
	}
	v, err := s.Admission.CheckPassword(ctx, o, in.Login, in.Password, in.Tenant)
	if err != nil {
		return nil, s.counted(ctx, o, name, err)
	}
	g, err := s.admit(ctx, o, opening{shape: in.Shape, device: in.Device, refresh: in.Refresh, method: "pwd", strong: v.Second()}, func(tx *store.Tx) (*account.Account, error) {
		return s.Admission.AdmitTx(tx, v, admission.Second{Code: in.OTP, Asks: in.AsksOTP})
	})
	var barred *admission.ErrBarred
	if errors.As(err, &barred) {
		return nil, s.counted(ctx, o, name, s.Admission.RefuseSignIn(ctx, v, barred.Reason))
	}
	if err == nil && in.AsksOTP {
		err = s.Captcha.Passed(ctx, name, o.Address)
	}
	return g, fault.Wrap(err)
}

// counted counts a refused sign-in for the puzzles.
func (s *Service) counted(ctx context.Context, o access.Origin, name string, refused error) error {
	if fault.KindOf(refused) != fault.Unauthenticated {
		return refused
	}
	if err := s.Captcha.Failed(ctx, name, o.Address); err != nil {
		return err
	}
	return refused
}

// LoginCode signs somebody in by a code that was sent to the phone.
func (s *Service) LoginCode(ctx context.Context, o access.Origin, in CodeLogin) (*Grant, error) {
	phone, err := naming.Phone(in.Phone)
	if err != nil || phone == "" || in.Code == "" {
		return nil, fault.New(fault.Missing, "session.code", "code", "a phone number and the code that was sent to it are needed")
	}
	v, err := s.Admission.CheckCode(ctx, o, phone, in.Code, in.Tenant)
	if err != nil {
		return nil, err
	}
	g, err := s.admit(ctx, o, opening{shape: in.Shape, device: in.Device, refresh: in.Refresh, method: "sms"}, func(tx *store.Tx) (*account.Account, error) {
		if err := s.Admission.TakeCodeTx(tx, phone, in.Code, in.Tenant); err != nil {
			return nil, err
		}
		return s.Admission.AdmitTx(tx, v, admission.Second{Code: in.OTP})
	})
	var barred *admission.ErrBarred
	if errors.As(err, &barred) {
		return nil, s.Admission.RefuseSignIn(ctx, v, barred.Reason)
	}
	return g, fault.Wrap(err)
}

// opening is how a session is to be made.
type opening struct {
	shape   Shape
	device  string
	refresh bool
	method  string // how the person proves to be it (RFC 8176): pwd, sms, hwk; "" = unsaid
	strong  bool   // proven by a passkey, or with a second factor elsewhere
}

// admit makes a session in one commit for the account that who lets in.
func (s *Service) admit(ctx context.Context, o access.Origin, open opening, who func(*store.Tx) (*account.Account, error)) (*Grant, error) {
	token, refreshToken := open.shape.token(), ""
	if open.refresh {
		refreshToken = newSecret(refreshPrefix)
	}
	var g *Grant
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		a, err := who(tx)
		if err != nil {
			return err
		}
		r := s.draft(tx.Now(), o, a, open)
		r.Hash = hash(token)
		if g, err = s.open(tx, o, a, r, refreshToken); err != nil {
			return err
		}
		g.Token = token
		return nil
	})
	return g, err
}

func (s *Service) draft(now time.Time, o access.Origin, a *account.Account, open opening) *row {
	r := &row{Account: a.ID, Tenant: a.Tenant, Shape: open.shape, Created: now, Used: now, Idle: s.Idle, Dialect: o.Dialect,
		Address: o.Address, UserAgent: clip(o.UserAgent), Device: clip(open.device), Strong: open.strong || a.SecondFactor}
	absolute := s.Absolute
	if a.Administrator() {
		absolute = s.AbsoluteAdmin
	}
	if open.method != "" {
		r.Methods = []string{open.method}
	}
	if a.SecondFactor && !open.strong {
		r.Methods = append(r.Methods, "otp")
	}
	if r.Strong {
		r.Methods = append(r.Methods, "mfa")
	}
	r.Absolute = now.Add(absolute)
	r.extend(now)
	return r
}

// clip keeps what a client calls itself short and storable: valid UTF-8.
func clip(s string) string {
	return strings.ToValidUTF8(s[:min(len(s), 256)], "")
}

// open writes a session with its audit entry; the oldest makes room where the
// account has too many.
func (s *Service) open(tx *store.Tx, o access.Origin, a *account.Account, r *row, refreshToken string) (*Grant, error) {
	var err error
	if err = s.makeRoom(tx, a.ID, r.Application); err != nil {
		return nil, err
	}
	if r.ID, err = s.ids.Next(tx); err != nil {
		return nil, err
	}
	if refreshToken != "" {
		r.Refresh = hash(refreshToken)
		if err := s.refresh.Insert(tx, &refresh{Hash: r.Refresh, Session: r.ID, Expires: r.Absolute}); err != nil {
			return nil, err
		}
	}
	if err := s.rows.Insert(tx, r); err != nil {
		return nil, err
	}
	actor, err := s.actor(tx, r)
	if err != nil {
		return nil, err
	}
	actor.Origin = o
	if err := s.record(tx, actor, "session.create", r); err != nil {
		return nil, err
	}
	return &Grant{Refresh: refreshToken, Expires: r.Expires, Absolute: r.Absolute, IdleTTL: r.Idle, Session: r.ID, Account: a, Actor: actor}, nil
}

// makeRoom ends a session of an account that has too many: the oldest of the same
// application, so that a program which asks for ever new tokens does not sign its
// owner out, else the oldest of all.
func (s *Service) makeRoom(tx *store.Tx, id, application uint64) error {
	var rows []*row
	for r, err := range s.of.Scan(tx, store.Scan{Prefix: store.K().Uint(id)}) {
		if err != nil {
			return err
		}
		rows = append(rows, r)
	}
	for len(rows) >= maxSessions {
		i := max(0, slices.IndexFunc(rows, func(r *row) bool { return r.Application == application }))
		if err := s.drop(tx, rows[i]); err != nil {
			return err
		}
		rows = slices.Delete(rows, i, i+1)
	}
	return nil
}

func (s *Service) record(tx *store.Tx, by access.Actor, action string, r *row) error {
	return s.Audit.AddTx(tx, by, audit.Entry{Action: action, ObjectKind: "session", ObjectID: number(r.ID), ObjectName: by.Name})
}

// RefreshGrant gives new tokens for a refresh token, once; the session goes on.
func (s *Service) RefreshGrant(ctx context.Context, o access.Origin, refreshToken string) (*Grant, error) {
	refused := fault.New(fault.Unauthenticated, "session.refresh", "refresh_token", "the refresh token is unknown, used or has ended: sign in again")
	if kindOf(refreshToken) != kindRefresh {
		return nil, refused
	}
	var g *Grant
	stolen := false
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		stolen = false
		r, err := s.refreshable(tx, hash(refreshToken))
		if err != nil {
			return err
		}
		if r.Delegated { // package openid's alone: they are bound to their application
			return store.ErrNotFound
		}
		if string(r.Refresh) != string(hash(refreshToken)) {
			stolen = true
			return s.endStolen(tx, o, r)
		}
		g, err = s.renew(tx, o, r)
		return err
	})
	if errors.Is(err, store.ErrNotFound) || err == nil && stolen {
		return nil, refused
	}
	return g, fault.Wrap(err)
}

// refreshable is the session of a refresh token.
func (s *Service) refreshable(tx *store.Tx, hash []byte) (*row, error) {
	t, err := s.refresh.Get(tx, store.K().Bytes(hash))
	if err != nil {
		return nil, err
	}
	r, err := s.byID.Get(tx, store.K().Uint(t.Session))
	if err != nil {
		return nil, err
	}
	if !tx.Now().Before(r.Absolute) {
		return nil, store.ErrNotFound
	}
	return r, nil
}

func (s *Service) endStolen(tx *store.Tx, o access.Origin, r *row) error {
	if err := s.drop(tx, r); err != nil {
		return err
	}
	return s.Audit.AddTx(tx, access.Nobody(o), audit.Entry{Tenant: r.Tenant, Account: r.Account, Action: "session.refresh", ObjectKind: "session",
		ObjectID: number(r.ID), Outcome: audit.Refused, Reason: "a used refresh token came back: the session was ended"})
}

// renew gives a session new tokens.
func (s *Service) renew(tx *store.Tx, o access.Origin, r *row) (*Grant, error) {
	actor, err := s.actor(tx, r)
	if err != nil {
		return nil, err
	}
	a, err := s.Account.Row(tx, r.Account)
	if err != nil {
		return nil, err
	}
	if err := s.drop(tx, r); err != nil {
		return nil, err
	}
	token, refreshToken := r.Shape.token(), newSecret(refreshPrefix)
	r.Hash, r.Refresh, r.Used = hash(token), hash(refreshToken), tx.Now()
	r.extend(tx.Now())
	if err := s.refresh.Insert(tx, &refresh{Hash: r.Refresh, Session: r.ID, Expires: r.Absolute}); err != nil {
		return nil, err
	}
	if err := s.rows.Insert(tx, r); err != nil {
		return nil, err
	}
	if err := s.Account.NoteTx(tx, a.ID); err != nil {
		return nil, err
	}
	actor.Origin = o
	if err := s.record(tx, actor, "session.refresh", r); err != nil {
		return nil, err
	}
	return &Grant{Token: token, Refresh: refreshToken, Expires: r.Expires, Absolute: r.Absolute, IdleTTL: r.Idle, Session: r.ID,
		Account: a, Actor: actor}, nil
}
