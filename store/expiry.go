package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"
)

// expiry is the index of a table's rows by the time they end.
type expiry[P any] struct {
	place
	at func(P) time.Time
}

const (
	timeSize  = 8  // bytes of Key.Time
	reapBatch = 64 // rows looked at in one transaction
)

// Reap deletes up to limit rows whose time has come, with their index entries,
// in transactions well within the engine's limits. It answers how many, and when
// the next row is due: in the past if the limit ended the work, zero if no row
// has an end. Several processes may reap at once.
func (db *DB) Reap(ctx context.Context, limit int) (n int, next time.Time, err error) {
	for _, t := range db.schema.tables {
		if !t.hasExpiry() {
			continue
		}
		reaped, at, err := db.reapTable(ctx, t, limit-n)
		n += reaped
		if err != nil {
			return n, time.Time{}, err
		}
		if !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return n, next, nil
}

// reapTable deletes batch by batch until nothing is due or limit is reached.
func (db *DB) reapTable(ctx context.Context, t anyTable, limit int) (total int, next time.Time, err error) {
	for ctx.Err() == nil {
		var due []entry
		err := db.View(ctx, func(r Reader) error {
			due, next, err = t.due(r, min(limit-total, reapBatch))
			return err
		})
		if err != nil || len(due) == 0 {
			return total, next, err
		}
		var done int
		err = db.Update(ctx, func(tx *Tx) error {
			done = 0
			for _, e := range due {
				deleted, err := t.expire(tx, e)
				if err != nil {
					return err
				}
				if deleted {
					done++
				}
				if tx.Full() {
					break
				}
			}
			return nil
		})
		if err != nil {
			return total, next, err
		}
		total += done
	}
	return total, next, ctx.Err()
}

func (t *table[P]) hasExpiry() bool { return t.expiry != nil }

// due lists up to limit entries whose time has come, and the time of the first
// one that it does not list.
func (t *table[P]) due(r Reader, limit int) (due []entry, next time.Time, err error) {
	for e, err := range scanEntries(r, t.expiry.pre, Scan{Limit: max(limit, 0) + 1}, true) {
		if err != nil {
			return nil, time.Time{}, err
		}
		at, _, err := t.expiry.split(e)
		if err != nil {
			return nil, time.Time{}, err
		}
		if at.After(r.Now()) || len(due) >= limit {
			return due, at, nil
		}
		due = append(due, entry{Key: bytes.Clone(e.Key)})
	}
	return due, time.Time{}, nil
}

// expire deletes the row of an entry. If the row is gone or ends at another time
// by now, it only sees to it that the entry is gone too.
func (t *table[P]) expire(tx *Tx, e entry) (bool, error) {
	_, pk, err := t.expiry.split(e)
	if err != nil {
		return false, err
	}
	row, err := t.Get(tx, pk)
	if errors.Is(err, ErrNotFound) {
		return false, tx.pairs.Delete(e.Key)
	}
	if err != nil {
		return false, err
	}
	if now := t.expiry.entries(row, pk); len(now) == 0 || !bytes.Equal(now[0].Key, e.Key) {
		return false, tx.pairs.Delete(e.Key)
	}
	return true, t.Delete(tx, pk)
}

func (x *expiry[P]) entries(row P, pk Key) []entry {
	at := x.at(row)
	if at.IsZero() {
		return nil
	}
	return []entry{{Key: join(x.pre, K().Time(at), pk), Value: []byte{}}}
}

func (x *expiry[P]) split(e entry) (time.Time, Key, error) {
	if len(e.Key) <= len(x.pre)+timeSize {
		return time.Time{}, nil, fmt.Errorf("%w: expiry entry %x", ErrCorrupt, e.Key)
	}
	r := Key(e.Key[len(x.pre):]).Reader()
	return r.NextTime(), r.Rest(), r.Err()
}

func (x *expiry[P]) primary(e entry) (Key, error) {
	_, pk, err := x.split(e)
	return pk, err
}
