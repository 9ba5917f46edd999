package intake

import (
	"context"
	"sync"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/fault"
	"stoa/app/intake/source"
	"stoa/app/task"
	"stoa/store"
)

// together is how many rows are hashed side by side; of them, as many go into one
// commit as it holds.
const together = 64

// run is the task of an import.
func (s *Service) run(ctx context.Context, w *task.Work) (task.Result, error) {
	i, p, c, err := s.open(ctx, w)
	if err != nil {
		return task.Result{}, err
	}
	if err := s.bring(ctx, w.Actor, c, p.Units); err != nil {
		return task.Result{}, err
	}
	for at := i.Next; at < len(p.Records); {
		if err := ctx.Err(); err != nil {
			return task.Result{}, err
		}
		w.Progress(int64(at), int64(len(p.Records)), "importing")
		rows := s.prepare(ctx, c, p.Records[at:min(at+together, len(p.Records))])
		for len(rows) > 0 {
			n, err := s.commit(ctx, w, i.ID, at, rows)
			if err != nil {
				return task.Result{}, err
			}
			at, rows = at+n, rows[n:]
		}
	}
	return s.finish(ctx, w, i.ID, p)
}

// prepared is a row that is ready to be written, or the reason why it is not.
type prepared struct {
	record *source.Record
	in     account.Imported
	err    error
}

// prepare converts rows and hashes their passwords, side by side.
func (s *Service) prepare(ctx context.Context, c *convert, records []source.Record) []prepared {
	rows := make([]prepared, len(records))
	slots := make(chan struct{}, max(s.Workers, 1))
	var all sync.WaitGroup
	for j := range records {
		r := &rows[j]
		r.record = &records[j]
		if r.in, r.err = c.account(r.record); r.err != nil {
			continue
		}
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			r.in.PasswordHash, r.err = s.hash(ctx, r.record)
		})
	}
	all.Wait()
	return rows
}

// hash is what is to be kept of a row's password; "" for none.
func (s *Service) hash(ctx context.Context, r *source.Record) (string, error) {
	if hash := r.Cells[source.Hash]; hash != "" {
		return s.Account.Adopt(ctx, hash)
	}
	if text := r.Cells[source.Password]; text != "" {
		return s.Account.HashImported(ctx, text)
	}
	return "", nil
}

// commit writes as many rows as one commit holds, with how far the import is, and
// says how many those were.
func (s *Service) commit(ctx context.Context, w *task.Work, id uint64, at int, rows []prepared) (int, error) {
	n := 0
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		n = 0
		if err := w.HoldTx(tx); err != nil {
			return err
		}
		i, err := s.imports.Get(tx, key(id))
		if err != nil {
			return err
		}
		if i.Next != at {
			return fault.New(fault.Conflict, "import.moved", "", "the import went on elsewhere")
		}
		for ; n < len(rows) && (n == 0 || !tx.Full()); n++ {
			if err := s.one(tx, w.Actor, i, &rows[n]); err != nil {
				return err
			}
		}
		i.Next, i.Modified = at+n, tx.Now()
		return s.imports.Update(tx, i)
	})
	return n, err
}

// one writes one row, or why it was refused.
func (s *Service) one(tx *store.Tx, by access.Actor, i *Import, r *prepared) error {
	err := r.err
	if err == nil {
		_, err = s.Account.ImportTx(tx, by, r.in)
	}
	if err == nil {
		i.Made++
		return nil
	}
	switch fault.KindOf(err) {
	case fault.Internal, fault.Unavailable:
		return err // another try may succeed
	}
	i.Failed++
	p := problem(r.record.Row, r.record, err)
	return s.refusals.Put(tx, &refusal{Import: i.ID, Row: p.Row, Field: p.Field, Value: p.Value, Code: p.Code, Text: p.Text, Ends: tx.Now().Add(kept)})
}

// finish writes the report.
func (s *Service) finish(ctx context.Context, w *task.Work, id uint64, p *source.Plan) (task.Result, error) {
	var out *reporter
	err := s.db.View(ctx, func(r store.Reader) error {
		i, err := s.imports.Get(r, key(id))
		if err != nil {
			return err
		}
		out = newReporter(i, p)
		out.Good = i.Made
		for f, err := range s.refusals.Scan(r, store.Scan{Prefix: key(id)}) {
			if err != nil {
				return err
			}
			out.add(Problem{f.Row, f.Field, f.Value, f.Code, f.Text})
		}
		return nil
	})
	if err != nil {
		return task.Result{}, err
	}
	return out.write(s.Shelf, w)
}
