// Package docs serves the manual: the Markdown pages of this folder, embedded
// in the binary and readable without a network.
package docs

import (
	"bytes"
	"embed"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

//go:embed *.md style.css adr dialects
var pages embed.FS

// Prefix is where the manual is served.
const Prefix = "/docs/"

// policy lets a page show text and its own style sheet, and nothing else.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// manual renders pages on request; raw HTML in them is left out.
type manual struct {
	files    fs.FS
	markdown goldmark.Markdown
	page     *template.Template
}

// Handler serves everything under Prefix.
func Handler() http.Handler {
	return &manual{
		files:    pages,
		markdown: goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithParserOptions(parser.WithAutoHeadingID())),
		page:     template.Must(template.New("page").Parse(layout)),
	}
}

const layout = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{{.Title}}</title>
<link rel="stylesheet" href="/docs/style.css">
</head>
<body>
<nav>{{range .Pages}}<a href="/docs/{{.Path}}"{{if eq .Path $.Path}} aria-current="page"{{end}}>{{.Title}}</a>{{end}}<a href="/console/">Console</a><a href="/openapi.json">OpenAPI</a></nav>
<main>
{{.Body}}
</main>
</body>
</html>
`

// entry is one page of the list.
type entry struct{ Path, Title string }

// ServeHTTP sends a page: /docs/ is README.md, /docs/x is x.md.
func (m *manual) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("Cache-Control", "no-cache")
	name := strings.Trim(strings.TrimPrefix(path.Clean(r.URL.Path), strings.TrimSuffix(Prefix, "/")), "/")
	if name == "style.css" {
		h.Set("Content-Type", "text/css; charset=utf-8")
		http.ServeFileFS(w, r, m.files, name)
		return
	}
	source, name := m.read(strings.TrimSuffix(name, ".md"))
	if source == nil {
		h.Set("Content-Type", "text/plain; charset=utf-8")
		http.Error(w, "the manual has no such page; /docs/ lists all", http.StatusNotFound)
		return
	}
	var body, out bytes.Buffer
	doc := m.markdown.Parser().Parse(text.NewReader(source))
	relink(doc)
	err := m.markdown.Renderer().Render(&body, source, doc)
	if err == nil {
		err = m.page.Execute(&out, map[string]any{"Title": title(source, name), "Path": name, "Pages": m.list(),
			"Body": template.HTML(body.String())})
	}
	if err != nil {
		http.Error(w, "the page can't be shown", http.StatusInternalServerError)
		return
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	w.Write(out.Bytes())
}

// read finds the page of a path; "" and folders are their README.
func (m *manual) read(name string) (source []byte, page string) {
	for _, n := range []string{name, path.Join(name, "README")} {
		if n == "" {
			continue
		}
		if b, err := fs.ReadFile(m.files, n+".md"); err == nil {
			return b, n
		}
	}
	if name == "" {
		return []byte("# Manual\n\nThe pages are listed above.\n"), name
	}
	return nil, name
}

// relink turns links between the files into links between the pages.
func relink(doc ast.Node) {
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if l, ok := n.(*ast.Link); ok && entering && !bytes.Contains(l.Destination, []byte("://")) {
			file, anchor, found := strings.Cut(string(l.Destination), "#")
			if found {
				anchor = "#" + anchor
			}
			l.Destination = []byte(strings.TrimSuffix(file, ".md") + anchor)
		}
		return ast.WalkContinue, nil
	})
}

// list is every page, the manual's own first, decisions last.
func (m *manual) list() []entry {
	var out []entry
	_ = fs.WalkDir(m.files, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(file) != ".md" {
			return nil
		}
		source, err := fs.ReadFile(m.files, file)
		if err == nil {
			name := strings.TrimSuffix(file, ".md")
			out = append(out, entry{name, title(source, name)})
		}
		return nil
	})
	slices.SortStableFunc(out, func(a, b entry) int { return rank(a.Path) - rank(b.Path) })
	return out
}

func rank(name string) int {
	switch {
	case name == "README":
		return 0
	case strings.HasPrefix(name, "dialects/"):
		return 2
	case strings.HasPrefix(name, "adr/"):
		return 3
	}
	return 1
}

// title is the page's first heading.
func title(source []byte, name string) string {
	for line := range bytes.Lines(source) {
		if rest, ok := bytes.CutPrefix(line, []byte("# ")); ok {
			return strings.TrimSpace(string(rest))
		}
	}
	return name
}
