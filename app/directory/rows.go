package directory

import (
	"errors"
	"time"

	"stoa/app/access"
	"stoa/app/directory/column"
	"stoa/app/naming"
	"stoa/store"
)

// Row is a stored account: the one place where a password's hash is.
type Row struct {
	Account
	Password string `cbor:"40,keyasint,omitempty"` // PHC or bcrypt
}

// seen is when an account last did something, apart from its row, so that using
// the system does not rewrite accounts.
type seen struct {
	Account uint64    `cbor:"1,keyasint"`
	At      time.Time `cbor:"2,keyasint"`
}

// Rows are the stored accounts and their indices.
type Rows struct {
	ids     *store.Sequence
	table   store.Table[Row]
	byName  store.Unique[Row]
	byEmail store.Unique[Row]
	byPhone store.Unique[Row]
	phones  store.Index[Row]
	ranked  store.Ranked[Row]
	names   store.Ranked[Row]
	held    store.Ranked[Row]
	byRole  store.Ranked[Row]
	seen    store.Table[seen]

	column *column.Column // what is searched, in memory
}

func newRows(schema *store.Schema) *Rows {
	t := store.Define(schema, 21, "account", func(r *Row) store.Key { return key(r.ID) })
	s := &Rows{column: column.New(), table: t, ids: store.NewSequence(schema, 20, "account_id", 1)}
	s.byName = t.Unique(1, "name", func(r *Row) (store.Key, bool) { return store.K().Str(naming.Fold(r.Name)), true })
	s.byEmail = t.Unique(2, "email", func(r *Row) (store.Key, bool) { return store.K().Str(naming.Fold(r.Email)), r.Email != "" })
	s.byPhone = t.Unique(3, "phone", func(r *Row) (store.Key, bool) { return phoneKey(r.Tenant, r.Phone), r.Phone != "" })
	s.phones = t.Index(4, "phones", func(r *Row) []store.Key {
		if r.Phone == "" {
			return nil
		}
		return []store.Key{store.K().Str(r.Phone)}
	})
	s.ranked = t.Ranked(5, "groups", groups, func(*Row) store.Key { return nil })
	s.names = t.Ranked(6, "names", tenants, func(r *Row) store.Key { return store.K().Str(naming.Fold(r.Name)) })
	s.held = t.Ranked(9, "positions", positions, func(*Row) store.Key { return nil })
	s.byRole = t.Ranked(20, "roles", roleGroups, func(*Row) store.Key { return nil })
	s.seen = store.Define(schema, 22, "account_seen", func(r *seen) store.Key { return key(r.Account) })
	return s
}

func key(id uint64) store.Key { return store.K().Uint(id) }

func phoneKey(tenant uint64, phone string) store.Key { return store.K().Uint(tenant).Str(phone) }

// The groups that are counted exactly. Tenants and departments share one id
// space and so one kind of group.
func groupAll() store.Key             { return store.K().Uint(0) }
func groupUnit(id uint64) store.Key   { return store.K().Uint(1).Uint(id) }
func groupParent(id uint64) store.Key { return store.K().Uint(2).Uint(id) }
func tenants(r *Row) []store.Key      { return []store.Key{groupAll(), groupUnit(r.Tenant)} }
func groups(r *Row) []store.Key {
	out := append(make([]store.Key, 0, 4), groupAll(), groupUnit(r.Tenant))
	if r.Department != 0 && r.Department != r.Tenant {
		out = append(out, groupUnit(r.Department))
	}
	if r.Parent != 0 {
		out = append(out, groupParent(r.Parent))
	}
	return out
}

// positions are the groups of who holds a post or a grade; the two share one id
// space.
func positions(r *Row) []store.Key {
	out := make([]store.Key, 0, len(r.Posts)+1)
	for _, id := range r.Posts {
		out = append(out, key(id))
	}
	if r.Grade != 0 {
		out = append(out, key(r.Grade))
	}
	return out
}

// NextID is an id that no account ever had.
func (s *Rows) NextID(tx *store.Tx) (uint64, error) { return s.ids.Next(tx) }

// KeepID makes later ids come after one that was given.
func (s *Rows) KeepID(tx *store.Tx, id uint64) error { return s.ids.Skip(tx, id) }

// Free refuses, in the words of told, an account whose name, e-mail or phone
// another one has: what Insert would refuse now.
func (s *Rows) Free(r store.Reader, a *Account, told func(error) error) error {
	name, err := s.byName.Has(r, store.K().Str(naming.Fold(a.Name)))
	if err == nil && name {
		err = orTold(nil, told, s.table.Name(), "name")
	}
	if err == nil && a.Email != "" {
		if has, e := s.byEmail.Has(r, store.K().Str(naming.Fold(a.Email))); e != nil || has {
			err = orTold(e, told, s.table.Name(), "email")
		}
	}
	if err == nil && a.Phone != "" {
		if has, e := s.byPhone.Has(r, phoneKey(a.Tenant, a.Phone)); e != nil || has {
			err = orTold(e, told, s.table.Name(), "phone")
		}
	}
	return err
}

func orTold(err error, told func(error) error, table, index string) error {
	if err != nil {
		return err
	}
	return told(&store.TakenError{Table: table, Index: index})
}

// Get is an account by its id, whoever asks; store.ErrNotFound.
func (s *Rows) Get(r store.Reader, id uint64) (*Row, error) { return s.table.Get(r, key(id)) }

// Insert writes a new account; *store.TakenError names the index of a name,
// e-mail or phone that another one has.
func (s *Rows) Insert(tx *store.Tx, r *Row) error {
	return s.told(tx, r, s.table.Insert(tx, r))
}

// Update writes a changed account, with the errors of Insert.
func (s *Rows) Update(tx *store.Tx, r *Row) error {
	return s.told(tx, r, s.table.Update(tx, r))
}

// told has searches know of a row that was written, once it is durable.
func (s *Rows) told(tx *store.Tx, r *Row, err error) error {
	if err == nil {
		a := r.Account
		tx.OnCommit(func() { s.column.Put(entryOf(&a)) })
	}
	return err
}

// Delete removes an account, and the note of when it last did something.
func (s *Rows) Delete(tx *store.Tx, id uint64) error {
	if err := s.seen.Delete(tx, key(id)); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if err := s.table.Delete(tx, key(id)); err != nil {
		return err
	}
	tx.OnCommit(func() { s.column.Drop(id) })
	return nil
}

// Visible is an account that by may see; Missing for one that is not there and
// for one that by may not see, so that the two can't be told apart.
func (s *Rows) Visible(r store.Reader, by access.Actor, id uint64) (*Row, error) {
	found, err := s.Get(r, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, Missing()
	}
	if err != nil {
		return nil, err
	}
	if !Sees(by, &found.Account) {
		return nil, Missing()
	}
	return found, nil
}

// Find is the account that a login names: a user name, an e-mail or a phone.
// tenant limits it to one tenant, 0 means any. store.ErrNotFound if there is
// none, or if it is a phone of several.
func (s *Rows) Find(r store.Reader, login string, tenant uint64) (*Row, error) {
	if len(login) > 4*naming.MaxName+naming.MaxEmail || login == "" {
		return nil, store.ErrNotFound
	}
	if phone, err := naming.Phone(login); err == nil && phone != "" {
		found, err := s.findPhone(r, phone, tenant)
		if err != nil || found != nil {
			return found, err
		}
	}
	name := naming.Fold(naming.Trim(login))
	found, err := s.byName.Get(r, store.K().Str(name))
	if errors.Is(err, store.ErrNotFound) {
		found, err = s.byEmail.Get(r, store.K().Str(name))
	}
	if err == nil && tenant != 0 && found.Tenant != tenant {
		return nil, store.ErrNotFound
	}
	return found, err
}

// findPhone is the account with a phone; nil if there is none, ErrNotFound if
// there are several.
func (s *Rows) findPhone(r store.Reader, phone string, tenant uint64) (*Row, error) {
	if tenant != 0 {
		found, err := s.byPhone.Get(r, phoneKey(tenant, phone))
		if errors.Is(err, store.ErrNotFound) {
			return nil, nil
		}
		return found, err
	}
	var only *Row
	for found, err := range s.phones.Scan(r, store.Scan{Prefix: store.K().Str(phone), Limit: 2}) {
		if err != nil {
			return nil, err
		}
		if only != nil {
			return nil, store.ErrNotFound
		}
		only = found
	}
	return only, nil
}
