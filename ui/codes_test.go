package ui_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// composed are the codes that a fault gets from a value, by file and expression.
var composed = map[string][]string{
	"app/cloud/mover.go f.Code":         nil, // of another fault
	"app/image/image.go field":          {"image.url", "image.filename", "image.param"},
	"app/link/link.go field":            {"link.name_zh", "link.name_en", "link.url", "link.icon", "link.order", "link.roles", "link.tenant"},
	"app/menu/menu.go f.field":          {"menu.name", "menu.path", "menu.component", "menu.redirect", "menu.icon", "menu.page"},
	"app/menu/menu.go link.field":       {"menu.path", "menu.redirect"},
	"app/openid/request.go code":        {"openid.request_not_supported", "openid.request_uri_not_supported", "openid.registration_not_supported"},
	"app/position/change.go string(k)":  {"post.in_use", "grade.in_use", "post.too_many", "grade.too_many"},
	"app/position/service.go string(k)": {"post.not_found", "grade.not_found"},
	"app/position/service.go p.Kind":    {"post.name_taken", "grade.name_taken"},
	"app/session/login.go field":        {"session.login", "session.password"},
	"app/throttle/service.go string(c)": {"throttle.login", "throttle.login_address", "throttle.sms_phone_minute", "throttle.sms_phone_day", "throttle.sms_address", "throttle.existence_address", "throttle.proof", "throttle.reset"},
	"app/tree/keeper.go k.kind.Noun":    {"menu.stale", "menu.builtin", "menu.granted", "resource.stale", "resource.builtin", "resource.granted"},
	"app/tree/tree.go t.noun":           {"menu.not_found", "menu.too_many", "menu.in_use", "menu.cycle", "menu.parent", "menu.too_deep", "resource.not_found", "resource.too_many", "resource.in_use", "resource.cycle", "resource.parent", "resource.too_deep"},
	"app/source/service.go f.Code":      nil, // of another fault
	"api/wire/serve.go codeGone":        nil, // nobody is there to read it
}

// codeParam is a function that makes a fault of a code it is given.
type codeParam struct {
	index  int
	prefix string
}

// TestEveryFaultHasChineseWords reads from the sources which codes the server
// answers with: the console says each in Chinese.
func TestEveryFaultHasChineseWords(t *testing.T) {
	words, err := os.ReadFile("src/i18n/zh-CN/codes.ts")
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	for _, m := range regexp.MustCompile(`(\w+): '`).FindAllSubmatch(words, -1) {
		said[string(m[1])] = true
	}
	codes := map[string]string{}
	for _, top := range []string{"app", "api"} {
		for dir, files := range packages(t, filepath.Join("..", top)) {
			collect(t, strings.TrimPrefix(filepath.ToSlash(dir), "../"), files, codes)
		}
	}
	if len(codes) < 300 {
		t.Fatalf("only %d codes were found: the test reads the sources wrongly", len(codes))
	}
	for _, code := range slices.Sorted(maps.Keys(codes)) {
		if !said[strings.ReplaceAll(code, ".", "_")] {
			t.Errorf("%s (%s) has no words in ui/src/i18n/zh-CN/codes.ts", code, codes[code])
		}
	}
}

func packages(t *testing.T, root string) map[string]map[string]*ast.File {
	t.Helper()
	out := map[string]map[string]*ast.File{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && filepath.Base(name) == "kodo" {
			return filepath.SkipDir // Kodo's protocol has words of its own
		}
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		dir := filepath.Dir(name)
		if out[dir] == nil {
			out[dir] = map[string]*ast.File{}
		}
		out[dir][filepath.Base(name)] = file
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// collect adds the codes of one package: literals and constants given to fault.New,
// also by way of functions of the package.
func collect(t *testing.T, dir string, files map[string]*ast.File, codes map[string]string) {
	t.Helper()
	consts, through := map[string]string{}, map[string]codeParam{}
	for _, file := range files {
		maps.Copy(consts, constants(file))
	}
	for known := -1; known < len(through); { // one may hand on to another
		known = len(through)
		for _, file := range files {
			for _, decl := range file.Decls {
				if fn, ok := decl.(*ast.FuncDecl); ok {
					handsOn(fn, through)
				}
			}
		}
	}
	for name, file := range files {
		within := []string{}
		ast.Inspect(file, func(n ast.Node) bool {
			if fn, ok := n.(*ast.FuncDecl); ok {
				within = params(fn)
			}
			prefix, rest, ok := codeOf(n, through)
			if !ok {
				return true
			}
			at := dir + "/" + name
			if code, ok := consts[rest]; ok {
				codes[prefix+code] = at
				return true
			}
			if rest == "" {
				codes[prefix] = at
				return true
			}
			if slices.Contains(within, rest) && composed[at+" "+rest] == nil {
				return true // its callers say it
			}
			made, known := composed[at+" "+rest]
			if !known {
				t.Errorf("%s makes a fault whose code is %s%s: name the codes in the table of this test", at, prefix, rest)
			}
			for _, code := range made {
				codes[code] = at
			}
			return true
		})
	}
}

// handsOn notes a function that makes a fault whose code is a parameter of it.
func handsOn(fn *ast.FuncDecl, through map[string]codeParam) {
	ast.Inspect(fn, func(n ast.Node) bool {
		if prefix, name, ok := codeOf(n, through); ok && slices.Contains(params(fn), name) {
			through[fn.Name.Name] = codeParam{slices.Index(params(fn), name), prefix}
		}
		return true
	})
}

// codeOf is the code of a fault that a node makes, in two parts: see split.
func codeOf(n ast.Node, through map[string]codeParam) (prefix, rest string, ok bool) {
	call, isCall := n.(*ast.CallExpr)
	if !isCall {
		return "", "", false
	}
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		if x, isName := f.X.(*ast.Ident); isName && x.Name == "fault" && f.Sel.Name == "New" && len(call.Args) > 1 {
			prefix, rest = split(call.Args[1])
			return prefix, rest, true
		}
	case *ast.Ident:
		if p, known := through[f.Name]; known && p.index < len(call.Args) {
			prefix, rest = split(call.Args[p.index])
			return p.prefix + prefix, rest, true
		}
	}
	return "", "", false
}

// split gives the literal in front of an expression, and the rest of it as it is
// written: the whole literal and "" for a literal alone.
func split(e ast.Expr) (prefix, rest string) {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, _ := strconv.Unquote(e.Value)
		return s, ""
	case *ast.BinaryExpr:
		left, leftRest := split(e.X)
		right, rightRest := split(e.Y)
		if leftRest != "" {
			return "", leftRest
		}
		return left + right, rightRest
	case *ast.CallExpr:
		if len(e.Args) == 1 {
			_, in := split(e.Args[0])
			if strings.Contains(in, ".") {
				return "", in
			}
			_, fun := split(e.Fun)
			return "", fun + "(" + in + ")"
		}
	case *ast.SelectorExpr:
		_, x := split(e.X)
		return "", x + "." + e.Sel.Name
	case *ast.Ident:
		return "", e.Name
	}
	return "", "?"
}

func params(fn *ast.FuncDecl) []string {
	var out []string
	for _, field := range fn.Type.Params.List {
		for _, name := range field.Names {
			out = append(out, name.Name)
		}
	}
	return out
}

func constants(file *ast.File) map[string]string {
	out := map[string]string{}
	for _, decl := range file.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.CONST {
			continue
		}
		for _, spec := range gen.Specs {
			if v := spec.(*ast.ValueSpec); len(v.Names) == 1 && len(v.Values) == 1 {
				if s, rest := split(v.Values[0]); rest == "" {
					out[v.Names[0].Name] = s
				}
			}
		}
	}
	return out
}
