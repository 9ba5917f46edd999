package backup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"stoa/app/backup/archive"
	"stoa/app/seal"
	"stoa/store/kv"
)

// Fill puts what a backup holds into an empty store and its files under dir, in
// transactions of the engine's size. want is what an earlier reading of the same
// file gave.
func Fill(ctx context.Context, path, dir string, engine kv.Store, want archive.Summary) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	sink := &filling{ctx: ctx, engine: engine, root: root}
	sum, err := archive.Read(ctx, f, sink)
	if err := errors.Join(err, sink.closeFile()); err != nil {
		return err
	}
	if sum.SHA256 != want.SHA256 {
		return fmt.Errorf("%s was changed while it was read", path)
	}
	return nil
}

// filling is the Sink of a restore.
type filling struct {
	ctx    context.Context
	engine kv.Store
	root   *os.Root
	pairs  [][2][]byte
	bytes  int
	file   *os.File
}

func (s *filling) Header(archive.Header) error { return nil }

func (s *filling) Pair(key, value []byte) error {
	if len(s.pairs) == kv.MaxTxnOps || s.bytes+len(key)+len(value) > kv.MaxTxnBytes {
		if err := s.flush(); err != nil {
			return err
		}
	}
	both := append(append(make([]byte, 0, len(key)+len(value)), key...), value...)
	s.pairs = append(s.pairs, [2][]byte{both[:len(key):len(key)], both[len(key):]})
	s.bytes += len(both)
	return nil
}

func (s *filling) flush() error {
	err := s.engine.Update(s.ctx, func(tx kv.Txn) error {
		for _, p := range s.pairs {
			if err := tx.Put(p[0], p[1]); err != nil {
				return err
			}
		}
		return nil
	})
	s.pairs, s.bytes = s.pairs[:0], 0
	return err
}

func (s *filling) File(name string, _ int64) error {
	if err := s.closeFile(); err != nil {
		return err
	}
	if !strings.HasPrefix(name, BlobDir+"/") {
		return fmt.Errorf("%w: it holds a file %s, which has no place in a data directory", archive.ErrForeign, name)
	}
	if err := s.root.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := s.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	s.file = f
	return err
}

func (s *filling) Data(part []byte) error {
	_, err := s.file.Write(part)
	return err
}

func (s *filling) closeFile() error {
	if s.file == nil {
		return nil
	}
	f := s.file
	s.file = nil
	return errors.Join(f.Sync(), f.Close())
}

func (s *filling) Key(text []byte) error {
	if err := s.closeFile(); err != nil {
		return err
	}
	f, err := s.root.OpenFile(seal.FileName, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}

func (s *filling) Done() error { return errors.Join(s.closeFile(), s.flush()) }
