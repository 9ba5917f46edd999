package backup_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"stoa/app"
	"stoa/app/access"
	"stoa/app/apptest"
	"stoa/app/backup"
	"stoa/app/backup/archive"
	"stoa/app/fault"
	"stoa/store/kv"
	"stoa/store/kv/badgerkv"
)

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// planned is an App with a schedule.
func planned(t *testing.T, change ...func(*app.Backup)) (*apptest.App, string) {
	dir := filepath.Join(t.TempDir(), "backups")
	a := apptest.Open(t, func(c *app.Config) {
		c.TimeZone = "UTC"
		c.DataDir = t.TempDir()
		c.Backup.Dir, c.Backup.Keep, c.Backup.Weekly = dir, 3, 0
		for _, f := range change {
			f(&c.Backup)
		}
	})
	return a, dir
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	check(t, err)
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestScheduleAndRetention(t *testing.T) {
	a, dir := planned(t)
	ctx := context.Background()
	var first time.Time
	for day := range 6 {
		check(t, a.Backup.Round(ctx, "n1"))
		check(t, a.Backup.Round(ctx, "n1")) // nothing is due: nothing is made
		st, err := a.Backup.Status(ctx, a.Super)
		check(t, err)
		if want := min(day+1, 3); len(st.Backups) != want || len(files(t, dir)) != want || st.LastGood == nil || st.Failed != nil {
			t.Fatalf("day %d: %d backups, files %v", day, len(st.Backups), files(t, dir))
		}
		if next := st.Next.In(time.UTC); next.Format("15:04") != "03:00" || !next.After(a.Clock.Now()) || next.Sub(a.Clock.Now()) > 24*time.Hour {
			t.Errorf("next at %s", next)
		}
		if first.IsZero() {
			first = st.LastGood.At
		}
		a.Clock.Add(st.Next.Sub(a.Clock.Now()))
	}
	if names := files(t, dir); strings.Contains(names[0], first.Format("20060102T150405")) {
		t.Errorf("the oldest is still there: %v", names)
	}
	info, err := os.Stat(filepath.Join(dir, files(t, dir)[0]))
	check(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %o", info.Mode().Perm())
	}
}

func TestDaysAndWeeksAreKept(t *testing.T) {
	a, dir := planned(t, func(b *app.Backup) { b.Every, b.At, b.Keep, b.Daily, b.Weekly = 6*time.Hour, "", 2, 3, 2 })
	for range 4 * 20 {
		check(t, a.Backup.Round(context.Background(), "n1"))
		a.Clock.Add(6 * time.Hour)
	}
	// The newest two, which are the last of two days, that of a third day, and the
	// last of the week before.
	if names := files(t, dir); len(names) != 4 {
		t.Errorf("%v", names)
	}
}

func TestAFailureIsToldAndTriedAgain(t *testing.T) {
	a, dir := planned(t)
	ctx := context.Background()
	check(t, os.WriteFile(dir, nil, 0o600)) // a file where the folder should be
	if err := a.Backup.Round(ctx, "n1"); err == nil {
		t.Error("no error to report")
	}
	st, err := a.System.Status(ctx, a.Super)
	check(t, err)
	if !slices.Contains(st.Warnings, backup.WarnFailed) {
		t.Errorf("warnings %v", st.Warnings)
	}
	all, err := a.Backup.Status(ctx, a.Super)
	check(t, err)
	if all.Failed == nil || all.Failed.Error == "" || all.LastGood != nil || all.Next.Sub(a.Clock.Now()) > time.Hour {
		t.Errorf("%+v", all)
	}
	check(t, os.Remove(dir))
	a.Clock.Add(time.Hour)
	check(t, a.Backup.Round(ctx, "n1"))
	if st, err = a.System.Status(ctx, a.Super); err != nil || slices.Contains(st.Warnings, backup.WarnFailed) {
		t.Errorf("warnings %v, %v", st.Warnings, err)
	}
}

func TestByHandVerifyAndDelete(t *testing.T) {
	a, dir := planned(t)
	ctx := context.Background()
	check(t, a.Backup.Want(ctx, a.Super))
	if err := a.Backup.Want(ctx, a.Super); fault.KindOf(err) != fault.Conflict {
		t.Errorf("a second one meanwhile: %v", err)
	}
	check(t, a.Backup.Round(ctx, "n1"))
	st, err := a.Backup.Status(ctx, a.Super)
	check(t, err)
	b := st.Backups[0]
	if b.Kind != backup.Manual || b.By != apptest.SuperName || b.Rows == 0 || b.Verified.IsZero() {
		t.Errorf("%+v", b)
	}
	path := filepath.Join(dir, b.Name)
	text, err := os.ReadFile(path)
	check(t, err)
	text[len(text)/2] ^= 1
	check(t, os.WriteFile(path, text, 0o600))
	if b, err = a.Backup.Verify(ctx, a.Super, b.Name); err != nil || b.Damage == "" {
		t.Errorf("damage %q, %v", b.Damage, err)
	}
	check(t, a.Backup.Delete(ctx, a.Super, b.Name))
	if names := files(t, dir); len(names) != 0 {
		t.Errorf("%v", names)
	}
	if _, err := a.Backup.Verify(ctx, a.Super, b.Name); fault.KindOf(err) != fault.NotFound {
		t.Errorf("%v", err)
	}
}

// Nobody but super administrators gets at backups: they hold every tenant.
func TestOnlySuperAdministrators(t *testing.T) {
	a, _ := planned(t)
	by := access.Actor{Account: 9, Name: "other", Tenant: 1, Home: 1, Roles: []uint64{access.RoleAdmin}, Set: access.Every()}
	_, statusErr := a.Backup.Status(context.Background(), by)
	_, writeErr := a.Backup.Write(context.Background(), by, io.Discard, false)
	for _, err := range []error{statusErr, writeErr, a.Backup.Want(context.Background(), by), a.Backup.Delete(context.Background(), by, "x")} {
		if fault.KindOf(err) != fault.Denied {
			t.Errorf("%v", err)
		}
	}
}

// pairs of one transaction hold the same number; a backup that saw half of one
// would hold two.
func writePair(ctx context.Context, s kv.Store, writer, n int) error {
	value := binary.BigEndian.AppendUint64(nil, uint64(n))
	return s.Update(ctx, func(tx kv.Txn) error {
		for _, table := range []string{"\xf0\x01", "\xf0\x02"} {
			if err := tx.Put(fmt.Appendf(nil, "%s\x10writer%03d", table, writer), value); err != nil {
				return err
			}
		}
		return nil
	})
}

type halves map[string]string

func (halves) Header(archive.Header) error { return nil }
func (h halves) Pair(k, v []byte) error {
	if k[0] == 0xf0 {
		h[string(k)] = string(v)
	}
	return nil
}
func (halves) File(string, int64) error { return nil }
func (halves) Data([]byte) error        { return nil }
func (halves) Key([]byte) error         { return nil }
func (halves) Done() error              { return nil }

// Sixty-four writers go on while a backup is made: it holds one moment, and none
// of them waits for it.
func TestOneMomentWhileWritersGoOn(t *testing.T) {
	a := apptest.OpenDisk(t, func(c *app.Config) { c.DataDir = t.TempDir() })
	engine := a.DB.Engine()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	for i := range 64 {
		check(t, writePair(ctx, engine, i, 1))
	}
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			for n := 2; ctx.Err() == nil; n++ {
				if err := writePair(ctx, engine, i, n); err != nil && ctx.Err() == nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 5 {
		in, out := io.Pipe()
		got := halves{}
		read := make(chan error, 1)
		go func() { _, err := archive.Read(context.Background(), in, got); read <- err }()
		_, err := a.Backup.Write(context.Background(), a.Super, out, false)
		check(t, errors.Join(err, out.Close(), <-read))
		for i := range 64 {
			one, two := got[fmt.Sprintf("\xf0\x01\x10writer%03d", i)], got[fmt.Sprintf("\xf0\x02\x10writer%03d", i)]
			if one == "" || one != two {
				t.Fatalf("writer %d: %x and %x are of two moments", i, one, two)
			}
		}
	}
	stop()
	all.Wait()
}

// What is restored is what was there, files included, and a restore into a place
// that holds something is refused.
func TestRestore(t *testing.T) {
	data := t.TempDir()
	a := apptest.Open(t, func(c *app.Config) { c.DataDir = data })
	check(t, os.MkdirAll(filepath.Join(data, "blobs", "ab"), 0o700))
	check(t, os.WriteFile(filepath.Join(data, "blobs", "ab", "picture"), []byte("invented bytes"), 0o600))
	check(t, os.MkdirAll(filepath.Join(data, "blobs", "tmp"), 0o700))
	check(t, os.WriteFile(filepath.Join(data, "blobs", "tmp", "half"), []byte("not yet"), 0o600))
	file := filepath.Join(t.TempDir(), "b")
	check(t, backup.Save(file, func(w io.Writer) error {
		_, err := a.Backup.Write(context.Background(), a.Super, w, false)
		return err
	}))
	if err := backup.Save(file, func(io.Writer) error { return nil }); fault.KindOf(err) != fault.Exists {
		t.Errorf("a file that is there was replaced: %v", err)
	}
	dir := filepath.Join(t.TempDir(), "new")
	c := a.Config
	c.DataDir = dir
	seen := 0
	in := app.Restore{File: file, Check: func(ctx context.Context, b *app.App) error {
		r, err := b.System.Verify(ctx, a.Super)
		if err == nil && len(r.Problems) > 0 {
			err = fmt.Errorf("%v", r.Problems)
		}
		list, listErr := b.Account.Get(ctx, a.Super, a.Super.Account)
		if listErr == nil && list.Name == apptest.SuperName {
			seen++
		}
		return errors.Join(err, listErr)
	}}
	o := app.Options{Clock: a.Clock.Now, Box: a.Seal}
	_, checked, err := app.Restored(context.Background(), c, o, in)
	check(t, errors.Join(checked, err))
	got, err := os.ReadFile(filepath.Join(dir, "blobs", "ab", "picture"))
	if err != nil || string(got) != "invented bytes" || seen != 1 {
		t.Errorf("%q %v, seen %d", got, err, seen)
	}
	if _, err := os.Stat(filepath.Join(dir, "blobs", "tmp", "half")); err == nil {
		t.Error("a file that was being written is in the backup")
	}
	if _, _, err := app.Restored(context.Background(), c, o, in); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("restored over data: %v", err)
	}
	left, err := os.ReadDir(filepath.Dir(dir))
	check(t, err)
	if len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

// A damaged backup leaves nothing behind, wherever the damage is.
func TestDamagedBackupRestoresNothing(t *testing.T) {
	a := apptest.Open(t, func(c *app.Config) { c.DataDir = t.TempDir() })
	file := filepath.Join(t.TempDir(), "b")
	check(t, backup.Save(file, func(w io.Writer) error {
		_, err := a.Backup.Write(context.Background(), a.Super, w, false)
		return err
	}))
	text, err := os.ReadFile(file)
	check(t, err)
	check(t, os.WriteFile(file, text[:len(text)-10], 0o600))
	c := a.Config
	c.DataDir = filepath.Join(t.TempDir(), "new")
	if _, _, err := app.Restored(context.Background(), c, app.Options{Clock: a.Clock.Now, Box: a.Seal}, app.Restore{File: file}); !errors.Is(err, archive.ErrDamaged) {
		t.Errorf("%v", err)
	}
	if left, err := os.ReadDir(filepath.Dir(c.DataDir)); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// BenchmarkBackup says how fast rows go into a backup and out of it.
func BenchmarkBackup(b *testing.B) {
	a := apptest.OpenDisk(b, func(c *app.Config) { c.DataDir = b.TempDir() })
	const rows = 200_000
	for n := 0; n < rows; n += kv.MaxTxnOps {
		check(b, a.DB.Engine().Update(context.Background(), func(tx kv.Txn) error {
			for i := range kv.MaxTxnOps {
				if err := tx.Put(fmt.Appendf(nil, "\xf0\x01\x10%09d", n+i), fmt.Appendf(nil, "an invented row %d of some two hundred bytes %0160d", n+i, n)); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	file := filepath.Join(b.TempDir(), "b")
	b.Run("write", func(b *testing.B) {
		for b.Loop() {
			_ = os.Remove(file)
			check(b, backup.Save(file, func(w io.Writer) error {
				_, err := a.Backup.Write(context.Background(), a.Super, w, false)
				return err
			}))
		}
		b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
	b.Run("verify", func(b *testing.B) {
		for b.Loop() {
			_, err := backup.VerifyFile(context.Background(), file)
			check(b, err)
		}
		b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
	b.Run("restore", func(b *testing.B) {
		sum, err := backup.VerifyFile(context.Background(), file)
		check(b, err)
		for b.Loop() {
			dir := b.TempDir()
			engine, err := badgerkv.Open(filepath.Join(dir, "store"), badgerkv.Options{MinFreeBytes: -1, MinFreePercent: -1})
			check(b, err)
			check(b, backup.Fill(context.Background(), file, dir, engine, sum))
			check(b, engine.Close())
		}
		b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
}
