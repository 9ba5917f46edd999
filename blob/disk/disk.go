// Package disk keeps blobs as files below one directory. A blob's file is in one
// of 65,536 directories, by the hash of its name, and bears the name with + for
// each slash:
//
//	3f/a0/avatar+5d41402abc4b2a76
//	tmp/                            what is being put
//
// A blob is written to a file in tmp, synced, renamed to its place, and the
// directories that say so are synced too: a power cut leaves the old bytes or the
// new ones. What a crash leaves in tmp goes at the next Open. The directory
// belongs to one process at a time; who opens the store holds the lock of the
// data around it.
package disk

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"
	"syscall"

	"stoa/blob"
)

const temporary = "tmp"

// Options of Open. Zero values stand for defaults.
type Options struct {
	// MinFree is how many bytes of the disk stay free: a Put that would take
	// them is refused with blob.ErrFull. 0 = 512 MiB; negative = no limit but
	// the disk's own.
	MinFree int64
}

// Store is a directory of blobs.
type Store struct {
	root   *os.Root
	min    int64
	synced sync.Map  // directories, by path, that are known to survive a power cut
	blocks sync.Pool // of *[]byte, blockSize each
	closed sync.RWMutex
	gone   bool
}

// blockSize is how much is written at a time.
const blockSize = 256 << 10

// Open opens the directory, which it makes where there is none, and removes what
// a crash left half-written.
func Open(dir string, o Options) (*Store, error) {
	if o.MinFree == 0 {
		o.MinFree = 512 << 20
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("blob: the directory can't be made: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("blob: the directory can't be opened: %w", err)
	}
	s := &Store{root: root, min: o.MinFree}
	s.blocks.New = func() any { b := make([]byte, blockSize); return &b }
	if err := errors.Join(root.RemoveAll(temporary), root.Mkdir(temporary, 0o700), s.sync(".")); err != nil {
		return nil, errors.Join(fmt.Errorf("blob: what a crash left can't be removed: %w", err), root.Close())
	}
	return s, nil
}

// Close ends the store's work.
func (s *Store) Close() error {
	s.closed.Lock()
	defer s.closed.Unlock()
	if s.gone {
		return nil
	}
	s.gone = true
	return s.root.Close()
}

// enter keeps the store open until the returned function is called.
func (s *Store) enter(ctx context.Context) (leave func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.closed.RLock()
	if s.gone {
		s.closed.RUnlock()
		return nil, blob.ErrClosed
	}
	return s.closed.RUnlock, nil
}

// place is where the blob's file is: its directory, and its path.
func place(name string) (dir, file string) {
	sum := sha256.Sum256([]byte(name))
	dir = hex.EncodeToString(sum[:1]) + "/" + hex.EncodeToString(sum[1:2])
	return dir, dir + "/" + strings.ReplaceAll(name, "/", "+")
}

// Put stores a blob; see blob.Store.
func (s *Store) Put(ctx context.Context, name string, body io.Reader, o blob.Put) (blob.Info, error) {
	if err := blob.CheckName(name); err != nil {
		return blob.Info{}, err
	}
	leave, err := s.enter(ctx)
	if err != nil {
		return blob.Info{}, err
	}
	defer leave()
	if err := s.room(o.Size); err != nil {
		return blob.Info{}, err
	}
	temp := temporary + "/" + rand.Text()
	in := blob.NewIntake(ctx, body, o)
	err = s.write(temp, in)
	var info blob.Info
	if err == nil {
		info.Size, info.SHA256, err = in.Done()
	}
	if err == nil {
		err = s.settle(temp, name)
	}
	if err != nil {
		return blob.Info{}, errors.Join(full(err), ifThere(s.root.Remove(temp)))
	}
	_, file := place(name)
	st, err := s.root.Stat(file)
	if err != nil {
		return blob.Info{}, err
	}
	info.Name, info.Modified = name, st.ModTime().UTC()
	return info, nil
}

// write fills the temporary file and syncs it.
func (s *Store) write(temp string, in io.Reader) error {
	f, err := s.root.OpenFile(temp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err = s.fill(f, in); err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// fill writes what comes in, block by block, and looks at the free space while a
// big blob comes in.
func (s *Store) fill(f *os.File, in io.Reader) error {
	block := s.blocks.Get().(*[]byte)
	defer s.blocks.Put(block)
	for since := 0; ; {
		n, end, err := readBlock(in, *block)
		if err != nil {
			return err
		}
		if since += n; since >= lookEvery {
			since = 0
			if err := s.room(0); err != nil {
				return err
			}
		}
		if _, err := f.Write((*block)[:n]); err != nil || end {
			return err
		}
	}
}

const lookEvery = 16 << 20

// readBlock fills a block; end = there is no more. Unlike io.ReadFull it tells the
// end of a body from one that was cut off (io.ErrUnexpectedEOF).
func readBlock(in io.Reader, block []byte) (n int, end bool, err error) {
	for n < len(block) {
		m, err := in.Read(block[n:])
		n += m
		if err == io.EOF { //nolint:errorlint // as io.Copy: an error that wraps it is none
			return n, true, nil
		}
		if err != nil {
			return n, false, err
		}
	}
	return n, false, nil
}

// settle puts the finished file into its place, durably.
func (s *Store) settle(temp, name string) error {
	dir, file := place(name)
	if err := s.shard(dir); err != nil {
		return err
	}
	if err := s.root.Rename(temp, file); err != nil {
		return err
	}
	return s.sync(dir)
}

// shard makes a directory and syncs those above it, once for each start: it may
// be there, but not yet on the disk.
func (s *Store) shard(dir string) error {
	if _, ok := s.synced.Load(dir); ok {
		return nil
	}
	if err := s.root.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := errors.Join(s.sync(path.Dir(dir)), s.sync(".")); err != nil {
		return err
	}
	s.synced.Store(dir, true)
	return nil
}

func (s *Store) sync(dir string) error {
	d, err := s.root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// room refuses what would leave less than the minimum free.
func (s *Store) room(size int64) error {
	if s.min < 0 {
		return nil
	}
	free, err := freeBytes(s.root)
	if err == nil && free >= 0 && free-size < s.min {
		return fmt.Errorf("%w: %d bytes of the disk are free, and %d stay so", blob.ErrFull, free, s.min)
	}
	return nil // where it can't be told the disk itself refuses
}

// full names the errors of a disk without room.
func full(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: %w", blob.ErrFull, err)
	}
	return err
}

// ifThere is err, unless it says that the file is not there.
func ifThere(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
