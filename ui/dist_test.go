package ui

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestDistIsFresh tells when dist was not rebuilt after its sources changed. The
// hash is the one that scripts/source-hash.mjs writes at the end of a build.
func TestDistIsFresh(t *testing.T) {
	want, err := fs.ReadFile(dist, "dist/SOURCE.sha256")
	if err != nil {
		t.Fatalf("dist was not written by npm run build: %v", err)
	}
	var lines strings.Builder
	for _, name := range sources(t) {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(data)
		fmt.Fprintf(&lines, "%s\x00%s\n", name, hex.EncodeToString(sum[:]))
	}
	sum := sha256.Sum256([]byte(lines.String()))
	if got := hex.EncodeToString(sum[:]); got != strings.TrimSpace(string(want)) {
		t.Errorf("ui/dist is stale: its sources have the hash %s, it was built of %s; run make dist", got, strings.TrimSpace(string(want)))
	}
}

// sources lists what the build is made of, by slash path, sorted.
func sources(t *testing.T) []string {
	t.Helper()
	names := []string{"index.html", "package.json", "package-lock.json", "vite.config.ts"}
	more, err := filepath.Glob("tsconfig*.json")
	if err != nil {
		t.Fatal(err)
	}
	names = append(names, more...)
	for _, root := range []string{"src", "public"} {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && entry.Type().IsRegular() {
				names = append(names, filepath.ToSlash(path))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(names)
	return names
}
