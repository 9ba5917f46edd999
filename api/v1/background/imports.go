package background

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"golang.org/x/text/language"

	"stoa/api/v1/rest"
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/extract"
	"stoa/app/fault"
	"stoa/app/intake"
	"stoa/app/intake/source"
	"stoa/app/sheet"
	"stoa/app/task"
)

// Import is a file of accounts on its way in.
type Import struct {
	ID        uint64        `json:"id"`
	Kind      string        `json:"kind" enum:"accounts,ruoyi,pcloud,casdoor"`
	Name      string        `json:"name" description:"of the file"`
	Size      int64         `json:"size" description:"bytes"`
	Tenant    uint64        `json:"tenant" description:"where the accounts are made"`
	Options   ImportOptions `json:"options"`
	Check     *Task         `json:"check,omitempty" description:"the last dry run"`
	Found     *ImportReport `json:"found,omitempty" description:"what the dry run found, once it has finished"`
	Run       *Task         `json:"run,omitempty" description:"the import itself, once it was confirmed"`
	Outcome   *ImportReport `json:"outcome,omitempty" description:"what the import did, once it has finished"`
	Settled   int           `json:"settled" description:"rows that the import has dealt with so far"`
	Made      int           `json:"made" description:"accounts that it has made so far"`
	Failed    int           `json:"failed" description:"rows that it has refused so far"`
	CreatedAt time.Time     `json:"created_at"`
}

// ImportOptions say how a file is read.
type ImportOptions struct {
	Mapping  map[string]int `json:"mapping,omitempty" description:"which column, from 0, is which field; -1 = none. What is left out is found by the header"`
	KeepIDs  bool           `json:"keep_ids,omitempty" description:"keep the ids of the file: super administrators only"`
	Roles    []uint64       `json:"roles,omitempty" description:"of rows that name none; none = member"`
	Language string         `json:"language,omitempty" enum:"zh-CN,en" description:"of the report"`
}

// ImportReport is what a dry run found or an import did.
type ImportReport struct {
	Rows     int             `json:"rows"`
	Good     int             `json:"good" description:"rows that can be imported, or were"`
	Bad      int             `json:"bad"`
	Skipped  int             `json:"skipped" description:"rows of accounts that are deleted there, or are that system's own"`
	Units    int             `json:"units" description:"departments of the file; those that are missing here are made"`
	Columns  []ImportColumn  `json:"columns"`
	Problems []ImportProblem `json:"problems" description:"the first 100; the result of the task is a sheet of all"`
}

// ImportColumn is a column of a sheet and the field it is taken for.
type ImportColumn struct {
	Header string `json:"header"`
	Field  string `json:"field" description:"empty = none"`
	Sample string `json:"sample" description:"the first value"`
}

// ImportProblem is why one row can't be imported.
type ImportProblem struct {
	Row    int    `json:"row" description:"as the file counts; 0 = the file as a whole"`
	Field  string `json:"field" description:"empty = the row as a whole"`
	Value  string `json:"value"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// ImportQuery says what a file is.
type ImportQuery struct {
	Kind     string   `query:"kind" required:"true" enum:"accounts,ruoyi,pcloud,casdoor"`
	Name     string   `query:"name" description:"of the file; a table without a name of its own is called after it"`
	KeepIDs  bool     `query:"keep_ids" description:"super administrators only"`
	Roles    []uint64 `query:"roles"`
	Language string   `query:"language" enum:"zh-CN,en"`
}

// ImportConfirm begins an import.
type ImportConfirm struct {
	SkipErrors bool `json:"skip_errors,omitempty" description:"leave out the rows with errors; without it there must be none"`
}

// TemplateQuery says how a template is to be.
type TemplateQuery struct {
	Format   string `query:"format" enum:"xlsx,csv" default:"xlsx"`
	Language string `query:"language" enum:"zh-CN,en"`
}

// uploadBody is the largest body with a file: with what a form puts around it.
const uploadBody = intake.MaxFile + 64<<10

func (h handlers) importRoutes() []wire.Route {
	const tag, one = "imports", "/v1/imports/{id}"
	needs := access.Of(access.AccountImport)
	return []wire.Route{
		{Method: "POST", Path: "/v1/imports", Name: "v1.imports.create", Handle: h.upload, Query: ImportQuery{}, Out: Import{}, Status: http.StatusCreated,
			MaxBody: uploadBody, Long: true, Needs: needs, Tag: tag,
			Summary: "Upload a file of accounts and begin its dry run: the body is the file (up to 32 MiB), or a form with it as file"},
		{Method: "GET", Path: "/v1/imports/template", Name: "v1.imports.template", Handle: h.template, Query: TemplateQuery{}, Needs: needs, Tag: tag,
			Summary: "An empty sheet with the columns that an import knows"},
		{Method: "GET", Path: one, Name: "v1.imports.get", Handle: h.getImport, Out: Import{}, Needs: needs, Tag: tag, Summary: "Read an import"},
		{Method: "POST", Path: one + "/check", Name: "v1.imports.check", Handle: h.checkImport, In: ImportOptions{}, Out: Import{}, Needs: needs, Tag: tag,
			Summary: "Begin another dry run, with other options"},
		{Method: "POST", Path: one + "/confirm", Name: "v1.imports.confirm", Handle: h.confirmImport, In: ImportConfirm{}, Out: Import{}, Needs: needs, Tag: tag,
			Summary: "Import what the dry run found good"},
		{Method: "DELETE", Path: one, Name: "v1.imports.delete", Handle: h.deleteImport, Status: http.StatusNoContent, Needs: needs, Tag: tag,
			Summary: "Remove an import and its file; what it made stays"},
	}
}

func (h handlers) upload(c *wire.Call) (any, error) {
	var q ImportQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	if err := c.Actor.Need(access.AccountImport); err != nil {
		return nil, err // before the file is read
	}
	name, file, err := c.Upload("file")
	if err != nil {
		return nil, err
	}
	if q.Name != "" {
		name = q.Name
	}
	i, err := h.app.Intake.Upload(c.Ctx(), c.Actor, source.Kind(q.Kind), name, file,
		intake.Options{KeepIDs: q.KeepIDs, Roles: q.Roles, Language: spoken(c, q.Language)})
	if err != nil {
		return nil, err
	}
	out, err := h.showImport(c.Ctx(), c.Actor, i)
	return rest.Created("imports", i.ID, out), err
}

// spoken is the reader's language, as chosen or as the browser says.
func spoken(c *wire.Call, chosen string) string {
	if chosen == "en" || chosen == "zh-CN" {
		return chosen
	}
	wanted, _, err := language.ParseAcceptLanguage(c.Header("Accept-Language"))
	if err != nil {
		return "en"
	}
	_, which, _ := language.NewMatcher([]language.Tag{language.English, language.Chinese}).Match(wanted...)
	return [...]string{"en", "zh-CN"}[which]
}

func (h handlers) showImport(ctx context.Context, by access.Actor, i *intake.Import) (Import, error) {
	out := Import{ID: i.ID, Kind: i.Kind, Name: i.Name, Size: i.Size, Tenant: i.Tenant, Options: ImportOptions(i.Options), Settled: i.Next,
		Made: i.Made, Failed: i.Failed, CreatedAt: i.Created.UTC()}
	found, err := h.app.Intake.Report(ctx, by, i)
	if err != nil {
		return out, err
	}
	done, err := h.app.Intake.Outcome(ctx, by, i)
	if err != nil {
		return out, err
	}
	out.Found, out.Outcome = report(found), report(done)
	for id, into := range map[uint64]**Task{i.Check: &out.Check, i.Run: &out.Run} {
		if id == 0 {
			continue
		}
		t, err := h.app.Task.Get(ctx, by, id)
		if err != nil && fault.KindOf(err) != fault.NotFound {
			return out, err
		}
		if err == nil {
			shown := show(by, t)
			*into = &shown
		}
	}
	return out, nil
}

func report(r *intake.Report) *ImportReport {
	if r == nil {
		return nil
	}
	out := &ImportReport{Rows: r.Rows, Good: r.Good, Bad: r.Bad, Skipped: r.Skipped, Units: r.Units, Columns: make([]ImportColumn, len(r.Columns)),
		Problems: make([]ImportProblem, len(r.Problems))}
	for i, col := range r.Columns {
		out.Columns[i] = ImportColumn(col)
	}
	for i, p := range r.Problems {
		out.Problems[i] = ImportProblem{Row: p.Row, Field: p.Field, Value: p.Value, Code: p.Code, Detail: p.Text}
	}
	return out
}

func (h handlers) template(c *wire.Call) (any, error) {
	var q TemplateQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	if err := c.Actor.Need(access.AccountImport); err != nil {
		return nil, err
	}
	english := spoken(c, q.Language) == "en"
	f := wire.File{Name: "accounts.xlsx", Type: sheet.MediaXLSX}
	if !english {
		f.Name = "账号导入模板.xlsx"
	}
	if q.Format == "csv" {
		f.Name, f.Type = strings.TrimSuffix(f.Name, "xlsx")+"csv", sheet.MediaCSV
	}
	f.Write = func(w io.Writer) error { return intake.Template(w, q.Format, english) }
	return f, nil
}

func (h handlers) getImport(c *wire.Call) (any, error) {
	return h.oneImport(c, func(id uint64) (*intake.Import, error) { return h.app.Intake.Get(c.Ctx(), c.Actor, id) })
}

func (h handlers) checkImport(c *wire.Call) (any, error) {
	var in ImportOptions
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	in.Language = spoken(c, in.Language)
	return h.oneImport(c, func(id uint64) (*intake.Import, error) {
		return h.app.Intake.Again(c.Ctx(), c.Actor, id, intake.Options(in))
	})
}

func (h handlers) confirmImport(c *wire.Call) (any, error) {
	var in ImportConfirm
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	return h.oneImport(c, func(id uint64) (*intake.Import, error) {
		return h.app.Intake.Confirm(c.Ctx(), c.Actor, id, in.SkipErrors)
	})
}

func (h handlers) oneImport(c *wire.Call, do func(id uint64) (*intake.Import, error)) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	i, err := do(id)
	if err != nil {
		return nil, err
	}
	return h.showImport(c.Ctx(), c.Actor, i)
}

func (h handlers) deleteImport(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	return wire.NoContent{}, h.app.Intake.Delete(c.Ctx(), c.Actor, id)
}

// AccountExport says which accounts are written to a file, as a list selects them.
type AccountExport struct {
	Format     string   `json:"format" enum:"xlsx,csv"`
	Language   string   `json:"language,omitempty" enum:"zh-CN,en" description:"of headers, states and roles"`
	Q          string   `json:"q,omitempty" description:"part of the name, nickname, e-mail or phone"`
	Phone      string   `json:"phone,omitempty"`
	Role       []uint64 `json:"role,omitempty"`
	State      string   `json:"state,omitempty" enum:"active,disabled"`
	Tenant     uint64   `json:"tenant,omitempty"`
	Department uint64   `json:"department,omitempty"`
	Below      bool     `json:"below,omitempty" description:"those of the departments below it too"`
	Post       uint64   `json:"post,omitempty"`
	Grade      uint64   `json:"grade,omitempty"`
	Parent     uint64   `json:"parent,omitempty"`
	IDs        []uint64 `json:"ids,omitempty"`
	Sort       string   `json:"sort,omitempty" enum:"id,-id,name,-name,created,-created,modified,-modified"`
}

func (h handlers) exportRoutes() []wire.Route {
	return []wire.Route{{Method: "POST", Path: "/v1/accounts/exports", Name: "v1.accounts.export", Handle: h.export, In: AccountExport{}, Out: Task{},
		Status: http.StatusAccepted, Needs: access.Of(access.AccountExport), Tag: "accounts",
		Summary: "Write the accounts that match to a file, in the background: the task's result"}}
}

func (h handlers) export(c *wire.Call) (any, error) {
	var in AccountExport
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	sort, reverse, err := rest.Order(in.Sort, "id", "name", "created", "modified")
	if err != nil {
		return nil, err
	}
	t, err := h.app.Extract.Begin(c.Ctx(), c.Actor, extract.Export{Format: in.Format, Language: spoken(c, in.Language),
		Filter: account.Filter{Text: in.Q, Phone: in.Phone, Roles: in.Role, State: account.State(in.State), Tenant: in.Tenant,
			Department: in.Department, Below: in.Below, Post: in.Post, Grade: in.Grade, Parent: in.Parent, IDs: in.IDs, Sort: account.Sort(sort), Reverse: reverse}})
	if err != nil {
		return nil, err
	}
	return show(c.Actor, t), nil
}

// one answers with the task that do gives for the id in the path.
func (h handlers) one(c *wire.Call, do func(context.Context, access.Actor, uint64) (*task.Task, error)) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	t, err := do(c.Ctx(), c.Actor, id)
	if err != nil {
		return nil, err
	}
	return show(c.Actor, t), nil
}
