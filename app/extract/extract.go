// Package extract writes lists of accounts to files, in the background and in the
// words of whoever reads them. It knows what the columns are called and how values
// are said in each language; who may see which account it leaves to package account.
package extract

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/fault"
	"stoa/app/org"
	"stoa/app/sheet"
	"stoa/app/shelf"
	"stoa/app/task"
)

// Type is the type of the tasks that Begin adds.
const Type = "account.export"

// Kind is the built-in worker; the service is asked at use.
func Kind(s func() *Service) task.Kind {
	return task.Kind{Type: Type, PerUser: 1, Queue: 20, Run: func(ctx context.Context, w *task.Work) (task.Result, error) { return s().write(ctx, w) }}
}

// Role is a role as a list names it.
type Role struct {
	ID   uint64
	Code string
	Name string
}

// Deps are the neighbours of the service.
type Deps struct {
	Account *account.Service
	Org     *org.Service
	Task    *task.Service
	Shelf   *shelf.Shelf
	Zone    *time.Location // of the times in files
	Roles   func(context.Context, access.Actor) ([]Role, error)
}

// Service is the exports.
type Service struct{ Deps }

// New is the service; it keeps nothing of its own.
func New(d Deps) *Service { return &Service{d} }

// Export says what is to be written. Filter's Page, Limit and Cursor count for
// nothing.
type Export struct {
	Format   string // xlsx or csv
	Language string // zh-CN or en; "" = zh-CN
	Filter   account.Filter
}

// Begin adds a task that writes the accounts that match and that by may see to a
// file, which by may fetch from the task for a week. It needs account.export.
func (s *Service) Begin(ctx context.Context, by access.Actor, in Export) (*task.Task, error) {
	if err := by.Need(access.AccountExport); err != nil {
		return nil, err
	}
	if in.Format != "xlsx" && in.Format != "csv" {
		return nil, fault.New(fault.Invalid, "export.format", "format", "a list is written as xlsx or csv")
	}
	in.Filter.Page, in.Filter.Limit, in.Filter.Cursor = 0, 1, ""
	if _, err := s.Account.List(ctx, by, in.Filter); err != nil {
		return nil, err // a wrong filter is refused now, not later
	}
	return s.Task.Add(ctx, by, task.New{Type: Type, Title: fileName(in), Params: in})
}

func fileName(in Export) string {
	if english(in.Language) {
		return "accounts." + in.Format
	}
	return "账号." + in.Format
}

// write is the task.
func (s *Service) write(ctx context.Context, w *task.Work) (task.Result, error) {
	var in Export
	if err := w.Task.Decode(&in); err != nil {
		return task.Result{}, err
	}
	all, err := s.Account.ExportAll(ctx, w.Actor, in.Filter)
	if err != nil {
		return task.Result{}, err
	}
	words, err := s.words(ctx, w.Actor, in.Language)
	if err != nil {
		return task.Result{}, err
	}
	if in.Format == "xlsx" && all.Count >= sheet.MaxRows {
		return task.Result{}, fault.New(fault.TooLarge, "list.too_long", "format", "the list has more rows than an Excel sheet holds: narrow it by filters or take csv")
	}
	n := 0
	rows := func(yield func([]any, error) bool) {
		for row, err := range s.rows(ctx, words, all.Accounts) {
			if err == nil {
				err = ctx.Err()
			}
			if n++; n%100 == 0 {
				w.Progress(int64(n), int64(max(all.Count, n)), "writing")
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
	w.Progress(0, int64(all.Count), "writing")
	kind := sheet.MediaXLSX
	size, err := s.Shelf.Put(w.FileName(in.Format), func(to io.Writer) error {
		if in.Format == "csv" {
			kind = sheet.MediaCSV
			return sheet.CSV(to, true, words.header(), rows)
		}
		return sheet.XLSX(to, words.title, words.header(), rows)
	})
	if err != nil {
		return task.Result{}, err
	}
	figures, err := json.Marshal(map[string]int{"rows": n})
	return task.Result{File: w.FileName(in.Format), Name: fileName(in), Type: kind, Size: size, Data: figures}, err
}

// batch is how many accounts are shown at a time, with one look for the names
// beside them.
const batch = 500

func (s *Service) rows(ctx context.Context, words *words, accounts iter.Seq2[*account.Account, error]) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		page := make([]account.Account, 0, batch)
		flush := func() bool {
			ids := make([]uint64, 0, 2*len(page))
			for i := range page {
				ids = append(ids, page[i].Tenant, page[i].Department)
			}
			units, err := s.Org.Units(ctx, ids)
			if err != nil {
				return yield(nil, err)
			}
			for i := range page {
				if !yield(words.row(&page[i], units), nil) {
					return false
				}
			}
			page = page[:0]
			return true
		}
		for a, err := range accounts {
			if err != nil {
				yield(nil, err)
				return
			}
			if page = append(page, *a); len(page) == batch && !flush() {
				return
			}
		}
		if len(page) > 0 {
			flush()
		}
	}
}

// words are how one language says what is in a list.
type words struct {
	english          bool
	title            string
	active, disabled string
	zone             *time.Location
	roles            map[uint64]string
	columns          []column
}

func english(language string) bool { return strings.HasPrefix(strings.ToLower(language), "en") }

func (s *Service) words(ctx context.Context, by access.Actor, language string) (*words, error) {
	w := &words{english: english(language), title: "账号", active: "正常", disabled: "停用", zone: s.Zone, roles: map[uint64]string{}, columns: columns()}
	if w.english {
		w.title, w.active, w.disabled = "accounts", "active", "disabled"
	}
	roles, err := s.Roles(ctx, by)
	if err != nil {
		return nil, err
	}
	for _, r := range roles {
		w.roles[r.ID] = RoleName(r, w.english)
	}
	return w, nil
}

// RoleName is a role's name in Chinese or English; those that administrators made
// are called as they called them.
func RoleName(r Role, english bool) string {
	chinese := map[string]string{"ROLE_OWNER": "主账号", "ROLE_ADMIN": "管理员", "ROLE_CHANNEL_ADMIN": "渠道管理员", "ROLE_SECONDARY": "子账号",
		"ROLE_COMPANY_ADMIN": "公司管理员", "ROLE_MEMBER": "成员", "ROLE_SUPER_ADMIN": "超级管理员"}
	if name := chinese[r.Code]; name != "" && !english && r.ID < access.FirstCustomRole {
		return name
	}
	return r.Name
}

// column is one column of the list.
type column struct {
	english, chinese string
	value            func(w *words, a *account.Account, units map[uint64]*org.Unit) any
}

func (w *words) header() []string {
	var out []string
	for _, c := range w.columns {
		if w.english {
			out = append(out, c.english)
		} else {
			out = append(out, c.chinese)
		}
	}
	return out
}

func (w *words) row(a *account.Account, units map[uint64]*org.Unit) []any {
	out := make([]any, len(w.columns))
	for i, c := range w.columns {
		out[i] = c.value(w, a, units)
	}
	return out
}

type units = map[uint64]*org.Unit

// columns are those of the list, named as an import takes them.
func columns() []column {
	return []column{
		{"id", "编号", func(_ *words, a *account.Account, _ units) any { return a.ID }},
		{"name", "用户名", func(_ *words, a *account.Account, _ units) any { return a.Name }},
		{"nickname", "昵称", func(_ *words, a *account.Account, _ units) any { return a.Nickname }},
		{"email", "邮箱", func(_ *words, a *account.Account, _ units) any { return a.Email }},
		{"phone", "手机号", func(_ *words, a *account.Account, _ units) any { return a.Phone }},
		{"tenant", "组织", func(_ *words, a *account.Account, u units) any { return nameOf(u, a.Tenant) }},
		{"department", "部门", func(_ *words, a *account.Account, u units) any { return nameOf(u, a.Department) }},
		{"roles", "角色", func(w *words, a *account.Account, _ units) any { return w.roleNames(a.Roles) }},
		{"state", "状态", func(w *words, a *account.Account, _ units) any { return w.state(a.State) }},
		{"telephone", "电话", func(_ *words, a *account.Account, _ units) any { return a.Telephone }},
		{"duty", "职务", func(_ *words, a *account.Account, _ units) any { return a.Duty }},
		{"enterprise", "单位", func(_ *words, a *account.Account, _ units) any { return a.Enterprise }},
		{"division", "科室", func(_ *words, a *account.Account, _ units) any { return a.Division }},
		{"created_at", "创建时间", func(w *words, a *account.Account, _ units) any { return w.time(a.Created) }},
		{"modified_at", "修改时间", func(w *words, a *account.Account, _ units) any { return w.time(a.Modified) }},
		{"modified_by", "修改人", func(_ *words, a *account.Account, _ units) any { return a.ModifiedBy }},
		{"last_seen_at", "最近活动", func(w *words, a *account.Account, _ units) any { return w.time(a.LastSeen) }},
	}
}

func nameOf(u units, id uint64) string {
	if found := u[id]; found != nil {
		return found.Name
	}
	return ""
}

func (w *words) state(s account.State) string {
	if s == account.Active {
		return w.active
	}
	return w.disabled
}

func (w *words) time(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.In(w.zone)
}

func (w *words) roleNames(ids []uint64) string {
	names := make([]string, 0, len(ids))
	for _, id := range slices.Sorted(slices.Values(ids)) {
		name := w.roles[id]
		if name == "" {
			name = fmt.Sprint(id)
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}
