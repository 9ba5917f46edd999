package account

import (
	"context"
	"strconv"
	"time"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/app/message"
	"stoa/app/naming"
	"stoa/app/onetime"
	"stoa/store"
)

// inviteLifetime is how long the link in a notice of a new account works.
const inviteLifetime = 7 * 24 * time.Hour

// CreateSecondary opens an account under the actor's own, in its tenant. The
// notice, when wanted, says who opened it and carries a one-time link to choose a
// password; it never carries the password.
func (s *Service) CreateSecondary(ctx context.Context, by access.Actor, in NewSecondary) (*Account, error) {
	if err := mayOpen(by); err != nil {
		return nil, err
	}
	r := &row{Account: Account{Name: in.Name, Email: in.Email, Phone: in.Phone, Nickname: in.Nickname, Tenant: by.Home,
		Parent: by.Account, Roles: []uint64{access.RoleSecondary}, State: Active, MustChange: true, Avatar: in.Avatar,
		Telephone: in.Telephone, Duty: in.Duty, Enterprise: in.Enterprise, Division: in.Division}}
	if err := draftName(&r.Account); err != nil {
		return nil, err
	}
	err := s.db.View(ctx, func(rd store.Reader) error {
		if err := s.sameTenant(rd, by, in); err != nil {
			return err
		}
		return s.free(rd, &r.Account)
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	if r.Password, err = s.NewHash(ctx, in.Password, &r.Account); err != nil {
		return nil, err
	}
	var out *row
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		fresh := *r
		out = &fresh
		return s.openTx(tx, by, out, in.Notify)
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return &out.Account, nil
}

func mayOpen(by access.Actor) error {
	if by.Account == 0 {
		return access.SignIn()
	}
	if by.Parent != 0 {
		return fault.New(fault.Denied, "account.secondary_of_secondary", "", "a secondary account opens no accounts of its own")
	}
	return by.Need(access.SecondaryCreate)
}

// sameTenant checks the organisation that a request names against the actor's.
func (s *Service) sameTenant(r store.Reader, by access.Actor, in NewSecondary) error {
	if in.Tenant != 0 && in.Tenant != by.Home {
		return invalid("account.tenant", "tenant", "a secondary account belongs to your own organisation, %d", by.Home)
	}
	if in.TenantName == "" {
		return nil
	}
	u, err := s.Org.TenantTx(r, by.Home)
	if err == nil && naming.Fold(naming.Trim(in.TenantName)) != naming.Fold(u.Name) {
		return invalid("account.tenant_name", "tenant_name", "organisation %d is not called %q", by.Home, in.TenantName)
	}
	return err
}

// openTx writes a secondary account, if its parent may still have it.
func (s *Service) openTx(tx *store.Tx, by access.Actor, r *row, notify bool) error {
	parent, err := s.rows.Get(tx, by.Account)
	if err != nil || parent.State != Active || parent.Parent != 0 {
		return access.SignIn().With(err)
	}
	if err := s.insertTx(tx, by, r, "account.create_secondary"); err != nil {
		return err
	}
	if !notify {
		return nil
	}
	url, err := s.OneTime.LinkTx(tx, onetime.Link{Account: r.ID}, inviteLifetime)
	if err != nil {
		return err
	}
	values := map[string]string{"by": parent.Name, "name": r.Name, "link": url, "hours": strconv.Itoa(int(inviteLifetime.Hours()))}
	return s.TellTx(tx, &r.Account, message.AccountNotice, values, inviteLifetime, true)
}

// TellTx sends a secret message to an account by e-mail, else by SMS; both: to both.
func (s *Service) TellTx(tx *store.Tx, a *Account, purpose string, values map[string]string, lifetime time.Duration, both bool) error {
	m := message.Message{Tenant: a.Tenant, Purpose: purpose, Values: values, Secret: true, ExpiresAt: tx.Now().Add(lifetime)}
	if a.Email != "" {
		m.Channel, m.To = message.Email, a.Email
		if err := s.Message.SendTx(tx, m); err != nil {
			return err
		}
	}
	if a.Phone != "" && (both || a.Email == "") {
		m.Channel, m.To = message.SMS, a.Phone
		return s.Message.SendTx(tx, m)
	}
	return nil
}
