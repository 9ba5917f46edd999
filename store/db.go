package store

import (
	"context"
	"fmt"
	"time"

	"stoa/store/internal/counted"
	"stoa/store/internal/txn"
	"stoa/store/kv"
)

// Options of Open.
type Options struct {
	Clock func() time.Time // nil = time.Now
}

// DB is a schema's tables on an engine. It is safe for concurrent use.
type DB struct {
	engine kv.Store
	schema *Schema
	clock  func() time.Time
}

// Open checks that engine holds data of this schema, or nothing, and brings it
// up to the schema: indexes that the data lacks are built, those that the schema
// no longer has are dropped, pending migrations run. Open can be interrupted at
// any point and goes on the next time. ErrNewer means that a newer program wrote
// the data, ErrSchema that the schema contradicts itself or the data.
func Open(ctx context.Context, engine kv.Store, s *Schema, o Options) (*DB, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	db := &DB{engine: engine, schema: s, clock: o.Clock}
	if err := db.prepare(ctx); err != nil {
		return nil, err
	}
	return db, nil
}

// Clock is the time now, in UTC.
func (db *DB) Clock() time.Time { return db.clock().UTC() }

// Engine is the key-value store underneath.
func (db *DB) Engine() kv.Store { return db.engine }

// Close closes the engine.
func (db *DB) Close() error { return db.engine.Close() }

// Reader reads one snapshot: that of a View, or a *Tx with its own writes. It
// is valid until the function that received it returns, and belongs to one
// goroutine.
type Reader interface {
	// Now is the time at which the transaction began, in UTC.
	Now() time.Time

	reader() txn.Reader
	nodes() *counted.Nodes
}

type view struct {
	pairs  txn.View
	ranked counted.Nodes
	now    time.Time
}

func (v *view) Now() time.Time        { return v.now }
func (v *view) reader() txn.Reader    { return &v.pairs }
func (v *view) nodes() *counted.Nodes { return &v.ranked }

// View runs fn on one snapshot.
func (db *DB) View(ctx context.Context, fn func(Reader) error) error {
	return db.engine.View(ctx, func(r kv.Reader) error {
		return fn(&view{pairs: txn.View{Reader: r}, ranked: counted.NewNodes(r), now: db.Clock()})
	})
}

// Update runs fn and commits what it wrote, all or nothing; it returns when the
// commit is durable. fn may run more than once: it must have no effect but
// through tx and on variables that it assigns afresh, and it must not wait.
func (db *DB) Update(ctx context.Context, fn func(*Tx) error) error {
	var committed []func()
	err := db.engine.Update(ctx, func(t kv.Txn) error {
		tx := &Tx{pairs: txn.New(t), now: db.Clock()}
		tx.ranked = counted.NewNodes(&tx.pairs)
		committed = nil
		if err := fn(tx); err != nil {
			return err
		}
		if err := tx.flush(); err != nil {
			return err
		}
		committed = tx.onCommit
		return nil
	})
	if err != nil {
		return err
	}
	for _, fn := range committed {
		fn()
	}
	return nil
}

// Tx is a Reader that also writes. It ends with the function that received it.
type Tx struct {
	pairs    txn.Tx
	ranked   counted.Nodes // written by flush
	now      time.Time
	onCommit []func()
}

// Now is the time at which this run of the transaction began, in UTC.
func (tx *Tx) Now() time.Time { return tx.now }

// OnCommit has fn run once, after the transaction is durable: to wake a worker
// that would find the row anyway. It does not run if the transaction fails. Several
// run in the order in which they were given.
func (tx *Tx) OnCommit(fn func()) { tx.onCommit = append(tx.onCommit, fn) }

func (tx *Tx) reader() txn.Reader    { return &tx.pairs }
func (tx *Tx) nodes() *counted.Nodes { return &tx.ranked }

// Full reports whether more than half of what the engines let one transaction
// write is used up. Work in batches ends its batch then and goes on in the next
// transaction.
func (tx *Tx) Full() bool { return tx.pairs.Full(2 * tx.ranked.Len()) }

// flush writes the changed nodes of ranked indexes.
func (tx *Tx) flush() error {
	if err := tx.pairs.Err(); err != nil {
		return fmt.Errorf("store: an earlier write of the transaction failed: %w", err)
	}
	return tx.ranked.Save(&tx.pairs)
}

// getOrNil is the value of key, nil if it is absent.
func getOrNil(r Reader, key []byte) ([]byte, error) { return txn.Lookup(r.reader(), key) }
