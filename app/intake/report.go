package intake

import (
	"encoding/json"
	"io"
	"iter"
	"strings"

	"stoa/app/intake/source"
	"stoa/app/sheet"
	"stoa/app/shelf"
	"stoa/app/task"
)

// reporter gathers what is said of a file's rows.
type reporter struct {
	Report
	english bool
	name    string
	all     []Problem
}

func newReporter(i *Import, p *source.Plan) *reporter {
	english := strings.HasPrefix(strings.ToLower(i.Options.Language), "en")
	r := &reporter{english: english, name: title(i, english)}
	r.Report = Report{Rows: len(p.Records), Skipped: p.Skipped, Units: len(p.Units), Columns: p.Columns, Problems: []Problem{}}
	for j := range r.Columns {
		r.Columns[j].Header, r.Columns[j].Sample = clip(r.Columns[j].Header), clip(r.Columns[j].Sample)
	}
	if r.Columns = r.Columns[:min(len(r.Columns), shown)]; r.Columns == nil {
		r.Columns = []source.Column{}
	}
	return r
}

func (r *reporter) row(rec *source.Record, err error) {
	if err == nil {
		r.Good++
		return
	}
	r.add(problem(rec.Row, rec, err))
}

func (r *reporter) add(p Problem) {
	r.Bad++
	r.all = append(r.all, p)
	if len(r.Problems) < shown {
		r.Problems = append(r.Problems, p)
	}
}

// write makes the report the result of a task: the figures, and a sheet of all
// rows that have a problem.
func (r *reporter) write(to *shelf.Shelf, w *task.Work) (task.Result, error) {
	data, err := json.Marshal(r.Report)
	if err != nil || len(r.all) == 0 {
		return task.Result{Data: data}, err
	}
	header := []string{"行", "列", "值", "原因", "代码"}
	if r.english {
		header = []string{"row", "column", "value", "reason", "code"}
	}
	out := task.Result{File: w.FileName("xlsx"), Name: strings.TrimSuffix(r.name, ".xlsx") + ".xlsx", Type: sheet.MediaXLSX, Data: data}
	out.Size, err = to.Put(out.File, func(f io.Writer) error { return sheet.XLSX(f, "report", header, r.rows()) })
	return out, err
}

func (r *reporter) rows() iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, p := range r.all {
			column := p.Field
			if f, ok := source.FieldOf(p.Field); ok {
				column = f.Label(r.english)
			}
			text := p.Text
			if said := chinese(p.Code); said != "" && !r.english {
				text = said
			}
			if !yield([]any{p.Row, column, p.Value, text, p.Code}, nil) {
				return
			}
		}
	}
}

// chinese is what the commonest problems are called in Chinese; "" for others.
func chinese(code string) string {
	return map[string]string{
		"account.name_taken":     "用户名已被占用",
		"account.email_taken":    "邮箱已属于其他账号",
		"account.phone_taken":    "手机号已属于该组织的其他账号",
		"account.id_taken":       "编号已属于其他账号",
		"account.given_id":       "编号无效，或无权保留编号",
		"account.name_missing":   "缺少用户名",
		"account.name":           "用户名不合规：2 至 64 个字符，由字母、数字和 . _ - 组成",
		"account.name_is_phone":  "用户名是手机号时须与本账号的手机号一致",
		"account.name_is_email":  "用户名含 @ 时须与本账号的邮箱一致",
		"account.name_reserved":  "该用户名为系统保留",
		"account.email":          "邮箱格式不正确",
		"account.phone":          "手机号格式不正确：11 位数字，或 + 加国家区号",
		"account.telephone":      "电话格式不正确",
		"account.role_unknown":   "角色不存在",
		"account.role_beyond":    "不能授予超出自己权限的角色",
		"account.role_secondary": "子账号角色只能用于子账号",
		"account.department":     "部门不存在或重名：请写路径（A/B）或编号",
		"account.state":          "状态只能是正常或停用",
		"account.password_hash":  "密码散列无法使用：请注明算法和盐的位置",
		"import.twice":           "与文件中前面的行重复",
		"org.frozen":             "组织已被冻结",
		"access.denied":          "没有权限",
	}[code]
}

// Template is an empty sheet with the columns that an import knows.
func Template(w io.Writer, format string, english bool) error {
	var header []string
	for _, f := range source.Fields() {
		header = append(header, f.Label(english))
	}
	none := func(func([]any, error) bool) {}
	if format == "csv" {
		return sheet.CSV(w, true, header, none)
	}
	name := "账号"
	if english {
		name = "accounts"
	}
	return sheet.XLSX(w, name, header, none)
}
