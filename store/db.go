package store

import (
	"context"
	"errors"
	"fmt"
	"time"

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

	get(key []byte) ([]byte, error)
	scan(r kv.Range, fn func(key, value []byte) bool) error
	node(at nodeAddress) (*node, error)
}

type view struct {
	kv    kv.Reader
	now   time.Time
	nodes map[string]*node
}

func (v *view) Now() time.Time                 { return v.now }
func (v *view) get(key []byte) ([]byte, error) { return v.kv.Get(key) }

func (v *view) scan(r kv.Range, fn func(key, value []byte) bool) error {
	return v.kv.Scan(r, fn)
}

func (v *view) node(at nodeAddress) (*node, error) {
	name := string(at.key(kindRankCount))
	if n, ok := v.nodes[name]; ok {
		return n, nil
	}
	n, err := loadNode(v, at)
	if err != nil {
		return nil, err
	}
	if v.nodes == nil {
		v.nodes = map[string]*node{}
	}
	v.nodes[name] = n
	return n, nil
}

// View runs fn on one snapshot.
func (db *DB) View(ctx context.Context, fn func(Reader) error) error {
	return db.engine.View(ctx, func(r kv.Reader) error {
		return fn(&view{kv: r, now: db.Clock()})
	})
}

// Update runs fn and commits what it wrote, all or nothing; it returns when the
// commit is durable. fn may run more than once: it must have no effect but
// through tx and on variables that it assigns afresh, and it must not wait.
func (db *DB) Update(ctx context.Context, fn func(*Tx) error) error {
	var committed []func()
	err := db.engine.Update(ctx, func(txn kv.Txn) error {
		tx := &Tx{txn: txn, now: db.Clock()}
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
	txn      kv.Txn
	now      time.Time
	err      error // of the first write that failed: nothing may be committed
	writes   int
	bytes    int
	nodes    map[string]*node // ranked nodes read or changed; written by flush
	order    []string         // keys of nodes in the order they came
	onCommit []func()
}

// Now is the time at which this run of the transaction began, in UTC.
func (tx *Tx) Now() time.Time { return tx.now }

// OnCommit has fn run once, after the transaction is durable: to wake a worker
// that would find the row anyway. It does not run if the transaction fails.
func (tx *Tx) OnCommit(fn func()) { tx.onCommit = append(tx.onCommit, fn) }

func (tx *Tx) get(key []byte) ([]byte, error) { return tx.txn.Get(key) }

func (tx *Tx) scan(r kv.Range, fn func(key, value []byte) bool) error {
	return tx.txn.Scan(r, fn)
}

// Full reports whether more than half of what the engines let one transaction
// write is used up. Work in batches ends its batch then and goes on in the next
// transaction.
func (tx *Tx) Full() bool {
	return tx.writes+2*len(tx.nodes) > kv.MaxTxnOps/2 || tx.bytes > kv.MaxTxnBytes/2
}

func (tx *Tx) put(key, value []byte) error {
	tx.writes++
	tx.bytes += len(key) + len(value)
	return tx.keep(tx.txn.Put(key, value))
}

func (tx *Tx) del(key []byte) error {
	tx.writes++
	tx.bytes += len(key)
	return tx.keep(tx.txn.Delete(key))
}

// keep remembers that a row and its entries were written in part only, so that
// a caller that goes on after the error does not commit them.
func (tx *Tx) keep(err error) error {
	if err != nil && tx.err == nil {
		tx.err = err
	}
	return err
}

func (tx *Tx) node(at nodeAddress) (*node, error) {
	name := string(at.key(kindRankCount))
	if n, ok := tx.nodes[name]; ok {
		return n, nil
	}
	n, err := loadNode(tx, at)
	if err != nil {
		return nil, tx.keep(err)
	}
	tx.remember(name, n)
	return n, nil
}

func (tx *Tx) remember(name string, n *node) {
	if tx.nodes == nil {
		tx.nodes = map[string]*node{}
	}
	if _, ok := tx.nodes[name]; !ok {
		tx.order = append(tx.order, name)
	}
	tx.nodes[name] = n
}

// flush writes the changed ranked nodes: each once, however often it changed.
func (tx *Tx) flush() error {
	if tx.err != nil {
		return fmt.Errorf("store: an earlier write of the transaction failed: %w", tx.err)
	}
	for _, name := range tx.order {
		if err := tx.nodes[name].save(tx); err != nil {
			return err
		}
	}
	return nil
}

// getOrNil is get with nil for a key that is absent.
func getOrNil(r Reader, key []byte) ([]byte, error) {
	value, err := r.get(key)
	if errors.Is(err, kv.ErrNotFound) {
		return nil, nil
	}
	if err == nil && value == nil {
		value = []byte{}
	}
	return value, err
}
