package seal

import (
	"context"
	"errors"
	"fmt"

	"stoa/store"
)

// Errors of Rotate; an error says what to do.
var (
	ErrNoNewKey = errors.New("there is no new master key")
	ErrSameKey  = errors.New("this is the master key already")
	ErrRotating = errors.New("the master key is being changed already")
)

const (
	batch      = 500 // rows read at a time
	maxDamaged = 100 // names in a report
)

// Change is what Rotate tells and asks.
type Change struct {
	// Begun is part of the transaction from which on the new key is the one of the
	// installation, Ended of the one that forgets the old; they write the action log.
	Begun func(tx *store.Tx, from, to string) error
	Ended func(tx *store.Tx, r Rotation) error
	// Told is called after each transaction; an error interrupts the change, which
	// Rotate or Resume go on with.
	Told func(Rotation) error
	// Settle waits until everything has ended that was under way when it was called.
	Settle func(context.Context) error
}

// Rotation is how far a change of the master key is.
type Rotation struct {
	From, To   string // public names of the keys
	Values     int    // wrapped anew so far, by this run
	Resumed    bool   // an interrupted change was completed
	Unreadable int    // values that opened with neither key: they were lost before
	Damaged    []string
}

// field is what Register was told of a table.
type field struct {
	table string
	pass  func(ctx context.Context, p *passing) error
}

// At shows one sealed field of a row: the record that it was sealed for, and where
// it is. An empty one is passed over.
type At func(record string, sealed *[]byte)

// Register says which fields of a table's rows hold what the box sealed, so that a
// change of the master key reaches them. fields calls at for each field of a row.
func Register[T any](b *Box, t store.Table[T], fields func(row *T, at At)) {
	b.fields = append(b.fields, field{t.Name(), func(ctx context.Context, p *passing) error {
		var after store.Key
		for {
			var keys []store.Key
			err := b.db.View(ctx, func(r store.Reader) (err error) {
				keys, after, err = stale(r, t, after, fields, p.keys)
				return err
			})
			if err == nil {
				err = change(ctx, b.db, t, keys, fields, p)
			}
			if err != nil || after == nil {
				return err
			}
		}
	}})
}

// Registered lists the tables with sealed fields.
func (b *Box) Registered() []string {
	var out []string
	for _, f := range b.fields {
		out = append(out, f.table)
	}
	return out
}

// stale finds rows with values under the previous key among the next batch; next
// nil = there are no more rows.
func stale[T any](r store.Reader, t store.Table[T], after store.Key, fields func(*T, At), k *ring) (keys []store.Key, next store.Key, err error) {
	n := 0
	for v, err := range t.Scan(r, store.Scan{After: after, Limit: batch}) {
		if err != nil {
			return nil, nil, err
		}
		n++
		next = t.Key(v)
		old := false
		fields(v, func(_ string, sealed *[]byte) { old = old || len(*sealed) > 0 && !k.current.owns(*sealed) })
		if old {
			keys = append(keys, next)
		}
	}
	if n < batch {
		next = nil
	}
	return keys, next, nil
}

// change wraps anew what the rows hold, in as many transactions as it takes.
func change[T any](ctx context.Context, db *store.DB, t store.Table[T], keys []store.Key, fields func(*T, At), p *passing) error {
	for len(keys) > 0 {
		done, values := 0, 0
		var damaged []string
		err := db.Update(ctx, func(tx *store.Tx) error {
			done, values, damaged = 0, 0, nil
			for ; done < len(keys) && (done == 0 || !tx.Full()); done++ {
				v, err := t.Get(tx, keys[done])
				if errors.Is(err, store.ErrNotFound) {
					continue
				}
				if err != nil {
					return err
				}
				n, bad := rewrap(v, fields, p.keys)
				values, damaged = values+n, append(damaged, bad...)
				if n > 0 {
					if err := t.Update(tx, v); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		keys = keys[done:]
		if err := p.add(t.Name(), values, damaged); err != nil {
			return err
		}
	}
	return nil
}

// rewrap changes the fields of a row.
func rewrap[T any](v *T, fields func(*T, At), k *ring) (values int, damaged []string) {
	fields(v, func(record string, sealed *[]byte) {
		if len(*sealed) == 0 || k.current.owns(*sealed) {
			return
		}
		anew, err := k.current.rewrap(k.previous, *sealed, record)
		if err != nil {
			damaged = append(damaged, record)
			return
		}
		*sealed = anew
		values++
	})
	return values, damaged
}

// passing is one way through all tables.
type passing struct {
	keys *ring
	told func(Rotation) error
	sum  *Rotation
}

func (p *passing) add(table string, values int, damaged []string) error {
	p.sum.Values += values
	p.sum.Unreadable += len(damaged)
	for _, record := range damaged {
		if len(p.sum.Damaged) < maxDamaged {
			p.sum.Damaged = append(p.sum.Damaged, table+": "+record)
		}
	}
	if p.told == nil {
		return nil
	}
	return p.told(*p.sum)
}

// Rotate changes the master key to the one of text; "" takes the one that Open
// found besides, or makes one where the present one lies beside the data. A change
// that was interrupted is completed instead (Resumed).
//
// The new key is the one of the installation at once, and the old one is kept,
// sealed under it, until every value of every registered table is wrapped anew.
// Whoever is interrupted in between goes on, with the new key.
func (b *Box) Rotate(ctx context.Context, text string, c Change) (Rotation, error) {
	if !b.rotating.TryLock() {
		return Rotation{}, ErrRotating
	}
	defer b.rotating.Unlock()
	if b.keys.Load().previous != nil {
		return b.finish(ctx, c, true)
	}
	next, err := b.successor(text)
	if err != nil {
		return Rotation{}, err
	}
	if err := b.begin(ctx, next, c); err != nil {
		return Rotation{}, err
	}
	return b.finish(ctx, c, false)
}

// Resume completes a change that was interrupted; without one it does nothing.
func (b *Box) Resume(ctx context.Context, c Change) (Rotation, error) {
	if !b.rotating.TryLock() {
		return Rotation{}, ErrRotating
	}
	defer b.rotating.Unlock()
	if b.keys.Load().previous == nil {
		return Rotation{}, nil
	}
	return b.finish(ctx, c, true)
}

// successor is the key to change to, in place where a start finds it.
func (b *Box) successor(text string) (*master, error) {
	k, next, staged := b.keys.Load(), (*master)(nil), false
	switch {
	case text != "":
		m, err := parse(text)
		if err != nil {
			return nil, fmt.Errorf("seal: the new master key: %w", err)
		}
		next = m
	case b.spare != nil:
		next, staged = b.spare.key, b.spare.staged
	case k.status.Generated:
		m, err := parse(NewKey())
		if err != nil {
			return nil, err
		}
		next = m
	default:
		return nil, fmt.Errorf("%w: the present one comes from outside the data directory (%s), so give the new one too: --new FILE, the credential %s or the variable %s",
			ErrNoNewKey, k.status.Source, NewCredentialName, NewVariable)
	}
	if next.name() == k.current.name() {
		return nil, fmt.Errorf("%w: %s", ErrSameKey, next.name())
	}
	if k.status.Generated && !staged {
		if err := stage(k.status.Path, next); err != nil {
			return nil, err
		}
	}
	b.spare = &spare{key: next, staged: k.status.Generated}
	return next, nil
}

// begin makes next the key of the installation.
func (b *Box) begin(ctx context.Context, next *master, c Change) error {
	old := b.keys.Load()
	k := *old
	k.current, k.previous = next, old.current
	err := b.db.Update(ctx, func(tx *store.Tx) error {
		for id, record := range map[uint64]string{checkID: checkRecord, rootID: rootRecord, previousID: previousRecord} {
			plain := map[uint64][]byte{checkID: []byte(rootedText), rootID: old.root, previousID: old.current.raw}[id]
			if err := b.write(tx, &k, id, record, plain); err != nil {
				return err
			}
		}
		if c.Begun == nil {
			return nil
		}
		return c.Begun(tx, old.current.name(), next.name())
	})
	if err != nil {
		return err
	}
	return b.take(&k)
}

// finish wraps everything anew and forgets the previous key. It goes through the
// tables twice: what was sealed before the change began can have been written
// after the first time had passed its table.
func (b *Box) finish(ctx context.Context, c Change, resumed bool) (Rotation, error) {
	k := b.keys.Load()
	sum := Rotation{From: k.previous.name(), To: k.current.name(), Resumed: resumed}
	for pass := range 2 {
		sum.Unreadable, sum.Damaged = 0, nil
		for _, f := range b.fields {
			if err := f.pass(ctx, &passing{keys: k, told: c.Told, sum: &sum}); err != nil {
				return sum, fmt.Errorf("the change of the master key was interrupted at the table %s: %w", f.table, err)
			}
		}
		if pass == 0 && c.Settle != nil {
			if err := c.Settle(ctx); err != nil {
				return sum, err
			}
		}
	}
	err := b.db.Update(ctx, func(tx *store.Tx) error {
		if err := b.table.Delete(tx, store.K().Uint(previousID)); err != nil {
			return err
		}
		if c.Ended == nil {
			return nil
		}
		return c.Ended(tx, sum)
	})
	if err != nil {
		return sum, err
	}
	after := *k
	after.previous = nil
	b.keys.Store(&after)
	return sum, nil
}
