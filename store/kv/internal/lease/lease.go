// Package lease keeps leases as rows of a store whose transactions run one at a
// time. It knows no engine.
package lease

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"stoa/store/kv"
)

// Txn is what a driver's transaction gives besides the contract's methods.
type Txn interface {
	kv.Txn
	// GetSystem and PutSystem reach rows that are in nobody's scan.
	GetSystem(key []byte) ([]byte, error)
	PutSystem(key, value []byte) error
	// BeforeCommit runs check once the transaction's function has returned;
	// its error aborts the transaction.
	BeforeCommit(check func() error)
}

// row is a lease as stored. It stays after release: the token must go on rising.
type row struct {
	Token   uint64 `json:"token"`
	Holder  string `json:"holder"`
	Expires int64  `json:"expires"` // Unix nanoseconds; 0 when released
}

// Keeper gives out the leases of one store.
type Keeper struct {
	Store kv.Store
	Clock func() time.Time
}

type lease struct {
	keeper Keeper
	key    []byte
	token  uint64
	holder string
	ttl    time.Duration
}

// Acquire takes the named lease; see kv.Store.
func (k Keeper) Acquire(ctx context.Context, name, holder string, ttl time.Duration) (kv.Lease, error) {
	if ttl <= 0 {
		return nil, fmt.Errorf("kv: lease %q: ttl of %s is not positive", name, ttl)
	}
	l := &lease{keeper: k, key: []byte("lease/" + name), holder: holder, ttl: ttl}
	err := k.Store.Update(ctx, func(tx kv.Txn) error {
		old, err := l.read(tx)
		if err != nil {
			return err
		}
		now := k.Clock()
		if old.Holder != holder && now.UnixNano() < old.Expires {
			return kv.ErrFenced
		}
		l.token = old.Token + 1
		return l.write(tx, now.Add(ttl).UnixNano())
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}

func (l *lease) Token() uint64 { return l.token }

func (l *lease) Renew(ctx context.Context) error {
	return l.keeper.Store.Update(ctx, func(tx kv.Txn) error {
		if err := l.held(tx); err != nil {
			return err
		}
		return l.write(tx, l.keeper.Clock().Add(l.ttl).UnixNano())
	})
}

func (l *lease) Guard(tx kv.Txn) error {
	tx.(Txn).BeforeCommit(func() error { return l.held(tx) })
	return l.held(tx)
}

// Release is no error when somebody else has the lease by now.
func (l *lease) Release(ctx context.Context) error {
	err := l.keeper.Store.Update(ctx, func(tx kv.Txn) error {
		if err := l.held(tx); err != nil {
			return err
		}
		return l.write(tx, 0)
	})
	if errors.Is(err, kv.ErrFenced) {
		return nil
	}
	return err
}

func (l *lease) held(tx kv.Txn) error {
	r, err := l.read(tx)
	if err != nil {
		return err
	}
	if r.Token != l.token || l.keeper.Clock().UnixNano() >= r.Expires {
		return kv.ErrFenced
	}
	return nil
}

func (l *lease) read(tx kv.Txn) (row, error) {
	var r row
	b, err := tx.(Txn).GetSystem(l.key)
	if errors.Is(err, kv.ErrNotFound) {
		return r, nil
	}
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(b, &r); err != nil {
		return r, fmt.Errorf("kv: lease row %q: %w", l.key, err)
	}
	return r, nil
}

func (l *lease) write(tx kv.Txn, expires int64) error {
	b, err := json.Marshal(row{Token: l.token, Holder: l.holder, Expires: expires})
	if err != nil {
		return err
	}
	return tx.(Txn).PutSystem(l.key, b)
}
