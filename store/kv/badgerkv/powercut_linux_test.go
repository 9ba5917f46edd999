package badgerkv

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"stoa/powercut"
	"stoa/store/kv"
)

// TestPowerCut cuts the power of a store under load (see package powercut), and
// compares what is left with what the child had acknowledged. The next round goes on
// with that.
// BADGERKV_POWERCUT_ROUNDS asks for more rounds than 3.
func TestPowerCut(t *testing.T) {
	disk := powercut.NewDisk(t)
	rounds := 3
	if testing.Short() {
		rounds = 1
	}
	if n, err := strconv.Atoi(os.Getenv("BADGERKV_POWERCUT_ROUNDS")); err == nil {
		rounds = n
	}
	for round := range rounds {
		dir := filepath.Join(disk.Mount(t), "store")
		child := powercut.Start(t, "TestPowerCutWriter", "BADGERKV_POWERCUT_DIR="+dir)
		acknowledged := uint64(0)
		child.StopAfter(t, 300*time.Millisecond+rand.N(700*time.Millisecond), func(line string) {
			n, err := strconv.ParseUint(line, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			acknowledged = max(acknowledged, n)
		})
		disk.Cut(t, child)
		found := verify(t, filepath.Join(disk.Mount(t), "store"), acknowledged)
		disk.Unmount(t)
		t.Logf("round %d: acknowledged up to transaction %d, found %d", round, acknowledged, found)
		if t.Failed() {
			return
		}
	}
}

const powerCutWriters = 16

// payload of transaction n: its number and, now and then, enough to fill a log.
func payload(n uint64) []byte {
	return append(binary.BigEndian.AppendUint64(nil, n), bytes.Repeat([]byte{byte(n)}, int(n*7919%8000))...)
}

func rowKey(table string, n uint64) []byte { return fmt.Appendf(nil, "%s/%012d", table, n) }

// TestPowerCutWriter is the child: each transaction counts up and writes two
// rows under its number; the number goes to the pipe once it is acknowledged.
func TestPowerCutWriter(t *testing.T) {
	dir := os.Getenv("BADGERKV_POWERCUT_DIR")
	if dir == "" {
		t.Skip("is the child of TestPowerCut")
	}
	pipe := powercut.Acknowledged()
	s, err := Open(dir, Options{MemTableSize: 8 << 20, MinFreeBytes: 8 << 20, MinFreePercent: -1})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range powerCutWriters {
		wg.Go(func() {
			for {
				n, err := writeNext(s)
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				fmt.Fprintf(pipe, "%d\n", n)
			}
		})
	}
	wg.Wait()
}

func writeNext(s *Store) (n uint64, err error) {
	err = s.Update(context.Background(), func(tx kv.Txn) error {
		n = 1
		if v, err := tx.Get([]byte("count")); err == nil {
			n = binary.BigEndian.Uint64(v) + 1
		} else if !errors.Is(err, kv.ErrNotFound) {
			return err
		}
		return errors.Join(
			tx.Put([]byte("count"), binary.BigEndian.AppendUint64(nil, n)),
			tx.Put(rowKey("row", n), payload(n)),
			tx.Put(rowKey("twin", n), payload(n)[:8]))
	})
	return n, err
}

// verify checks that the store opens, holds every transaction from the first to
// its count with both rows and nothing after, and that the count is not below
// what was acknowledged.
func verify(t *testing.T, dir string, acknowledged uint64) (count uint64) {
	t.Helper()
	s, err := Open(dir, Options{MemTableSize: 8 << 20, MinFreeBytes: -1, MinFreePercent: -1})
	if err != nil {
		t.Fatalf("does not open: %v", err)
	}
	defer s.Close()
	err = s.View(context.Background(), func(r kv.Reader) error {
		if v, err := r.Get([]byte("count")); err == nil {
			count = binary.BigEndian.Uint64(v)
		} else if !errors.Is(err, kv.ErrNotFound) {
			return err
		}
		for _, table := range []string{"row", "twin"} {
			n := uint64(0)
			err := r.Scan(kv.Prefix([]byte(table+"/")), func(k, v []byte) bool {
				n++
				want := payload(n)
				if table == "twin" {
					want = want[:8]
				}
				if !bytes.Equal(k, rowKey(table, n)) || !bytes.Equal(v, want) {
					t.Errorf("instead of %s there is %s with %d bytes", rowKey(table, n), k, len(v))
					return false
				}
				return true
			})
			if err != nil {
				return err
			}
			if n != count {
				t.Errorf("%d rows in %s, the count is %d: half a transaction", n, table, count)
			}
		}
		return nil
	})
	if err != nil {
		t.Errorf("reading: %v", err)
	}
	if count < acknowledged {
		t.Errorf("transaction %d was acknowledged, the last there is %d", acknowledged, count)
	}
	return count
}
