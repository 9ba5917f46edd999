package main_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The sizes that no part of the product may exceed, in lines. Tests and
// generated files are left out.
const (
	maxFunction = 70
	maxFile     = 500
	maxPackage  = 2000
)

// source is one Go file of the module.
type source struct {
	file   string // slash-separated, from the module's root
	pkg    string // its folder: "app/account", "." for main
	lines  int
	syntax *ast.File
	set    *token.FileSet
}

var generated = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)

// sources parses every Go file of the module but tests and generated ones.
// Modules nested in it are others' matter.
func sources(t *testing.T) []source {
	t.Helper()
	var out []source
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || d.Name() == "testdata" || isModule(name)):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil || generated.Match(text) {
			return err
		}
		set := token.NewFileSet()
		syntax, err := parser.ParseFile(set, name, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		file := filepath.ToSlash(name)
		out = append(out, source{file, path.Dir(file), bytes.Count(text, []byte("\n")), syntax, set})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func isModule(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

// arrows say which of our packages a package may import. The first rule whose
// pattern fits counts; a pattern ending in /... fits everything below too.
var arrows = []struct {
	from string
	to   []string
}{
	{"store/key", nil},
	{"store/internal/codec", nil},
	{"store/internal/txn", []string{"store/kv"}},
	{"store/internal/counted", []string{"store/key", "store/kv"}},
	{"store/internal/catalog", []string{"store/internal/codec", "store/internal/txn", "store/key", "store/kv"}},
	{"store/...", []string{"store/..."}},
	{"blob/...", []string{"blob/..."}},
	{"ui/...", nil},
	{"docs/...", nil},
	{"app/fault", []string{"store/kv"}},
	{"app/access", []string{"app/fault"}},
	{"app/cli", []string{"app/...", "app", "store/kv"}},
	{"app/apptest", []string{"app/...", "app", "store/...", "blob/..."}},
	{"app/...", []string{"app/...", "store/...", "blob/..."}},
	{"app", []string{"app/...", "store/...", "blob/..."}},
	{"api/wire/...", []string{"api/wire/...", "app/access", "app/fault"}},
	{"api/v1", []string{"api/v1/...", "api/wire/...", "app", "app/..."}},
	{"api/v1/rest", []string{"api/wire/...", "app/..."}},
	{"api/v1/view", []string{"api/v1/rest", "api/wire/...", "app", "app/..."}},
	{"api/v1/...", []string{"api/v1/rest", "api/v1/view", "api/wire/...", "app", "app/..."}}, // an area knows no other
	{"api/*", []string{"api/wire/...", "app", "app/..."}},
	{"api", []string{"api/...", "app", "app/...", "ui", "docs"}},
	{".", []string{"api", "app", "app/cli"}},
	{"bench/...", []string{"bench/...", "api", "api/...", "app", "app/...", "store/..."}},
}

// fits reports whether a package matches a pattern: "a/..." is a and all below
// it, except that "app/..." means the domains, not the package app that opens them.
func fits(pkg, pattern string) bool {
	switch {
	case pattern == "app/...":
		return strings.HasPrefix(pkg, "app/")
	case strings.HasSuffix(pattern, "/..."):
		base := strings.TrimSuffix(pattern, "/...")
		return pkg == base || strings.HasPrefix(pkg, base+"/")
	case strings.HasSuffix(pattern, "/*"):
		return strings.HasPrefix(pkg, strings.TrimSuffix(pattern, "*"))
	}
	return pkg == pattern
}

func TestArrowsPointDown(t *testing.T) {
	for _, s := range sources(t) {
		for _, spec := range s.syntax.Imports {
			to, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if to, ours := strings.CutPrefix(to, "stoa/"); ours && !allowed(s.pkg, to) {
				t.Errorf("%s imports %s: the architecture has no such arrow", s.file, to)
			}
		}
	}
}

func allowed(from, to string) bool {
	if strings.HasPrefix(from, "api/") && strings.HasPrefix(to, "api/") && !strings.HasPrefix(to, "api/wire") {
		if dialect(from) != dialect(to) {
			return false
		}
		if dialect(from) != "v1" { // whose areas have rules of their own
			return true
		}
	}
	for _, a := range arrows {
		if fits(from, a.from) {
			return slices.ContainsFunc(a.to, func(p string) bool { return fits(to, p) })
		}
	}
	return false
}

// dialect is the folder under api that a package belongs to.
func dialect(pkg string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(pkg, "api/"), "/")
	return name
}

// The domain serves no HTTP and takes the time from its clock.
func TestDomainKnowsNoServerAndNoWallClock(t *testing.T) {
	server := []string{"ResponseWriter", "Handler", "HandlerFunc", "Server", "ServeMux", "ListenAndServe", "Cookie", "SetCookie"}
	for _, s := range sources(t) {
		if s.pkg != "app" && !strings.HasPrefix(s.pkg, "app/") || s.pkg == "app/cli" {
			continue
		}
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && selects(call.Fun, "time", "Now") {
				t.Errorf("%s: time.Now() is called; a clock is passed at construction", s.set.Position(n.Pos()))
			}
			for _, name := range server {
				if e, ok := n.(ast.Expr); ok && selects(e, "http", name) {
					t.Errorf("%s: http.%s in the domain", s.set.Position(n.Pos()), name)
				}
			}
			return true
		})
	}
}

func selects(e ast.Expr, pkg, name string) bool {
	sel, ok := e.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != name {
		return false
	}
	x, ok := sel.X.(*ast.Ident)
	return ok && x.Name == pkg
}

func TestSizes(t *testing.T) {
	packages := map[string]int{}
	for _, s := range sources(t) {
		packages[s.pkg] += s.lines
		if s.lines > maxFile {
			t.Errorf("%s has %d lines; %d are the limit of a file", s.file, s.lines, maxFile)
		}
		for _, d := range s.syntax.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			from, to := s.set.Position(f.Pos()).Line, s.set.Position(f.End()).Line
			if n := to - from + 1; n > maxFunction {
				t.Errorf("%s:%d: %s has %d lines; %d are the limit of a function", s.file, from, f.Name.Name, n, maxFunction)
			}
		}
		if s.file == "main.go" && s.lines >= 150 {
			t.Errorf("main.go has %d lines; it is a table of contents of less than 150", s.lines)
		}
	}
	for pkg, n := range packages {
		if n > maxPackage {
			t.Errorf("package %s has %d lines; %d are the limit", pkg, n, maxPackage)
		}
	}
}

// Packages are named after what they hold, and nothing happens by being imported.
func TestNamesAndInit(t *testing.T) {
	vague := []string{"util", "utils", "common", "helpers", "helper", "base", "models", "manager", "misc"}
	for _, s := range sources(t) {
		if slices.Contains(vague, path.Base(s.pkg)) {
			t.Errorf("%s: %s says nothing of what is in it", s.file, path.Base(s.pkg))
		}
		for _, d := range s.syntax.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s: init()", s.set.Position(f.Pos()))
			}
		}
	}
}

// Who seals registers the tables with what is sealed, so that a change of the master
// key reaches it. That every field is registered, a test with all kinds of secrets
// shows (api/v1).
func TestWhatIsSealedIsRegistered(t *testing.T) {
	seals, registers := map[string]string{}, map[string]bool{}
	for _, s := range sources(t) {
		if !strings.HasPrefix(s.pkg, "app/") || s.pkg == "app/seal" {
			continue
		}
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			name, ok := call.Fun.(*ast.SelectorExpr)
			switch {
			case !ok:
			case name.Sel.Name == "Seal" && len(call.Args) == 2:
				seals[s.pkg] = s.set.Position(call.Pos()).String()
			case name.Sel.Name == "Register" && isPackage(name.X, "seal"):
				registers[s.pkg] = true
			}
			return true
		})
	}
	if len(seals) < 10 {
		t.Errorf("only %d packages seal: the test looks for the wrong thing", len(seals))
	}
	for pkg, at := range seals {
		if !registers[pkg] {
			t.Errorf("%s: %s seals and registers no table with seal.Register: a change of the master key would lose what it keeps", at, pkg)
		}
	}
}

func isPackage(x ast.Expr, name string) bool {
	id, ok := x.(*ast.Ident)
	return ok && id.Name == name
}
