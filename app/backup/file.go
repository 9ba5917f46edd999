package backup

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/backup/archive"
	"stoa/app/fault"
	"stoa/store"
)

// find is the row of a backup whose file should be there.
func (s *Service) find(ctx context.Context, name string) (*row, error) {
	var b *row
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		b, err = s.rows.Get(r, store.K().Str(name))
		return err
	})
	if isMissing(err) {
		return nil, missing()
	}
	return b, fault.Wrap(err)
}

// gone is answered for a backup without its file.
func gone(name string) error {
	return fault.New(fault.NotFound, "backup.file_missing", "name", "the file %s is not there: it was moved, or is on another node", name)
}

// Verify reads a backup from its first byte to its last and writes down what it
// found: damage is an answer, not an error.
func (s *Service) Verify(ctx context.Context, by access.Actor, name string) (Backup, error) {
	if err := need(by, access.BackupRead); err != nil {
		return Backup{}, err
	}
	b, err := s.find(ctx, name)
	if err != nil {
		return Backup{}, err
	}
	sum, err := VerifyFile(ctx, filepath.Join(s.deps.Plan.Dir, b.Name))
	damage := ""
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Backup{}, gone(name)
	case errors.Is(err, archive.ErrDamaged), errors.Is(err, archive.ErrForeign):
		damage = err.Error()
	case err != nil:
		return Backup{}, fault.Wrap(err)
	case sum.SHA256 != b.SHA256:
		damage = "it is whole, but it is another file than the one that was made"
	}
	entry := audit.Entry{Action: "backup.verify", ObjectKind: "backup", ObjectID: name, ObjectName: name}
	if damage != "" {
		entry.Outcome, entry.Reason = audit.Failed, damage
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		now, err := s.rows.Get(tx, store.K().Str(name))
		if isMissing(err) {
			return missing()
		}
		if err != nil {
			return err
		}
		now.Verified, now.Damage = tx.Now().UnixNano(), damage
		b = now
		if err := s.rows.Update(tx, now); err != nil {
			return err
		}
		return s.deps.Audit.AddTx(tx, by, entry)
	})
	if err != nil {
		return Backup{}, fault.Wrap(err)
	}
	return b.backup(), nil
}

// Delete removes a backup and its file.
func (s *Service) Delete(ctx context.Context, by access.Actor, name string) error {
	if err := need(by, access.BackupWrite); err != nil {
		return err
	}
	b, err := s.find(ctx, name)
	if err != nil {
		return err
	}
	return fault.Wrap(s.remove(ctx, by, b, ""))
}

// Open opens a backup's file to be read by the caller, who closes it. It is
// recorded before the first byte goes out.
func (s *Service) Open(ctx context.Context, by access.Actor, name string) (*os.File, Backup, error) {
	if err := need(by, access.BackupWrite); err != nil {
		return nil, Backup{}, err
	}
	b, err := s.find(ctx, name)
	if err != nil {
		return nil, Backup{}, err
	}
	f, err := os.Open(filepath.Join(s.deps.Plan.Dir, b.Name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, Backup{}, gone(name)
	}
	if err != nil {
		return nil, Backup{}, fault.Wrap(err)
	}
	if err := s.deps.Audit.Add(ctx, by, audit.Entry{Action: "backup.download", ObjectKind: "backup", ObjectID: name, ObjectName: name}); err != nil {
		return nil, Backup{}, errors.Join(err, f.Close())
	}
	return f, b.backup(), nil
}
