package badgerkv

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
	"github.com/dgraph-io/badger/v4/table"
)

// Verify reads every table and compares its checksums; at the first that is
// wrong the store refuses everything from then on. It runs once after Open, in
// the background. It is needed because the engine's iterators end early, without
// an error, at a block that is damaged, and a compaction would then make the
// loss final.
func (s *Store) Verify(ctx context.Context) error {
	held, err := s.readers.begin() // keeps Close from closing the engine
	if err != nil {
		return err
	}
	defer s.readers.end(held)
	for _, t := range s.db.Tables() {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := verifyTable(table.NewFilename(t.ID, s.dir), t.ID)
		if err == nil {
			continue
		}
		still := slices.ContainsFunc(s.db.Tables(), func(now badger.TableInfo) bool { return now.ID == t.ID })
		if still { // and not deleted by a compaction while it was read
			return s.fail(fmt.Errorf("table %d in %s is damaged, restore a backup: %w", t.ID, s.dir, err))
		}
	}
	return nil
}

// verifyTable reads the file into memory: a mapping would end in a SIGBUS when
// the engine deletes the table meanwhile, which begins with truncating it.
func verifyTable(name string, id uint64) (err error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("unreadable: %v", r)
		}
	}()
	t, err := table.OpenInMemoryTable(data, id, &table.Options{Compression: options.Snappy, BlockSize: 4 << 10})
	if err != nil {
		return err
	}
	return t.VerifyChecksum()
}
