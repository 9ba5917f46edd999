package session

import (
	"context"
	"errors"
	"strconv"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/app/org"
	"stoa/store"
)

func number(n uint64) string { return strconv.FormatUint(n, 10) }

func missing() *fault.Fault {
	return fault.New(fault.NotFound, "session.not_found", "id", "there is no such session: it may have ended")
}

// End ends one session: one's own, or one of an account that by manages.
func (s *Service) End(ctx context.Context, by access.Actor, id uint64) error {
	if !by.SignedIn() {
		return access.SignIn()
	}
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		r, err := s.byID.Get(tx, store.K().Uint(id))
		if errors.Is(err, store.ErrNotFound) {
			return missing()
		}
		if err != nil {
			return err
		}
		a, err := s.Account.ManageTx(tx, by, r.Account, access.SessionEnd)
		if fault.KindOf(err) == fault.NotFound && err != nil {
			return missing()
		}
		if err != nil {
			return err
		}
		if err := s.drop(tx, r); err != nil {
			return err
		}
		return s.Audit.AddTx(tx, by, audit.Entry{Tenant: a.Tenant, Action: "session.end", ObjectKind: "session", ObjectID: number(id), ObjectName: a.Name})
	}))
}

// Logout ends the actor's own session; a personal token has none to end.
func (s *Service) Logout(ctx context.Context, by access.Actor) error {
	if by.Session == 0 {
		if !by.SignedIn() {
			return access.SignIn()
		}
		return fault.New(fault.Conflict, "session.personal", "", "a personal access token is not signed out: revoke it in the personal centre")
	}
	return s.End(ctx, by, by.Session)
}

// EndAll ends every session of an account, at once: forced sign-out.
func (s *Service) EndAll(ctx context.Context, by access.Actor, id uint64) (int, error) {
	return s.endMany(ctx, by, id, 0)
}

// EndOthers ends the actor's sessions but the one it acts in.
func (s *Service) EndOthers(ctx context.Context, by access.Actor) (int, error) {
	return s.endMany(ctx, by, by.Account, by.Session)
}

func (s *Service) endMany(ctx context.Context, by access.Actor, id, except uint64) (n int, err error) {
	if !by.SignedIn() {
		return 0, access.SignIn()
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		a, err := s.Account.ManageTx(tx, by, id, access.SessionEnd)
		if err != nil {
			return err
		}
		if n, err = s.endAll(tx, id, except); err != nil {
			return err
		}
		return s.Audit.AddTx(tx, by, audit.Entry{Tenant: a.Tenant, Action: "session.end_all", ObjectKind: "account", ObjectID: number(id), ObjectName: a.Name})
	})
	return n, fault.Wrap(err)
}

// SwitchTenant makes the actor's session act in another tenant: any for super
// administrators, the companies of their channel for channel administrators, and
// home for both.
func (s *Service) SwitchTenant(ctx context.Context, by access.Actor, tenant uint64) (access.Actor, error) {
	if by.Session == 0 {
		return by, access.SignIn()
	}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		if err := s.maySwitch(tx, by, tenant); err != nil {
			return err
		}
		r, err := s.byID.Get(tx, store.K().Uint(by.Session))
		if errors.Is(err, store.ErrNotFound) {
			return access.SignIn()
		}
		if err != nil {
			return err
		}
		from := r.Tenant
		r.Tenant = tenant
		if err := s.rows.Update(tx, r); err != nil {
			return err
		}
		return s.Audit.AddTx(tx, by, audit.Entry{Tenant: tenant, Action: "session.switch_tenant", ObjectKind: "organisation", ObjectID: number(tenant),
			Changes: []audit.Change{{Field: "tenant", Old: number(from), New: number(tenant)}}})
	})
	if err != nil {
		return by, fault.Wrap(err)
	}
	by.Tenant = tenant
	return by, nil
}

func (s *Service) maySwitch(r store.Reader, by access.Actor, tenant uint64) error {
	if tenant == by.Home {
		return nil
	}
	if err := by.Need(access.TenantSwitch); err != nil {
		return err
	}
	u, err := s.Org.TenantTx(r, tenant)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return err
	}
	if err != nil || !u.Deleting.IsZero() || !by.Super() && (u.Kind != org.KindCompany || u.Channel != by.Home) {
		return fault.New(fault.NotFound, "session.tenant", "tenant", "there is no such organisation, or none that you look after")
	}
	return nil
}

func personalRecord(account uint64) string { return "account/" + number(account) + "/token" }

func noToken() *fault.Fault {
	return fault.New(fault.NotFound, "session.no_token", "", "there is no personal access token: make one first")
}

// Token shows the actor's personal access token.
func (s *Service) Token(ctx context.Context, by access.Actor) (*Token, error) {
	if by.Account == 0 {
		return nil, access.SignIn()
	}
	var t *token
	err := s.db.View(ctx, func(r store.Reader) error {
		var err error
		t, err = s.tokens.Get(r, store.K().Uint(by.Account))
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, noToken()
	}
	if err != nil {
		return nil, fault.Wrap(err)
	}
	plain, err := s.Seal.Unseal(t.Sealed, personalRecord(by.Account))
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return &Token{Token: string(plain), Created: t.Created, LastUsed: t.Used}, nil
}

// RotateToken makes the actor's personal access token, or a new one in place of
// the old, which dies.
func (s *Service) RotateToken(ctx context.Context, by access.Actor) (*Token, error) {
	plain := newSecret(personalPrefix)
	sealed, err := s.Seal.Seal([]byte(plain), personalRecord(by.Account))
	if err != nil {
		return nil, fault.Wrap(err)
	}
	var t *token
	err = s.changeToken(ctx, by, "token.rotate", func(tx *store.Tx) error {
		strong, err := s.strong(tx, by)
		if err != nil {
			return err
		}
		t = &token{Account: by.Account, Hash: hash(plain), Sealed: sealed, Created: tx.Now(), Strong: strong}
		return s.tokens.Put(tx, t)
	})
	if err != nil {
		return nil, err
	}
	return &Token{Token: plain, Created: t.Created}, nil
}

// RevokeToken ends the actor's personal access token.
func (s *Service) RevokeToken(ctx context.Context, by access.Actor) error {
	return s.changeToken(ctx, by, "token.revoke", func(tx *store.Tx) error {
		err := s.tokens.Delete(tx, store.K().Uint(by.Account))
		if errors.Is(err, store.ErrNotFound) {
			return noToken()
		}
		return err
	})
}

func (s *Service) changeToken(ctx context.Context, by access.Actor, action string, fn func(*store.Tx) error) error {
	if by.Account == 0 {
		return access.SignIn()
	}
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		a, err := s.Account.Row(tx, by.Account)
		if errors.Is(err, store.ErrNotFound) || err == nil && a.State != account.Active {
			return access.SignIn()
		}
		if err != nil {
			return err
		}
		if err := fn(tx); err != nil {
			return err
		}
		return s.Audit.AddTx(tx, by, audit.Entry{Tenant: a.Tenant, Action: action, ObjectKind: "account", ObjectID: number(a.ID), ObjectName: a.Name})
	}))
}
