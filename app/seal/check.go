package seal

import (
	"context"
	"errors"
	"fmt"
	"os"

	"stoa/store"
)

// checkRow lets a start with another master key be refused at once, instead of
// failing at the first secret that is needed.
type checkRow struct {
	ID     uint64 `cbor:"1,keyasint"`
	KeyID  string `cbor:"2,keyasint"`
	Sealed []byte `cbor:"3,keyasint"`
}

type checkTable struct {
	table store.Table[checkRow]
	fresh bool // the key was made by this Open
}

const (
	checkID     = 1
	checkRecord = "seal/check"
	checkText   = "stoa"
)

// ErrWrongKey means that the data was made under another master key.
var ErrWrongKey = errors.New("the master key is not the one of this data")

// Define adds the table of the check value to the schema; before store.Open.
func (b *Box) Define(s *store.Schema) {
	b.check.table = store.Define(s, 1, "seal", func(r *checkRow) store.Key { return store.K().Uint(r.ID) })
}

// Bind compares the master key with the one that db's data was made under, or
// remembers it when the data is new. ErrWrongKey says what to do.
func (b *Box) Bind(ctx context.Context, db *store.DB) error {
	err := db.Update(ctx, func(tx *store.Tx) error {
		row, err := b.check.table.Get(tx, store.K().Uint(checkID))
		if errors.Is(err, store.ErrNotFound) {
			return b.remember(tx)
		}
		if err != nil {
			return err
		}
		return b.compare(row)
	})
	if errors.Is(err, ErrWrongKey) && b.check.fresh {
		// The key made a moment ago serves nothing, and would hide from the next
		// start that the right one is missing.
		return errors.Join(err, os.Remove(b.status.Path))
	}
	return err
}

func (b *Box) remember(tx *store.Tx) error {
	sealed, err := b.Seal([]byte(checkText), checkRecord)
	if err != nil {
		return err
	}
	return b.check.table.Insert(tx, &checkRow{ID: checkID, KeyID: b.status.KeyID, Sealed: sealed})
}

func (b *Box) compare(row *checkRow) error {
	plain, err := b.Unseal(row.Sealed, checkRecord)
	if err == nil && string(plain) == checkText {
		return nil
	}
	if b.check.fresh {
		return fmt.Errorf("%w: that one has the id %s, and its file %s is missing: put it back from your backup", ErrWrongKey, row.KeyID, b.status.Path)
	}
	from := b.status.Source
	if b.status.Path != "" {
		from += " " + b.status.Path
	}
	return fmt.Errorf("%w: that one has the id %s, this one %s (from the %s): give the key that belongs to the data", ErrWrongKey, row.KeyID, b.status.KeyID, from)
}
