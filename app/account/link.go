package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"time"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/app/message"
	"stoa/app/throttle"
	"stoa/store"
)

// inviteLifetime is how long the link in a notice of a new account works.
const inviteLifetime = 7 * 24 * time.Hour

// link is a one-time right to choose a password. Only the hash of its token is
// kept; it dies with the next password of the account.
type link struct {
	Hash    []byte    `cbor:"1,keyasint"`
	Account uint64    `cbor:"2,keyasint"`
	Expires time.Time `cbor:"3,keyasint"`
	Reset   bool      `cbor:"4,keyasint,omitempty"` // also takes the second factor off
}

func hashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// maxLinks bounds the live links of an account; the oldest make room.
const maxLinks = 5

// linkTx makes a link and gives its address.
func (s *Service) linkTx(tx *store.Tx, account uint64, lifetime time.Duration, reset bool) (string, error) {
	var old [][]byte
	for l, err := range s.linksOf.Scan(tx, store.Scan{Prefix: key(account)}) {
		if err != nil {
			return "", err
		}
		old = append(old, l.Hash)
	}
	for i := 0; i <= len(old)-maxLinks; i++ {
		if err := s.links.Delete(tx, store.K().Bytes(old[i])); err != nil {
			return "", err
		}
	}
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails (crypto/rand)
	token := base64.RawURLEncoding.EncodeToString(raw)
	l := &link{Hash: hashToken(token), Account: account, Expires: tx.Now().Add(lifetime), Reset: reset}
	return s.PublicURL() + "/console/reset#token=" + token, s.links.Insert(tx, l)
}

func (s *Service) dropLinks(tx *store.Tx, account uint64) error {
	for l, err := range s.linksOf.Scan(tx, store.Scan{Prefix: key(account)}) {
		if err == nil {
			err = s.links.Delete(tx, store.K().Bytes(l.Hash))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// ForgotPassword sends a link to choose a new password to the account that login
// names, by e-mail, else by SMS. It answers the same whether there is one or not.
func (s *Service) ForgotPassword(ctx context.Context, o access.Origin, login string) error {
	if normSpace(login) == "" {
		return fault.New(fault.Missing, "account.login", "login", "a user name, an e-mail or a phone is needed")
	}
	if err := s.Throttle.Allow(ctx, throttle.Reset, o.Address); err != nil {
		return err
	}
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		a, err := s.find(tx, login, 0)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if reason, err := s.barred(tx, a, 0); err != nil || reason != "" {
			return err
		}
		if err := s.Throttle.AllowTx(tx, throttle.Reset, "account "+number(a.ID)); err != nil {
			return nil // who asks must not learn that the account exists
		}
		url, err := s.linkTx(tx, a.ID, s.LinkLifetime, false)
		if err != nil {
			return err
		}
		values := map[string]string{"name": a.Name, "link": url, "minutes": strconv.Itoa(int(s.LinkLifetime.Minutes()))}
		if err := s.tell(tx, &a.Account, message.PasswordReset, values, s.LinkLifetime, false); err != nil {
			return err
		}
		return s.record(tx, access.Nobody(o), "account.forgot_password", &a.Account)
	}))
}

// tell sends a secret message to an account by e-mail, else by SMS; both: to both.
func (s *Service) tell(tx *store.Tx, a *Account, purpose string, values map[string]string, lifetime time.Duration, both bool) error {
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

// ResetPassword chooses a new password with the token of a link. All sessions of
// the account end.
func (s *Service) ResetPassword(ctx context.Context, o access.Origin, token, new string) error {
	if err := s.Throttle.Allow(ctx, throttle.LoginAddress, o.Address); err != nil {
		return err
	}
	l, a, err := s.linked(ctx, token)
	if err != nil {
		return fault.Wrap(err)
	}
	hash, err := s.newHash(ctx, new, &a.Account)
	if err != nil {
		return err
	}
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		if _, err := s.links.Get(tx, store.K().Bytes(l.Hash)); err != nil {
			return badLink(err)
		}
		by := access.Actor{Name: a.Name, Tenant: a.Tenant, Home: a.Tenant, Origin: o}
		if l.Reset {
			if err := s.dropFactor(tx, a.ID); err != nil {
				return err
			}
		}
		return s.setPassword(tx, by, a, hash, false, "account.reset_password")
	}))
}

// linked is a live link and its account.
func (s *Service) linked(ctx context.Context, token string) (l *link, a *row, err error) {
	err = s.view(ctx, func(r store.Reader) error {
		if l, err = s.links.Get(r, store.K().Bytes(hashToken(token))); err != nil {
			return badLink(err)
		}
		if !r.Now().Before(l.Expires) {
			return badLink(store.ErrNotFound)
		}
		if a, err = s.rows.Get(r, key(l.Account)); err != nil {
			return badLink(err)
		}
		return nil
	})
	return l, a, err
}

func badLink(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return fault.New(fault.Invalid, "account.reset_link", "token", "this link has been used or has expired: ask for a new one")
	}
	return err
}

// ResetLink makes a one-time link to a new password without the second factor,
// and enables the account: the way back for a locked-out administrator. It is
// for the owner of the data directory; the actor must be the server itself or a
// super administrator.
func (s *Service) ResetLink(ctx context.Context, by access.Actor, login string) (url string, expires time.Time, err error) {
	if !by.Super() {
		return "", time.Time{}, access.Refused(access.AccountUpdate)
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		before, err := s.find(tx, login, 0)
		if errors.Is(err, store.ErrNotFound) {
			return missing()
		}
		if err != nil {
			return err
		}
		if err := s.dropFactor(tx, before.ID); err != nil {
			return err
		}
		if before, err = s.rows.Get(tx, key(before.ID)); err != nil {
			return err
		}
		after := *before
		after.State = Active
		if err := s.save(tx, by, "account.update", before, &after); err != nil {
			return err
		}
		expires = tx.Now().Add(s.LinkLifetime)
		if url, err = s.linkTx(tx, before.ID, s.LinkLifetime, true); err != nil {
			return err
		}
		return s.record(tx, by, "account.reset_link", &after.Account)
	})
	return url, expires, fault.Wrap(err)
}
