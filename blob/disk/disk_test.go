package disk_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"stoa/blob"
	"stoa/blob/blobtest"
	"stoa/blob/disk"
)

func open(t *testing.T, dir string, o disk.Options) *disk.Store {
	t.Helper()
	if o.MinFree == 0 {
		o.MinFree = -1
	}
	s, err := disk.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func put(t *testing.T, s blob.Store, name, text string) {
	t.Helper()
	if _, err := s.Put(t.Context(), name, strings.NewReader(text), blob.Put{}); err != nil {
		t.Fatal(err)
	}
}

func TestContract(t *testing.T) {
	blobtest.Run(t, func(t *testing.T) blob.Store { return open(t, t.TempDir(), disk.Options{}) })
}

// files lists what is below dir.
func files(t *testing.T, dir string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, p)
			all = append(all, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestWhatACrashLeftGoes(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, disk.Options{})
	put(t, s, "a/b", "kept")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "tmp", "HALF"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, disk.Options{})
	if got := files(t, dir); len(got) != 1 || !strings.HasSuffix(got[0], "/a+b") {
		t.Errorf("left: %v", got)
	}
	if st, err := s.Stat(t.Context(), "a/b"); err != nil || st.Size != 4 {
		t.Errorf("%+v %v", st, err)
	}
}

func TestNothingFollowsALinkOut(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	secret := filepath.Join(outside, "secret")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir, disk.Options{})
	put(t, s, "x", "mine")
	at := filepath.Join(dir, files(t, dir)[0])
	if err := errors.Join(os.Remove(at), os.Symlink(secret, at)); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	if body, _, err := s.Get(t.Context(), "x", blob.Range{}); err == nil {
		_ = body.Close()
		t.Error("a link out of the directory was followed")
	}
	put(t, s, "x", "mine again") // replaces the link, not what it points to
	if got, err := os.ReadFile(secret); err != nil || string(got) != "secret" {
		t.Errorf("written through a link: %q %v", got, err)
	}
}

func TestLittleRoomIsRefused(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, disk.Options{MinFree: 1 << 60})
	_, err := s.Put(t.Context(), "x", strings.NewReader("x"), blob.Put{})
	if !errors.Is(err, blob.ErrFull) {
		t.Errorf("got %v", err)
	}
	if got := files(t, dir); len(got) != 0 {
		t.Errorf("left: %v", got)
	}
}

// A disk that is full in the middle of a put refuses it and has its room back.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("a small disk can't be mounted (root is needed): %s", out)
	}
	t.Cleanup(func() {
		if err := exec.Command("umount", dir).Run(); err != nil {
			t.Error(err)
		}
	})
	s, err := disk.Open(dir, disk.Options{MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, "small", "fits")
	if _, err := s.Put(t.Context(), "big", bytes.NewReader(make([]byte, 4<<20)), blob.Put{}); !errors.Is(err, blob.ErrFull) {
		t.Errorf("got %v", err)
	}
	if got := files(t, dir); len(got) != 1 {
		t.Errorf("left: %v", got)
	}
	put(t, s, "another", strings.Repeat("x", 500_000))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// Whatever is asked for, nothing outside of the directory is touched, and what
// is a name comes back as it was put.
func FuzzNames(f *testing.F) {
	for _, name := range []string{"a", "a/b", "../x", "/etc/passwd", "a\x00b", "tmp", "tmp/x", "..", "a+b", "A", strings.Repeat("a/", 100) + "a"} {
		f.Add(name)
	}
	parent := f.TempDir()
	dir := filepath.Join(parent, "blobs")
	s, err := disk.Open(dir, disk.Options{MinFree: -1})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close() })
	f.Fuzz(func(t *testing.T, name string) {
		_, err := s.Put(t.Context(), name, strings.NewReader(name), blob.Put{})
		if good := blob.CheckName(name) == nil; good != (err == nil) {
			t.Fatalf("%q: %v", name, err)
		}
		if err == nil {
			if st, err := s.Stat(t.Context(), name); err != nil || st.Size != int64(len(name)) {
				t.Fatalf("%q: %+v %v", name, st, err)
			}
			if found, _, err := s.List(t.Context(), name, "", 10); err != nil || len(found) == 0 || found[0].Name != name && len(found) == 1 {
				t.Fatalf("%q is not listed: %v %v", name, found, err)
			}
			if err := s.Delete(t.Context(), name); err != nil {
				t.Fatal(err)
			}
		}
		if around, err := os.ReadDir(parent); err != nil || len(around) != 1 {
			t.Fatalf("%q: something is outside of the directory: %v %v", name, around, err)
		}
	})
}
