package shelf_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"stoa/app/fault"
	"stoa/app/shelf"
)

func TestFilesAreWholeAndClosed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "files")
	s, err := shelf.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken off")
	if _, err := s.Put("t1.csv", func(w io.Writer) error {
		_, _ = io.WriteString(w, "half")
		return broken
	}); !errors.Is(err, broken) {
		t.Errorf("a failed write: %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("a failed write leaves %v", left)
	}
	n, err := s.Put("t1.csv", func(w io.Writer) error {
		_, err := io.WriteString(w, "whole")
		return err
	})
	if n != 5 || err != nil {
		t.Fatalf("%d %v", n, err)
	}
	folder, err1 := os.Stat(dir)
	file, err2 := os.Stat(filepath.Join(dir, "t1.csv"))
	if err1 != nil || err2 != nil || folder.Mode().Perm() != 0o700 || file.Mode().Perm() != 0o600 {
		t.Errorf("others may read: %v %v", folder.Mode(), file.Mode())
	}
	f, err := s.Open("t1.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, _ := io.ReadAll(f); string(got) != "whole" {
		t.Errorf("read %q", got)
	}
	if _, err := s.Open("t2.csv"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a missing file: %v", err)
	}
	for _, bad := range []string{"", "../x", "a/b", "part-x", ".x", "X"} {
		if _, err := s.Put(bad, func(io.Writer) error { return nil }); err == nil {
			t.Errorf("%q is taken for a name", bad)
		}
	}
}

func TestSweep(t *testing.T) {
	dir := t.TempDir()
	s, err := shelf.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"keep.csv", "part-keep2.csv", "old.csv", "part-old2.csv", "stray"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	n, err := s.Sweep(func(name string) (bool, error) { return strings.HasPrefix(name, "keep"), nil })
	if n != 3 || err != nil {
		t.Errorf("swept %d: %v", n, err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 2 {
		t.Errorf("left: %v", left)
	}
	if err := errors.Join(s.Remove("keep.csv"), s.Remove("keep.csv")); err != nil {
		t.Error(err)
	}
}
