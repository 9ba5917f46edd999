package badgerkv

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"stoa/store/kv"
)

// TestPowerCut cuts the power of a store under load: it runs in a child on ext4
// in a file in memory; the child is stopped, the file is copied (the copy holds
// what the disk would hold), the copy is mounted and the store in it compared
// with what the child had acknowledged. The next round goes on with the copy.
// BADGERKV_POWERCUT_ROUNDS asks for more rounds than 3.
func TestPowerCut(t *testing.T) {
	disk := newDisk(t)
	rounds := 3
	if testing.Short() {
		rounds = 1
	}
	if n, err := strconv.Atoi(os.Getenv("BADGERKV_POWERCUT_ROUNDS")); err == nil {
		rounds = n
	}
	for round := range rounds {
		mounted := disk.mount(t)
		child := startWriter(t, filepath.Join(mounted, "store"))
		acknowledged := child.stopAfter(t, 300*time.Millisecond+rand.N(700*time.Millisecond))
		disk.copy(t)
		child.kill()
		disk.unmount(t)
		disk.useCopy(t)

		mounted = disk.mount(t)
		found := verify(t, filepath.Join(mounted, "store"), acknowledged)
		disk.unmount(t)
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
	pipe := os.NewFile(3, "acknowledged")
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

type child struct {
	command *exec.Cmd
	pipe    *os.File
	stderr  bytes.Buffer
}

func startWriter(t *testing.T, dir string) *child {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{command: exec.Command(os.Args[0], "-test.run=^TestPowerCutWriter$"), pipe: read}
	c.command.Env = append(os.Environ(), "BADGERKV_POWERCUT_DIR="+dir)
	c.command.ExtraFiles = []*os.File{write}
	c.command.Stdout, c.command.Stderr = io.Discard, &c.stderr
	if err := c.command.Start(); err != nil {
		t.Fatal(err)
	}
	_ = write.Close()
	t.Cleanup(c.kill)
	return c
}

func (c *child) kill() {
	_ = c.command.Process.Kill()
	_ = c.command.Wait()
	_ = c.pipe.Close()
}

// stopAfter lets the child work for d after its first acknowledgement, stops it
// and returns the highest number that it acknowledged.
func (c *child) stopAfter(t *testing.T, d time.Duration) (highest uint64) {
	t.Helper()
	lines := bufio.NewScanner(c.pipe)
	deadline := time.Now().Add(30 * time.Second)
	_ = c.pipe.SetReadDeadline(deadline)
	for first := true; lines.Scan(); first = false {
		n, err := strconv.ParseUint(lines.Text(), 10, 64)
		if err != nil {
			break // a line cut off by the stop
		}
		highest = max(highest, n)
		if first {
			time.AfterFunc(d, func() {
				_ = c.command.Process.Signal(syscall.SIGSTOP)
				c.waitStopped(deadline)
				_ = c.pipe.SetReadDeadline(time.Now().Add(50 * time.Millisecond)) // what is in the pipe, then end
			})
		}
	}
	if highest == 0 || !c.stopped() {
		t.Fatalf("the child did not get to work and stop: %s", c.stderr.String())
	}
	return highest
}

func (c *child) waitStopped(deadline time.Time) {
	for !c.stopped() && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
}

// stopped says whether every thread is: one inside a sync finishes that first.
func (c *child) stopped() bool {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", c.command.Process.Pid))
	for _, task := range tasks {
		stat, err := os.ReadFile(task)
		if err == nil && !strings.Contains(string(stat), ") T ") {
			return false
		}
	}
	return len(tasks) > 0
}

// disk is ext4 in a file in memory.
type disk struct {
	image, spare, dir string
	mounted           bool
}

func newDisk(t *testing.T) *disk {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root to mount a file system")
	}
	for _, tool := range []string{"mkfs.ext4", "mount", "umount", "cp"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("needs %s", tool)
		}
	}
	memory, err := os.MkdirTemp("/dev/shm", "badgerkv")
	if err != nil {
		t.Skipf("needs a file system in memory: %v", err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(memory) })
	d := &disk{image: filepath.Join(memory, "disk"), spare: filepath.Join(memory, "copy"), dir: t.TempDir()}
	if err := os.WriteFile(d.image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(d.image, 768<<20); err != nil {
		t.Fatal(err)
	}
	run(t, "mkfs.ext4", "-q", "-F", d.image)
	if out, err := d.tryMount(); err != nil {
		t.Skipf("needs loop devices: %v: %s", err, out)
	}
	d.unmount(t)
	return d
}

// tryMount asks the journal not to commit by itself: while the child is stopped
// nothing may reach the disk.
func (d *disk) tryMount() ([]byte, error) {
	out, err := exec.Command("mount", "-o", "loop,commit=300", d.image, d.dir).CombinedOutput()
	d.mounted = err == nil
	return out, err
}

func (d *disk) mount(t *testing.T) string {
	t.Helper()
	if out, err := d.tryMount(); err != nil {
		t.Fatalf("mount: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if d.mounted {
			d.unmount(t)
		}
	})
	return d.dir
}

func (d *disk) unmount(t *testing.T) {
	t.Helper()
	run(t, "umount", d.dir)
	d.mounted = false
}

func (d *disk) copy(t *testing.T) {
	t.Helper()
	run(t, "cp", "--sparse=always", d.image, d.spare)
}

func (d *disk) useCopy(t *testing.T) {
	t.Helper()
	if err := os.Rename(d.spare, d.image); err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", name, err, out)
	}
}
