package intake

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/fault"
	"stoa/app/intake/source"
	"stoa/app/naming"
	"stoa/app/password"
	"stoa/app/task"
	"stoa/store"
)

// shown is how many problems a report lists itself; its file has all.
const shown = 100

// Problem is why one row can't be imported, or was not.
type Problem struct {
	Row   int    `json:"row"`
	Field string `json:"field"` // "" = the row as a whole
	Value string `json:"value"`
	Code  string `json:"code"`
	Text  string `json:"text"`
}

// Report is what a dry run found, or an import did.
type Report struct {
	Rows     int             `json:"rows"`
	Good     int             `json:"good"` // can be imported, or were
	Bad      int             `json:"bad"`
	Skipped  int             `json:"skipped"` // deleted in the other system
	Units    int             `json:"units"`   // departments that the file has
	Columns  []source.Column `json:"columns"`
	Problems []Problem       `json:"problems"` // the first ones
}

// Report is what the last dry run of an import found; nil until it has finished.
func (s *Service) Report(ctx context.Context, by access.Actor, i *Import) (*Report, error) {
	return s.reportOf(ctx, by, i.Check)
}

// Outcome is what an import did; nil until it has finished.
func (s *Service) Outcome(ctx context.Context, by access.Actor, i *Import) (*Report, error) {
	return s.reportOf(ctx, by, i.Run)
}

func (s *Service) reportOf(ctx context.Context, by access.Actor, id uint64) (*Report, error) {
	if id == 0 {
		return nil, nil
	}
	t, err := s.Task.Get(ctx, by, id)
	if err != nil || t.State != task.Done || t.Result == nil {
		return nil, ignore(err, fault.NotFound)
	}
	var r Report
	return &r, fault.Wrap(json.Unmarshal(t.Result.Data, &r))
}

func ignore(err error, kind fault.Kind) error {
	if fault.KindOf(err) == kind {
		return nil
	}
	return err
}

func problem(row int, r *source.Record, err error) Problem {
	f := fault.Of(err)
	p := Problem{Row: row, Field: f.Field, Code: f.Code, Text: f.Text}
	if field, ok := source.FieldOf(f.Field); ok && r != nil && field != source.Password && field != source.Hash && field != source.Salt {
		p.Value = clip(r.Cells[field])
	}
	return p
}

// open is the import of a task, with its file read.
func (s *Service) open(ctx context.Context, w *task.Work) (*Import, *source.Plan, *convert, error) {
	var in params
	if err := w.Task.Decode(&in); err != nil {
		return nil, nil, nil, err
	}
	w.Progress(0, 0, "reading")
	i, err := s.Get(ctx, w.Actor, in.Import)
	if err != nil {
		return nil, nil, nil, err
	}
	p, err := s.plan(i)
	if err != nil {
		return nil, nil, nil, err
	}
	c, err := s.converter(ctx, w.Actor, i, p)
	return i, p, c, err
}

// check is the task of a dry run: nothing is written but its report.
func (s *Service) check(ctx context.Context, w *task.Work) (task.Result, error) {
	i, p, c, err := s.open(ctx, w)
	if err != nil {
		return task.Result{}, err
	}
	out := newReporter(i, p)
	if len(p.Units) > 0 && !w.Actor.Can(access.DepartmentWrite) {
		out.add(Problem{Code: "access.denied", Text: "your roles do not allow to make the departments of the file: department.write is needed"})
	}
	d := &dry{s: s, by: w.Actor, c: c, names: map[string]int{}, emails: map[string]int{}, phones: map[string]int{}, ids: map[uint64]int{}}
	for at := 0; at < len(p.Records); at += 200 {
		part := p.Records[at:min(at+200, len(p.Records))]
		err := s.db.View(ctx, func(r store.Reader) error {
			for j := range part {
				err := d.try(r, &part[j])
				if err != nil && fault.KindOf(err) == fault.Internal {
					return err
				}
				out.row(&part[j], err)
			}
			return nil
		})
		if err != nil {
			return task.Result{}, err
		}
		if err := ctx.Err(); err != nil {
			return task.Result{}, err
		}
		w.Progress(int64(at+len(part)), int64(len(p.Records)), "checking")
	}
	return out.write(s.Shelf, w)
}

// dry is a dry run under way: what earlier rows would have taken.
type dry struct {
	s                     *Service
	by                    access.Actor
	c                     *convert
	names, emails, phones map[string]int
	ids                   map[uint64]int
}

func (d *dry) try(r store.Reader, rec *source.Record) error {
	in, err := d.c.account(rec)
	if err != nil {
		return err
	}
	if hash := rec.Cells[source.Hash]; hash != "" {
		if err := password.Importable(hash); err != nil {
			return wrong("account.password_hash", "password_hash", "the hash can't be used: %v", err)
		}
	} else if len(rec.Cells[source.Password]) > 1024 {
		return wrong("account.password", "password", "the password is longer than 1024 bytes")
	}
	a, err := d.s.Account.DraftImport(r, d.by, in)
	if err != nil {
		return err
	}
	return d.twice(rec.Row, a, in)
}

// twice refuses what an earlier row of the file has.
func (d *dry) twice(row int, a *account.Account, in account.Imported) error {
	for _, v := range []struct {
		seen        map[string]int
		field, text string
	}{{d.names, "name", naming.Fold(a.Name)}, {d.emails, "email", naming.Fold(a.Email)}, {d.phones, "phone", a.Phone}} {
		if v.text == "" {
			continue
		}
		if first := v.seen[v.text]; first != 0 {
			return wrong("import.twice", v.field, "row %d of the file has the same", first)
		}
	}
	if first := d.ids[in.ID]; in.ID != 0 && first != 0 {
		return wrong("import.twice", "id", "row %d of the file has the same", first)
	}
	d.names[naming.Fold(a.Name)], d.ids[in.ID] = row, row
	if a.Email != "" {
		d.emails[naming.Fold(a.Email)] = row
	}
	if a.Phone != "" {
		d.phones[a.Phone] = row
	}
	return nil
}

func number(n int) string { return strconv.Itoa(n) }

func title(i *Import, english bool) string {
	if english {
		return fmt.Sprintf("report-%s", i.Name)
	}
	return fmt.Sprintf("报告-%s", i.Name)
}
