package seal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"stoa/store"
	"stoa/store/kv"
	"stoa/store/kv/memkv"
)

// thing is a row with a secret.
type thing struct {
	ID     uint64 `cbor:"1,keyasint"`
	Sealed []byte `cbor:"2,keyasint,omitempty"`
}

func (v *thing) record() string { return "thing/" + strconv.FormatUint(v.ID, 10) }

// world is a store with a box and a table of things.
type world struct {
	box    *Box
	db     *store.DB
	things store.Table[thing]
	pepper func() []byte
}

// start opens a store as a server would.
func start(t *testing.T, engine kv.Store, b *Box) (*world, error) {
	t.Helper()
	s := store.NewSchema()
	w := &world{box: b, pepper: b.Derive("pepper")}
	b.Define(s)
	w.things = store.Define(s, 2, "thing", func(v *thing) store.Key { return store.K().Uint(v.ID) })
	Register(b, w.things, func(v *thing, at At) { at(v.record(), &v.Sealed) })
	var err error
	if w.db, err = store.Open(t.Context(), engine, s, store.Options{}); err != nil {
		return nil, err
	}
	return w, b.Bind(t.Context(), w.db)
}

func started(t *testing.T, engine kv.Store, b *Box) *world {
	t.Helper()
	w, err := start(t, engine, b)
	check(t, err)
	return w
}

func (w *world) put(t *testing.T, from, to uint64) {
	t.Helper()
	for ; from <= to; from++ {
		v := &thing{ID: from}
		var err error
		v.Sealed, err = w.box.Seal([]byte("secret "+v.record()), v.record())
		check(t, err)
		check(t, w.db.Update(t.Context(), func(tx *store.Tx) error { return w.things.Put(tx, v) }))
	}
}

// read opens every secret and counts them; those under the key of old are counted
// besides.
func (w *world) read(t *testing.T, old string) (all, under int) {
	t.Helper()
	check(t, w.db.View(t.Context(), func(r store.Reader) error {
		for v, err := range w.things.Scan(r, store.Scan{}) {
			check(t, err)
			plain, err := w.box.Unseal(v.Sealed, v.record())
			if err != nil || string(plain) != "secret "+v.record() {
				t.Errorf("%s: %q, %v", v.record(), plain, err)
			}
			if fmt.Sprintf("%x", v.Sealed[1:wrapStart]) == old {
				under++
			}
			all++
		}
		return nil
	}))
	return all, under
}

const many = 1200 // rows: more than a batch, and than a transaction takes

func TestEverySecretIsUnderTheNewKey(t *testing.T) {
	engine, old := memkv.Open(time.Now), box(t, 1).Status().KeyID
	w := started(t, engine, box(t, 1))
	w.put(t, 1, many)
	pepper := w.pepper()
	var begun, ended string
	r, err := w.box.Rotate(t.Context(), box(t, 2).keys.Load().current.text(), Change{
		Begun: func(_ *store.Tx, from, to string) error { begun = from + to; return nil },
		Ended: func(_ *store.Tx, r Rotation) error { ended = r.From + r.To; return nil },
		Settle: func(context.Context) error {
			w.put(t, many+1, many+10) // what is sealed meanwhile is under the new key
			return nil
		}})
	check(t, err)
	if now := box(t, 2).Status().KeyID; r.From != old || r.To != now || begun != old+now || ended != begun || w.box.Status().KeyID != now {
		t.Errorf("%+v, %s, %s", r, begun, ended)
	}
	if all, under := w.read(t, old); r.Values != many || all != many+10 || under != 0 || w.box.Status().Changing {
		t.Errorf("%d of %d values are under the old key; %+v", under, all, r)
	}
	if _, err := start(t, engine, box(t, 1)); !errors.Is(err, ErrWrongKey) {
		t.Errorf("with the old key: %v", err)
	}
	again := started(t, engine, box(t, 2))
	if !bytes.Equal(again.pepper(), pepper) {
		t.Error("what is derived has changed")
	}
	again.read(t, old)
	check(t, again.db.View(t.Context(), func(r store.Reader) error {
		if left, err := again.box.table.Has(r, store.K().Uint(previousID)); left || err != nil {
			t.Errorf("the old key is still there: %v", err)
		}
		return nil
	}))
}

// What was sealed under the old key before the change began may be written only
// after its table was passed.
func TestALateWriterIsNotLeftBehind(t *testing.T) {
	engine, old := memkv.Open(time.Now), box(t, 1).Status().KeyID
	w := started(t, engine, box(t, 1))
	late := &thing{ID: 7}
	var err error
	late.Sealed, err = w.box.Seal([]byte("secret thing/7"), late.record())
	check(t, err)
	_, err = w.box.Rotate(t.Context(), NewKey(), Change{Settle: func(context.Context) error {
		return w.db.Update(t.Context(), func(tx *store.Tx) error { return w.things.Put(tx, late) })
	}})
	check(t, err)
	if all, under := w.read(t, old); all != 1 || under != 0 {
		t.Errorf("%d of %d", under, all)
	}
}

var errKilled = errors.New("killed")

// A change that ends at any point is gone on with, at the next start, with the new
// key; until then nothing is lost, and the old key alone does not do.
func TestAKilledChangeIsCompleted(t *testing.T) {
	last := false
	for at := 0; !last; at++ {
		engine, old := memkv.Open(time.Now), box(t, 1).Status().KeyID
		w := started(t, engine, box(t, 1))
		w.put(t, 1, many)
		pepper, steps := w.pepper(), 0
		step := func() error {
			if steps++; steps > at {
				return errKilled
			}
			return nil
		}
		_, err := w.box.Rotate(t.Context(), box(t, 2).keys.Load().current.text(), Change{
			Begun:  func(*store.Tx, string, string) error { return step() },
			Told:   func(Rotation) error { return step() },
			Settle: func(context.Context) error { return step() },
			Ended:  func(*store.Tx, Rotation) error { return step() }})
		if last = err == nil; !last && !errors.Is(err, errKilled) {
			t.Fatal(err)
		}
		if at == 0 { // nothing had begun
			if all, under := started(t, engine, box(t, 1)).read(t, old); all != many || under != many {
				t.Errorf("%d of %d", under, all)
			}
			continue
		}
		_, err = start(t, engine, box(t, 1))
		if !errors.Is(err, ErrWrongKey) || !last && !strings.Contains(err.Error(), "being changed") {
			t.Errorf("killed at step %d, the old key: %v", at, err)
		}
		again := started(t, engine, box(t, 2))
		again.read(t, old)
		again.put(t, many+1, many+2)
		r, err := again.box.Resume(t.Context(), Change{})
		if err != nil || r.Resumed == last {
			t.Errorf("killed at step %d: %+v, %v", at, r, err)
		}
		if all, under := again.read(t, old); all != many+2 || under != 0 {
			t.Errorf("killed at step %d: %d of %d values are under the old key", at, under, all)
		}
		if !bytes.Equal(again.pepper(), pepper) {
			t.Errorf("killed at step %d: what is derived has changed", at)
		}
		if at > 50 {
			t.Fatal("it has no end")
		}
	}
}

// A key beside the data is replaced by itself, wherever the process is killed, and
// the old one stays for the backups that need it.
func TestTheKeyBesideTheDataIsReplaced(t *testing.T) {
	for name, killed := range map[string]string{"to its end": "", "before it began": "begun", "at the first values": "told"} {
		t.Run(name, func(t *testing.T) {
			engine, dir := memkv.Open(time.Now), t.TempDir()
			opened := func() *Box {
				b, err := Open(t.Context(), dir, Options{Getenv: none})
				check(t, err)
				return b
			}
			w := started(t, engine, opened())
			w.put(t, 1, 3)
			old := w.box.Status().KeyID
			at := func(step string) error {
				if step == killed {
					return errKilled
				}
				return nil
			}
			r, err := w.box.Rotate(t.Context(), "", Change{Begun: func(*store.Tx, string, string) error { return at("begun") }, Told: func(Rotation) error { return at("told") }})
			if killed != "" && !errors.Is(err, errKilled) || killed == "" && (err != nil || r.Values != 3) {
				t.Fatalf("%+v, %v", r, err)
			}
			again := started(t, engine, opened())
			if same := again.box.Status().KeyID == old; same != (killed == "begun") {
				t.Errorf("the key is the old one: %v", same)
			}
			_, err = again.box.Rotate(t.Context(), "", Change{})
			check(t, err)
			again.read(t, old)
			if s := again.box.Status(); s.Changing || s.Elsewhere || !s.Generated || s.KeyID == old {
				t.Errorf("%+v", s)
			}
			kept, err := ReadKey(KeptPath(filepath.Join(dir, FileName), old))
			check(t, err)
			if id, err := KeyID(kept); err != nil || id != old {
				t.Errorf("%s, %v", id, err)
			}
			info, err := os.Stat(filepath.Join(dir, FileName))
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%v, %v", info, err)
			}
			if _, err := os.Stat(filepath.Join(dir, FileName+newSuffix)); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the new key lies there twice: %v", err)
			}
		})
	}
}

// Between the change and the moment when the operator has put the key in its place,
// a start takes the one that is given as the new one.
func TestAKeyFromElsewhereIsChangedByTheOperator(t *testing.T) {
	engine, dir, creds := memkv.Open(time.Now), t.TempDir(), t.TempDir()
	env := map[string]string{Variable: NewKey()}
	opened := func() *Box {
		b, err := Open(t.Context(), dir, Options{Getenv: func(name string) string { return env[name] }})
		check(t, err)
		return b
	}
	w := started(t, engine, opened())
	w.put(t, 1, 3)
	if _, err := w.box.Rotate(t.Context(), "", Change{}); !errors.Is(err, ErrNoNewKey) {
		t.Errorf("without a new key: %v", err)
	}
	if _, err := w.box.Rotate(t.Context(), env[Variable], Change{}); !errors.Is(err, ErrSameKey) {
		t.Errorf("to the same key: %v", err)
	}
	if _, err := w.box.Rotate(t.Context(), "no key", Change{}); err == nil {
		t.Error("no key is taken for one")
	}
	env[NewVariable] = NewKey()
	w = started(t, engine, opened())
	_, err := w.box.Rotate(t.Context(), "", Change{})
	check(t, err)
	w = started(t, engine, opened())
	w.read(t, "")
	if s := w.box.Status(); !s.Elsewhere || s.Source != "environment" {
		t.Errorf("%+v", s)
	}
	env = map[string]string{"CREDENTIALS_DIRECTORY": creds, Variable: env[Variable]}
	check(t, os.WriteFile(filepath.Join(creds, NewCredentialName), []byte(w.box.keys.Load().current.text()), 0o400))
	started(t, engine, opened())
	env = map[string]string{Variable: w.box.keys.Load().current.text()}
	w = started(t, engine, opened())
	if w.box.Status().Elsewhere {
		t.Error("it is in its place")
	}
	w.read(t, "")
}

// Data of the time before there was a root secret keeps what was derived from its
// master key, also after a change of that.
func TestOlderDataKeepsWhatIsDerived(t *testing.T) {
	engine := memkv.Open(time.Now)
	w := started(t, engine, box(t, 1))
	check(t, w.db.Update(t.Context(), func(tx *store.Tx) error {
		sealed, err := w.box.Seal([]byte(checkText), checkRecord)
		check(t, err)
		check(t, w.box.table.Put(tx, &row{ID: checkID, KeyID: w.box.Status().KeyID, Sealed: sealed}))
		return w.box.table.Delete(tx, store.K().Uint(rootID))
	}))
	want := box(t, 1).Derive("pepper")()
	w = started(t, engine, box(t, 1))
	if !bytes.Equal(w.pepper(), want) {
		t.Error("what is derived has changed by the new version")
	}
	_, err := w.box.Rotate(t.Context(), box(t, 2).keys.Load().current.text(), Change{})
	check(t, err)
	if w = started(t, engine, box(t, 2)); !bytes.Equal(w.pepper(), want) {
		t.Error("what is derived has changed by the change of the key")
	}
}

// What can't be opened any more is named, and keeps nothing else from being done.
func TestLostValuesAreNamed(t *testing.T) {
	w := started(t, memkv.Open(time.Now), box(t, 1))
	w.put(t, 1, 3)
	check(t, w.db.Update(t.Context(), func(tx *store.Tx) error {
		return w.things.Put(tx, &thing{ID: 2, Sealed: []byte("no envelope at all")})
	}))
	r, err := w.box.Rotate(t.Context(), NewKey(), Change{})
	if err != nil || r.Values != 2 || r.Unreadable != 1 || len(r.Damaged) != 1 || r.Damaged[0] != "thing: thing/2" {
		t.Errorf("%+v, %v", r, err)
	}
}
