package source

import (
	"context"
	"crypto/sha256"
	"errors"
	"iter"
	"time"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/store"
)

// Identity says that a person of a source is an account.
type Identity struct {
	Source  uint64    `cbor:"1,keyasint"`
	Subject string    `cbor:"2,keyasint"`
	Account uint64    `cbor:"3,keyasint"`
	Login   string    `cbor:"4,keyasint,omitempty"` // what the person is called at the source
	Made    bool      `cbor:"5,keyasint,omitempty"` // the source made the account, and looks after it
	Put     bool      `cbor:"6,keyasint,omitempty"` // the source disabled the account, and may enable it
	Linked  time.Time `cbor:"7,keyasint"`
	Used    time.Time `cbor:"8,keyasint,omitzero"` // to the minute
}

// identityKey holds the subject hashed: it may be long.
func identityKey(source uint64, subject string) store.Key {
	sum := sha256.Sum256([]byte(subject))
	return key(source).Bytes(sum[:])
}

// Own is one way to sign in from elsewhere, as its owner sees it.
type Own struct {
	Source uint64
	Name   string // of the source
	Kind   Kind
	Login  string // what the person is called there
	Linked time.Time
	Used   time.Time // to the minute; zero = never
	Last   bool      // it is the only way to sign in: it can't be given up
}

// maxLinks bounds what is read of an account's links.
const maxLinks = MaxSources

func (s *Service) links(r store.Reader, account uint64) ([]*Identity, error) {
	var out []*Identity
	for i, err := range s.of.Scan(r, store.Scan{Prefix: key(account), Limit: maxLinks}) {
		if err != nil {
			return nil, err
		}
		out = append(out, i)
	}
	return out, nil
}

// Links are by's own.
func (s *Service) Links(ctx context.Context, by access.Actor) ([]Own, error) {
	if by.Account == 0 {
		return nil, access.SignIn()
	}
	out := []Own{}
	err := s.db.View(ctx, func(r store.Reader) error {
		out = out[:0]
		rows, err := s.links(r, by.Account)
		if err != nil {
			return err
		}
		last, err := s.last(r, by.Account, len(rows))
		if err != nil {
			return err
		}
		for _, i := range rows {
			x, err := s.rows.Get(r, key(i.Source))
			if errors.Is(err, store.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			out = append(out, Own{Source: x.ID, Name: x.Name, Kind: x.Kind, Login: i.Login, Linked: i.Linked, Used: i.Used, Last: last})
		}
		return nil
	})
	return out, fault.Wrap(err)
}

// last reports whether one of n links is all that an account signs in by.
func (s *Service) last(r store.Reader, account uint64, n int) (bool, error) {
	if n > 1 {
		return false, nil
	}
	has, err := s.Account.HasPassword(r, account)
	return !has, err
}

// Unlink gives up a link of by's own, unless it is the last way to sign in.
func (s *Service) Unlink(ctx context.Context, by access.Actor, source uint64) error {
	if by.Account == 0 {
		return access.SignIn()
	}
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		rows, err := s.links(tx, by.Account)
		if err != nil {
			return err
		}
		for _, i := range rows {
			if i.Source != source {
				continue
			}
			if last, err := s.last(tx, by.Account, len(rows)); err != nil {
				return err
			} else if last {
				return fault.New(fault.Conflict, "source.last_link", "", "this is the only way you can sign in: set a password first")
			}
			if err := s.identities.Delete(tx, identityKey(i.Source, i.Subject)); err != nil {
				return err
			}
			return s.linked(tx, by, "source.unlink", i)
		}
		return fault.New(fault.NotFound, "source.not_linked", "source", "your account is not linked to this source")
	}))
}

func (s *Service) linked(tx *store.Tx, by access.Actor, action string, i *Identity) error {
	x, err := s.rows.Get(tx, key(i.Source))
	if err != nil {
		return err
	}
	a, err := s.Account.Row(tx, i.Account)
	if err != nil {
		return err
	}
	return s.Audit.AddTx(tx, by, audit.Entry{Tenant: a.Tenant, Action: action, ObjectKind: "account", ObjectID: number(a.ID), ObjectName: a.Name,
		Changes: []audit.Change{{Field: "source", New: x.Name}, {Field: "login", New: i.Login}}})
}

// LinkTx makes an account the one of a person.
func (s *Service) LinkTx(tx *store.Tx, by access.Actor, i *Identity) error {
	other, err := s.identities.Get(tx, identityKey(i.Source, i.Subject))
	if err == nil && other.Account != i.Account {
		return fault.New(fault.Exists, "source.linked_elsewhere", "", "this person is linked to another account already")
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	rows, err := s.links(tx, i.Account)
	if err != nil {
		return err
	}
	for _, old := range rows {
		if old.Source == i.Source && old.Subject != i.Subject {
			return fault.New(fault.Exists, "source.linked_already", "", "the account is linked to somebody else at this source already: unlink that first")
		}
	}
	i.Linked = tx.Now()
	if err := s.identities.Put(tx, i); err != nil {
		return err
	}
	return s.linked(tx, by, "source.link", i)
}

// dropIdentities removes links of a source, some at a time; done at the last.
func (s *Service) dropIdentities(tx *store.Tx, source uint64) (done bool, err error) {
	var rows []*Identity
	for i, err := range s.identities.Scan(tx, store.Scan{Prefix: key(source), Limit: 100}) {
		if err != nil {
			return false, err
		}
		rows = append(rows, i)
	}
	for _, i := range rows {
		if err := s.identities.Delete(tx, identityKey(i.Source, i.Subject)); err != nil {
			return false, err
		}
	}
	return len(rows) < 100, nil
}

// ForgetTx removes what is kept of an account, in the commit that deletes it.
func (s *Service) ForgetTx(tx *store.Tx, account uint64) error {
	rows, err := s.links(tx, account)
	if err != nil {
		return err
	}
	for _, i := range rows {
		if err := s.identities.Delete(tx, identityKey(i.Source, i.Subject)); err != nil {
			return err
		}
	}
	return nil
}

// usedTx notes that somebody signed in by a link.
func (s *Service) usedTx(tx *store.Tx, i *Identity, login string) error {
	now := tx.Now().Truncate(time.Minute)
	if i.Used.Equal(now) && (login == "" || i.Login == login) {
		return nil
	}
	i.Used = now
	if login != "" {
		i.Login = login
	}
	return s.identities.Put(tx, i)
}

// Belongs reports whether the source may sign an account in.
func (x *Source) Belongs(a *account.Account) bool { return x.Tenant == 0 || a.Tenant == x.Tenant }

// Link links a person who was proven a moment ago to by's own account; also is
// done in the same commit.
func (s *Service) Link(ctx context.Context, by access.Actor, source uint64, subject, login string, also func(*store.Tx) error) error {
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		x, err := s.rows.Get(tx, key(source))
		if errors.Is(err, store.ErrNotFound) || err == nil && !x.Enabled {
			return missing()
		}
		if err != nil {
			return err
		}
		a, err := s.Account.Row(tx, by.Account)
		if err != nil {
			return err
		}
		if !x.Belongs(a) {
			return fault.New(fault.Denied, "source.other_tenant", "source", "this source is for people of another organisation")
		}
		if also != nil {
			if err := also(tx); err != nil {
				return err
			}
		}
		return s.LinkTx(tx, by, &Identity{Source: source, Subject: subject, Account: by.Account, Login: login})
	}))
}

// Known is the link of a person; store.ErrNotFound.
func (s *Service) Known(r store.Reader, source uint64, subject string) (*Identity, error) {
	return s.identities.Get(r, identityKey(source, subject))
}

// People are the links of a source.
func (s *Service) People(r store.Reader, source uint64) iter.Seq2[*Identity, error] {
	return s.identities.Scan(r, store.Scan{Prefix: key(source)})
}

// PutTx writes a changed link.
func (s *Service) PutTx(tx *store.Tx, i *Identity) error { return s.identities.Put(tx, i) }
