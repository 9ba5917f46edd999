package catalog

import (
	"encoding/binary"
	"slices"

	"stoa/store/internal/txn"
	"stoa/store/key"
	"stoa/store/kv"
)

func buildAt(table uint16, x Index) []byte {
	return append(binary.BigEndian.AppendUint16(keyOf(buildKey), table), x.Kind, x.ID)
}

// Build is how far the build of a table's indexes has got: the primary key up to
// which rows are in all of them. fresh means that it has not begun, or not for
// all of them alike, and starts on cleared indexes.
func Build(r kv.Reader, table uint16, which []Index) (after key.Key, fresh bool, err error) {
	for i, x := range which {
		at, err := txn.Lookup(r, buildAt(table, x))
		if err != nil {
			return nil, false, err
		}
		if i == 0 {
			after = slices.Clone(at)
		}
		fresh = fresh || at == nil || !slices.Equal(after, key.Key(at))
	}
	if fresh {
		after = nil
	}
	return after, fresh, nil
}

// SetBuild keeps how far a build has got.
func SetBuild(tx kv.Txn, table uint16, which []Index, after key.Key) error {
	for _, x := range which {
		if err := tx.Put(buildAt(table, x), slices.Clone(after)); err != nil {
			return err
		}
	}
	return nil
}

// Abandoned lists builds that another version of the program began and this one,
// which wants these definitions, does not go on with: their entries are no longer
// kept up. Forget takes the list.
func Abandoned(r kv.Reader, stored map[uint16]Definition, wanted []Definition) (builds [][]byte, err error) {
	goesOn := map[string]bool{}
	for _, d := range wanted {
		added, _, _ := d.differences(stored[d.ID]) // Compare tells the error
		for _, x := range added {
			goesOn[string(buildAt(d.ID, x))] = true
		}
	}
	keys := kv.Prefix(keyOf(buildKey))
	keys.KeysOnly = true
	err = r.Scan(keys, func(key, _ []byte) bool {
		if !goesOn[string(key)] {
			builds = append(builds, slices.Clone(key))
		}
		return true
	})
	return builds, err
}

// Forget drops the records of builds.
func Forget(tx kv.Txn, builds [][]byte) error {
	for _, key := range builds {
		if err := tx.Delete(key); err != nil {
			return err
		}
	}
	return nil
}
