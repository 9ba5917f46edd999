package disk_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"stoa/blob"
	"stoa/blob/disk"
	"stoa/powercut"
)

const (
	powerCutWriters = 8
	powerCutDir     = "BLOB_POWERCUT_DIR"
	powerCutRound   = "BLOB_POWERCUT_ROUND"
)

// TestPowerCut cuts the power of a store under load; see package powercut. Whatever
// was acknowledged is there and whole, what was deleted stays away, and nothing is
// half there. The next round goes on with what the cut left.
// BLOB_POWERCUT_ROUNDS asks for more rounds than 3.
func TestPowerCut(t *testing.T) {
	device := powercut.NewDisk(t)
	rounds := 3
	if testing.Short() {
		rounds = 1
	}
	if n, err := strconv.Atoi(os.Getenv("BLOB_POWERCUT_ROUNDS")); err == nil {
		rounds = n
	}
	for round := range rounds {
		dir := filepath.Join(device.Mount(t), "blobs")
		child := powercut.Start(t, "TestPowerCutWriter", powerCutDir+"="+dir, fmt.Sprintf("%s=%d", powerCutRound, round))
		said := acknowledged{put: map[string]bool{}, deleted: map[string]bool{}, version: map[string]int{}}
		child.StopAfter(t, 300*time.Millisecond+rand.N(700*time.Millisecond), func(line string) { said.take(t, line) })
		device.Cut(t, child)
		dir = filepath.Join(device.Mount(t), "blobs")
		found := said.verify(t, dir)
		device.Unmount(t)
		t.Logf("round %d: %d puts and %d deletions acknowledged, %d blobs found", round, len(said.put), len(said.deleted), found)
		if t.Failed() {
			return
		}
	}
}

// content is what belongs under a name at a version; some are empty, some big.
func content(name string, version int) []byte {
	seed := rand.New(rand.NewPCG(uint64(version), uint64(len(name))))
	head := fmt.Sprintf("%s %d\n", name, version)
	return append([]byte(head), bytes.Repeat([]byte{byte(version)}, seed.IntN(1+seed.IntN(100_000)))...)
}

// TestPowerCutWriter is the child. Each writer puts a blob of its own after the
// other, deletes every third, and replaces one over and over; what was acknowledged
// goes to the pipe. In every other round one writer alone works, with pauses: nobody
// else's sync carries its last step to the disk then.
func TestPowerCutWriter(t *testing.T) {
	dir := os.Getenv(powerCutDir)
	if dir == "" {
		t.Skip("is the child of TestPowerCut")
	}
	s, err := disk.Open(dir, disk.Options{MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	pipe := powercut.Acknowledged()
	round, err := strconv.Atoi(os.Getenv(powerCutRound))
	if err != nil {
		t.Fatal(err)
	}
	writers, pause := powerCutWriters, time.Duration(0)
	if round%2 == 1 {
		writers, pause = 1, 20*time.Millisecond
	}
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			for n := 1; ; n++ {
				time.Sleep(pause)
				if err := write(s, pipe, fmt.Sprintf("r%d-w%d", round, i), n); err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
			}
		})
	}
	all.Wait()
}

func write(s *disk.Store, pipe io.Writer, writer string, n int) error {
	ctx := context.Background()
	put := func(name string, version int) error {
		if _, err := s.Put(ctx, name, bytes.NewReader(content(name, version)), blob.Put{}); err != nil {
			return err
		}
		_, err := fmt.Fprintf(pipe, "put %s %d\n", name, version)
		return err
	}
	own := fmt.Sprintf("own/%s/%d", writer, n)
	if err := put(own, 1); err != nil {
		return err
	}
	if n%3 == 0 {
		if _, err := fmt.Fprintf(pipe, "deleting %s 0\n", own); err != nil {
			return err
		}
		if err := s.Delete(ctx, own); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(pipe, "deleted %s 0\n", own); err != nil {
			return err
		}
	}
	return put("same/"+writer, n)
}

// acknowledged is what the child said.
type acknowledged struct {
	put, deleted map[string]bool // deleted: false while it was asked for only
	version      map[string]int
}

func (a *acknowledged) take(t *testing.T, line string) {
	t.Helper()
	var what, name string
	var version int
	if _, err := fmt.Sscan(line, &what, &name, &version); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	switch what {
	case "put":
		a.put[name], a.version[name] = true, version
	case "deleting":
		a.deleted[name] = false
	case "deleted":
		a.deleted[name] = true
	}
}

// verify opens the store that the cut left, and looks at every blob.
func (a *acknowledged) verify(t *testing.T, dir string) (found int) {
	t.Helper()
	s := open(t, dir, disk.Options{})
	defer s.Close()
	there := map[string]bool{}
	for cursor := ""; ; {
		page, next, err := s.List(t.Context(), "", cursor, 500)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range page {
			there[b.Name] = true
			a.whole(t, s, b)
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	for name := range a.put {
		gone, asked := a.deleted[name]
		if !there[name] && !asked {
			t.Errorf("%s was acknowledged and is not there", name)
		}
		if there[name] && gone {
			t.Errorf("%s was deleted and is there", name)
		}
	}
	if left, err := os.ReadDir(filepath.Join(dir, "tmp")); err != nil || len(left) > 0 {
		t.Errorf("%d files are left half-written: %v", len(left), err)
	}
	return len(there)
}

// whole checks that a blob is what was put, of no older version than was
// acknowledged.
func (a *acknowledged) whole(t *testing.T, s *disk.Store, b blob.Info) {
	t.Helper()
	in, _, err := s.Get(t.Context(), b.Name, blob.Range{})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	text, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(string(text[:min(len(text), 200)]), "\n")
	var name string
	var version int
	if _, err := fmt.Sscan(head, &name, &version); err != nil || name != b.Name || !bytes.Equal(text, content(name, version)) {
		t.Errorf("%s is not whole: %d bytes that begin %q", b.Name, len(text), head)
		return
	}
	if version < a.version[b.Name] {
		t.Errorf("%s is of version %d, %d was acknowledged", b.Name, version, a.version[b.Name])
	}
}
