package tree

import (
	"context"
	"errors"
	"strconv"
	"time"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/store"
)

// Stamp points to what a keeper itself writes into a row.
type Stamp struct {
	ID, Version       *uint64
	Created, Modified *time.Time
	ModifiedBy        *string
}

// Kind says what the rows of a keeper's tree are.
type Kind[T any] struct {
	Noun    string // what a row is called in faults and in the action log: "menu"
	Read    access.Permission
	Write   access.Permission
	At      func(*T) Place
	Stamp   func(*T) Stamp
	Name    func(*T) string
	Instead string // what to do with a row that came with the product, which is never deleted: "hide it"
	// Check brings a row into its stored form and refuses what must not be; before
	// is nil for a new row.
	Check func(by access.Actor, before, now *T) error
	// Diff names the changed fields for the action log.
	Diff func(before, now *T) []audit.Change
}

// Keeper is a tree that administrators see to and that roles grant: every operation
// checks the right, keeps the rules, and writes the row and its entry in the action
// log together.
type Keeper[T any] struct {
	kind    Kind[T]
	audit   *audit.Service
	db      *store.DB
	rows    *Rows[T]
	changed func(context.Context) error
	granted func(id uint64) int
}

// NewKeeper defines the tables; Bind and Depend complete the keeper.
func NewKeeper[T any](s *store.Schema, sequence, table uint16, log *audit.Service, kind Kind[T]) *Keeper[T] {
	return &Keeper[T]{kind: kind, audit: log, rows: Define(s, sequence, table, kind.Noun, kind.At)}
}

// Bind gives the keeper its store.
func (k *Keeper[T]) Bind(db *store.DB) { k.db = db }

// Depend sets what the roles, which are built on the rows, are told and asked:
// changed after every change, granted for the number of roles that grant a row.
func (k *Keeper[T]) Depend(changed func(context.Context) error, granted func(id uint64) int) {
	k.changed, k.granted = changed, granted
}

// All are the rows in a transaction, parents first, siblings in order.
func (k *Keeper[T]) All(r store.Reader) ([]T, error) { return k.rows.All(r) }

// List shows all rows, parents first, siblings in order.
func (k *Keeper[T]) List(ctx context.Context, by access.Actor) ([]T, error) {
	if err := by.Need(k.kind.Read); err != nil {
		return nil, err
	}
	var all []T
	err := k.db.View(ctx, func(r store.Reader) (err error) {
		all, err = k.rows.All(r)
		return err
	})
	return all, fault.Wrap(err)
}

// Get is one row.
func (k *Keeper[T]) Get(ctx context.Context, by access.Actor, id uint64) (*T, error) {
	if err := by.Need(k.kind.Read); err != nil {
		return nil, err
	}
	var v *T
	err := k.db.View(ctx, func(r store.Reader) (err error) {
		v, err = k.rows.Get(r, id)
		return err
	})
	return v, fault.Wrap(err)
}

// Add makes a row of a draft.
func (k *Keeper[T]) Add(ctx context.Context, by access.Actor, draft T) (*T, error) {
	if err := by.Need(k.kind.Write); err != nil {
		return nil, err
	}
	if err := k.kind.Check(by, nil, &draft); err != nil {
		return nil, err
	}
	var v *T
	err := k.update(ctx, func(tx *store.Tx) error {
		fresh := draft
		v = &fresh
		if err := k.insert(tx, v, by.Name); err != nil {
			return err
		}
		return k.record(tx, by, "create", v, nil)
	})
	return v, err
}

func (k *Keeper[T]) insert(tx *store.Tx, v *T, by string) (err error) {
	stamp := k.kind.Stamp(v)
	if *stamp.ID, err = k.rows.NextID(tx); err != nil {
		return err
	}
	*stamp.Created, *stamp.Modified, *stamp.ModifiedBy, *stamp.Version = tx.Now(), tx.Now(), by, 1
	return k.rows.Insert(tx, v)
}

// Change changes a row, or moves it with all below it. ifVersion 0 skips the check
// for a change by somebody else.
func (k *Keeper[T]) Change(ctx context.Context, by access.Actor, id uint64, apply func(*T), ifVersion uint64) (*T, error) {
	if err := by.Need(k.kind.Write); err != nil {
		return nil, err
	}
	var v *T
	err := k.update(ctx, func(tx *store.Tx) (err error) {
		if v, err = k.rows.Get(tx, id); err != nil {
			return err
		}
		stamp := k.kind.Stamp(v)
		if ifVersion != 0 && *stamp.Version != ifVersion {
			return fault.New(fault.Stale, k.kind.Noun+".stale", "", "it was changed by %s meanwhile: read it again", *stamp.ModifiedBy)
		}
		before := *v
		apply(v)
		if err := k.kind.Check(by, &before, v); err != nil {
			return err
		}
		changes := k.kind.Diff(&before, v)
		if len(changes) == 0 {
			return nil
		}
		*stamp.Modified, *stamp.ModifiedBy = tx.Now(), by.Name
		*stamp.Version++
		if err := k.rows.Update(tx, v, k.kind.At(v).Parent != k.kind.At(&before).Parent); err != nil {
			return err
		}
		return k.record(tx, by, "update", v, changes)
	})
	return v, err
}

// Delete removes a row that nothing stands under and that no role grants. Those that
// came with the product stay.
func (k *Keeper[T]) Delete(ctx context.Context, by access.Actor, id uint64) error {
	if err := by.Need(k.kind.Write); err != nil {
		return err
	}
	return k.update(ctx, func(tx *store.Tx) error {
		v, err := k.rows.Get(tx, id)
		if err != nil {
			return err
		}
		if k.kind.At(v).Key != "" {
			text := k.kind.Name(v) + " came with the product and stays"
			if k.kind.Instead != "" {
				text += ": " + k.kind.Instead + " instead"
			}
			return fault.New(fault.Conflict, k.kind.Noun+".builtin", "id", "%s", text)
		}
		if n := k.granted(id); n > 0 {
			return fault.New(fault.Conflict, k.kind.Noun+".granted", "id", "%d roles grant %s: take it from them first", n, k.kind.Name(v))
		}
		if err := k.rows.Delete(tx, id); err != nil {
			return err
		}
		return k.record(tx, by, "delete", v, nil)
	})
}

// Deliver runs a transaction that puts in what comes with the product. The roles are
// not told: it happens before they are read.
func (k *Keeper[T]) Deliver(ctx context.Context, fn func(tx *store.Tx, rows *Rows[T]) error) error {
	return fault.Wrap(k.db.Update(ctx, func(tx *store.Tx) error { return fn(tx, k.rows) }))
}

// Keys are the keys of the rows that came with the product.
func (k *Keeper[T]) Keys(ctx context.Context) (keys map[string]bool, err error) {
	err = k.db.View(ctx, func(r store.Reader) error {
		keys = map[string]bool{}
		for v, err := range k.rows.table.Scan(r, store.Scan{}) {
			if err != nil {
				return err
			}
			if key := k.kind.At(v).Key; key != "" {
				keys[key] = true
			}
		}
		return nil
	})
	return keys, fault.Wrap(err)
}

// Ensure gives the row with the key of v, and whether it was there; else it puts v in.
func (k *Keeper[T]) Ensure(tx *store.Tx, v *T) (row *T, was bool, err error) {
	old, err := k.rows.ByKey(tx, k.kind.At(v).Key)
	if err == nil || !errors.Is(err, store.ErrNotFound) {
		return old, true, err
	}
	return v, false, k.insert(tx, v, "")
}

// update is a change, of which the roles are told once it is durable, and before
// watchers hear of it from the action log.
func (k *Keeper[T]) update(ctx context.Context, fn func(*store.Tx) error) error {
	var told error
	err := k.db.Update(ctx, func(tx *store.Tx) error {
		tx.OnCommit(func() { told = k.changed(ctx) })
		return fn(tx)
	})
	return errors.Join(fault.Wrap(err), told)
}

func (k *Keeper[T]) record(tx *store.Tx, by access.Actor, act string, v *T, changes []audit.Change) error {
	return k.audit.AddTx(tx, by, audit.Entry{Action: k.kind.Noun + "." + act, ObjectKind: k.kind.Noun,
		ObjectID: strconv.FormatUint(k.kind.At(v).ID, 10), ObjectName: k.kind.Name(v), Changes: changes})
}
