package depot_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"stoa/app/depot"
	"stoa/blob"
	"stoa/blob/disk"
	"stoa/store"
	"stoa/store/kv/memkv"
)

// places are two directories; deleting is told before something goes from the second.
type places struct {
	stores   [2]blob.Store
	order    []uint64
	deleting func(name string)
}

func (p *places) For(context.Context, uint64, string) ([]uint64, error) { return []uint64{0}, nil }
func (p *places) Store(_ context.Context, place uint64) (blob.Store, error) {
	if place == 1 {
		return watched{p.stores[1], p}, nil
	}
	return p.stores[0], nil
}
func (p *places) All(context.Context) ([]uint64, error) { return p.order, nil }
func (p *places) Report(uint64, error)                  {}

type watched struct {
	blob.Store
	p *places
}

func (w watched) Delete(ctx context.Context, name string) error {
	if tell := w.p.deleting; tell != nil {
		w.p.deleting = nil
		tell(name)
	}
	return w.Store.Delete(ctx, name)
}

type yard struct {
	*depot.Service
	*places
	db   *store.DB
	now  time.Time
	dirs [2]string
}

func open(t *testing.T) *yard {
	t.Helper()
	y := &yard{places: &places{order: []uint64{0, 1}}, now: time.Now()}
	clock := func() time.Time { return y.now }
	schema := store.NewSchema()
	y.Service = depot.New(schema, nil)
	var err error
	if y.db, err = store.Open(t.Context(), memkv.Open(clock), schema, store.Options{Clock: clock}); err != nil {
		t.Fatal(err)
	}
	for i := range y.stores {
		y.dirs[i] = t.TempDir()
		if y.stores[i], err = disk.Open(y.dirs[i], disk.Options{MinFree: -1}); err != nil {
			t.Fatal(err)
		}
	}
	y.Bind(y.db, y.places)
	t.Cleanup(func() { _ = y.db.Close() })
	return y
}

func (y *yard) keep(t *testing.T, w *depot.Written) depot.Ref {
	t.Helper()
	var ref depot.Ref
	if err := y.db.Update(t.Context(), func(tx *store.Tx) (err error) {
		ref, err = y.KeepTx(tx, 7, w)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return ref
}

func (y *yard) read(t *testing.T, ref depot.Ref) []byte {
	t.Helper()
	r, err := y.Open(t.Context(), []depot.Ref{ref}, 0, ref.Size)
	if err != nil {
		t.Error(err)
		return nil
	}
	defer r.Close()
	got, err := io.ReadAll(r)
	if err != nil {
		t.Error(err)
	}
	return got
}

// age makes all files below a directory two days old.
func age(t *testing.T, dir string) {
	t.Helper()
	old := time.Now().Add(-48 * time.Hour)
	if err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			err = os.Chtimes(path, old, old)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// Copies that broken moves left at a place are being swept when one of the pieces is
// moved there after all: the sweep does not take the new copy for the old one.
func TestSweepLeavesWhatIsMovedThereMeanwhile(t *testing.T) {
	y := open(t)
	pieces := map[string]depot.Ref{}
	body := bytes.Repeat([]byte("piece"), 1000)
	for range 2 {
		w, err := y.Write(t.Context(), 7, bytes.NewReader(body), 0)
		if err != nil {
			t.Fatal(err)
		}
		ref := y.keep(t, w)
		y.Release(w)
		pieces[ref.Name()] = ref
		if _, err := y.stores[1].Put(t.Context(), ref.Name(), bytes.NewReader(body), blob.Put{}); err != nil {
			t.Fatal(err)
		}
	}
	age(t, y.dirs[1])
	moved := 0
	y.deleting = func(name string) {
		all, err := y.At(t.Context(), 7, 0, nil, 10)
		if err != nil || len(all) != 2 {
			t.Error(all, err)
		}
		for i := range all {
			err := y.Move(t.Context(), &all[i], 1, func(*store.Tx) error { return nil })
			if err == nil {
				moved++
			}
			if ref := all[i].Ref(); ref.Name() == name != (err != nil) {
				t.Errorf("%s is going, %s was moved: %v", name, ref.Name(), err)
			}
		}
	}
	for range 2 {
		if err := y.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		y.now = y.now.Add(time.Hour)
	}
	if moved != 1 {
		t.Errorf("%d moved", moved)
	}
	for _, ref := range pieces {
		if got := y.read(t, ref); !bytes.Equal(got, body) {
			t.Errorf("%d bytes", len(got))
		}
	}
}

// The clock of a machine that starts without the time leaps ahead while an upload
// waits for its commit: its bytes look as old as those that a crash has left.
func TestSweepLeavesWhatIsBeingUploaded(t *testing.T) {
	y := open(t)
	body := []byte("not yet committed")
	w, err := y.Write(t.Context(), 7, bytes.NewReader(body), 0)
	if err != nil {
		t.Fatal(err)
	}
	left, err := y.Write(t.Context(), 7, bytes.NewReader(body), 0)
	if err != nil {
		t.Fatal(err)
	}
	y.Release(left) // as if its process had died
	y.now = y.now.Add(48 * time.Hour)
	if err := y.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := y.read(t, y.keep(t, w)); !bytes.Equal(got, body) {
		t.Errorf("%q", got)
	}
	y.Release(w)
	if _, err := y.stores[0].Stat(t.Context(), depot.Ref{ID: left.ID}.Name()); err == nil {
		t.Error("what nobody uploads is left")
	}
	if problems, err := y.Check(t.Context(), true); err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}
}
