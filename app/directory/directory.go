// Package directory is the accounts as they stand: the rows and the ways to them,
// who may see whom, how one is found by what people type, lists and counts. It
// knows no passwords beyond keeping their hashes, and decides no change: package
// account does, through Rows.
//
// Lists in scope without a condition, and those by department or parent, are
// counted exactly. With other conditions they are counted to 10,000 and come in
// the order of ids; another order then holds within the first 10,000. What they
// look in is kept in memory: package column.
package directory

import (
	"context"
	"errors"
	"time"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/app/naming"
	"stoa/app/org"
	"stoa/store"
)

// Service shows accounts. What it gives holds no secret.
type Service struct {
	org  *org.Service
	rows *Rows
	db   *store.DB
}

// New defines the tables; Bind completes the service. The rows are for package
// account alone: they carry the hashes.
func New(s *store.Schema, o *org.Service) (*Service, *Rows) {
	rows := newRows(s)
	return &Service{org: o, rows: rows}, rows
}

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }

func (s *Service) view(ctx context.Context, fn func(store.Reader) error) error {
	return s.db.View(ctx, fn)
}

func invalid(code, field, text string, args ...any) error {
	return fault.New(fault.Invalid, code, field, text, args...)
}

// Members is the number of accounts of a tenant or directly in a department.
func (s *Service) Members(r store.Reader, unit uint64) (int, error) {
	return s.rows.ranked.Count(r, groupUnit(unit))
}

// Secondaries is the number of an account's secondary accounts.
func (s *Service) Secondaries(r store.Reader, owner uint64) (int, error) {
	return s.rows.ranked.Count(r, groupParent(owner))
}

// Belongs reports whether there is such an account in the tenant, among those
// that by sees.
func (s *Service) Belongs(r store.Reader, by access.Actor, tenant, id uint64) (bool, error) {
	a, err := s.rows.Get(r, id)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil && a.Tenant == tenant && (by.Scope() >= access.ScopeTenant || Sees(by, &a.Account)), err
}

// Row is one account as stored, whoever asks: for neighbours that act for the
// server. store.ErrNotFound if there is none.
func (s *Service) Row(r store.Reader, id uint64) (*Account, error) {
	found, err := s.rows.Get(r, id)
	if err != nil {
		return nil, err
	}
	return &found.Account, nil
}

// NameTaken reports whether an account has the user name, in any case.
func (s *Service) NameTaken(r store.Reader, name string) (bool, error) {
	name = naming.Fold(naming.Trim(name))
	if name == "" || len(name) > naming.MaxFolded {
		return false, nil
	}
	return s.rows.byName.Has(r, store.K().Str(name))
}

// EmailTaken reports whether an account has the e-mail, in any case.
func (s *Service) EmailTaken(r store.Reader, email string) (bool, error) {
	return s.rows.byEmail.Has(r, store.K().Str(naming.Fold(email)))
}

// NoteTx writes that the account did something now.
func (s *Service) NoteTx(tx *store.Tx, id uint64) error {
	return s.rows.seen.Put(tx, &seen{Account: id, At: tx.Now().Truncate(time.Minute)})
}

func (s *Service) fillSeen(r store.Reader, a *Account) error {
	at, err := s.rows.seen.Get(r, key(a.ID))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err == nil {
		a.LastSeen = at.At
	}
	return err
}

// SomeTx are the ids of some accounts of a tenant, those that can be deleted first:
// a secondary account comes before its parent. None says that there are none.
func (s *Service) SomeTx(r store.Reader, tenant uint64, limit int) ([]uint64, error) {
	rows, _, err := s.rows.ranked.Page(r, groupUnit(tenant), 0, limit, false)
	if err != nil {
		return nil, err
	}
	out := []uint64{}
	for _, a := range rows {
		below, _, err := s.rows.ranked.Page(r, groupParent(a.ID), 0, limit, false)
		if err != nil {
			return nil, err
		}
		if len(below) > 0 {
			out = out[:0]
			for _, b := range below {
				out = append(out, b.ID)
			}
			return out, nil
		}
		out = append(out, a.ID)
	}
	return out, nil
}
