package seal

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"

	"stoa/store"
)

// row is one of the few values that the box keeps for itself.
type row struct {
	ID     uint64 `cbor:"1,keyasint"`
	KeyID  string `cbor:"2,keyasint"`
	Sealed []byte `cbor:"3,keyasint"`
}

const (
	// The check value lets a start with another master key be refused at once,
	// instead of failing at the first secret that is needed.
	checkID     = 1
	checkRecord = "seal/check"
	checkText   = "stoa" // keys are derived from the master key itself
	// rootedText says that they are not: a program that knows no root secret would
	// derive others, and is to refuse the data.
	rootedText = "stoa 2"

	// What keys are derived from.
	rootID     = 2
	rootRecord = "seal/root"

	// The previous master key, sealed under the present one, as long as anything
	// is sealed under it. The present one is never sealed under the previous: who
	// has that one shall not get the new one by it.
	previousID     = 3
	previousRecord = "seal/previous"
)

// ErrWrongKey means that the data was made under another master key.
var ErrWrongKey = errors.New("the master key is not the one of this data")

// Define adds the table of the box to the schema; before store.Open, and before
// other tables are registered.
func (b *Box) Define(s *store.Schema) {
	b.fields = nil
	b.table = store.Define(s, 1, "seal", func(r *row) store.Key { return store.K().Uint(r.ID) })
}

// Bind compares the master key with the one that db's data was made under, or
// remembers it when the data is new. ErrWrongKey says what to do.
func (b *Box) Bind(ctx context.Context, db *store.DB) error {
	b.db = db
	var next *ring
	err := db.Update(ctx, func(tx *store.Tx) (err error) {
		next, err = b.load(tx)
		return err
	})
	if err != nil {
		if errors.Is(err, ErrWrongKey) && b.fresh {
			// The key made a moment ago serves nothing, and would hide from the next
			// start that the right one is missing.
			return errors.Join(err, os.Remove(b.Status().Path))
		}
		return err
	}
	return b.take(next)
}

// take goes over to the keys that the data asks for.
func (b *Box) take(next *ring) error {
	old, staged, fresh := b.keys.Load(), b.spare != nil && b.spare.staged, b.fresh
	changed := next.current.name() != old.current.name()
	next.status.Elsewhere = old.status.Elsewhere || changed && !old.status.Generated
	b.keys.Store(next)
	b.fresh = false
	if !changed {
		return nil
	}
	b.spare = nil
	if !old.status.Generated {
		return nil
	}
	if !staged {
		if err := stage(old.status.Path, next.current); err != nil {
			return err
		}
	}
	if fresh {
		return install(old.status.Path, "")
	}
	return install(old.status.Path, old.current.name())
}

// load reads what the box keeps, and makes what is missing.
func (b *Box) load(tx *store.Tx) (*ring, error) {
	next := *b.keys.Load()
	next.previous, next.root = nil, nil
	check, err := b.table.Get(tx, store.K().Uint(checkID))
	if errors.Is(err, store.ErrNotFound) {
		next.root = make([]byte, keySize)
		_, _ = rand.Read(next.root) // never fails (crypto/rand)
		return &next, errors.Join(b.write(tx, &next, checkID, checkRecord, []byte(rootedText)), b.write(tx, &next, rootID, rootRecord, next.root))
	}
	if err != nil {
		return nil, err
	}
	if next.current = b.fitting(check); next.current == nil {
		return nil, b.wrong(tx, check)
	}
	switch next.root, err = b.read(tx, &next, rootID, rootRecord); {
	case err != nil:
		return nil, err
	case next.root == nil: // of the time when keys were derived from the master key: they stay
		next.root = next.current.raw
		if err := b.write(tx, &next, rootID, rootRecord, next.root); err != nil {
			return nil, err
		}
	}
	raw, err := b.read(tx, &next, previousID, previousRecord)
	if err != nil || raw == nil {
		return &next, err
	}
	next.previous, err = newMaster(raw)
	return &next, err
}

// fitting is which of the keys that were found the check value is of; nil = none.
func (b *Box) fitting(check *row) *master {
	found := []*master{b.keys.Load().current}
	if b.spare != nil {
		found = append(found, b.spare.key)
	}
	for _, m := range found {
		if plain, err := m.open(check.Sealed, checkRecord); err == nil && (string(plain) == checkText || string(plain) == rootedText) {
			return m
		}
	}
	return nil
}

func (b *Box) write(tx *store.Tx, under *ring, id uint64, record string, plain []byte) error {
	sealed, err := under.current.seal(plain, record)
	if err != nil {
		return err
	}
	return b.table.Put(tx, &row{ID: id, KeyID: under.current.name(), Sealed: sealed})
}

// read gives nil when there is no such row.
func (b *Box) read(tx *store.Tx, under *ring, id uint64, record string) ([]byte, error) {
	r, err := b.table.Get(tx, store.K().Uint(id))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return under.current.open(r.Sealed, record)
}

// wrong says which key the data needs.
func (b *Box) wrong(r store.Reader, check *row) error {
	status := b.Status()
	if b.fresh {
		return fmt.Errorf("%w: that one has the id %s, and its file %s is missing: put it back from your backup", ErrWrongKey, check.KeyID, status.Path)
	}
	from := status.Source
	if status.Path != "" {
		from += " " + status.Path
	}
	changing, err := b.table.Has(r, store.K().Uint(previousID))
	if err == nil && changing {
		return fmt.Errorf("%w: it is being changed to the key %s, and this one is %s (from the %s): give the new key in its place, or besides as the credential %s or in the variable %s",
			ErrWrongKey, check.KeyID, status.KeyID, from, NewCredentialName, NewVariable)
	}
	return errors.Join(err, fmt.Errorf("%w: that one has the id %s, this one %s (from the %s): give the key that belongs to the data", ErrWrongKey, check.KeyID, status.KeyID, from))
}

// KeyIDTx is the public name of the master key that what r reads was sealed under.
func (b *Box) KeyIDTx(r store.Reader) (string, error) {
	check, err := b.table.Get(r, store.K().Uint(checkID))
	if err != nil {
		return "", err
	}
	return check.KeyID, nil
}
