package backup

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/backup/archive"
	"stoa/app/duty"
	"stoa/app/fault"
	"stoa/store"
)

const (
	maxRows    = 500              // shown
	lookEvery  = 30 * time.Second // for what is due
	leaseTTL   = time.Minute
	retryAfter = time.Hour // a failed backup, sooner than the schedule
	tellEvery  = 2 * time.Second
	keepFailed = 20 // failed tries are remembered
)

// Run makes backups when they are due or wanted until ctx ends. report is told of
// those that fail.
func (s *Service) Run(ctx context.Context, node string, report func(error)) {
	duty.Duty{Name: "backup/make", TTL: leaseTTL, Every: lookEvery, Wake: s.wake,
		Round: func(ctx context.Context) (bool, error) { return false, s.Round(ctx, node) }}.Run(ctx, s.db.Engine(), node, report)
}

// Round makes the backup that is due or wanted, if there is one, and removes
// those that are not to be kept. Run calls it; one node at a time.
func (s *Service) Round(ctx context.Context, node string) error {
	if s.deps.Plan.Dir == "" {
		return nil
	}
	var asked *wanted
	due := false
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		st, err := s.state(tx)
		if err != nil {
			return err
		}
		if p := st.Running; p != nil { // whoever made it is gone: this node has the lease
			if err := s.rows.Put(tx, &row{Name: fileName(time.Unix(0, p.Began)), Kind: p.Kind, At: p.Began, Node: p.Node,
				Error: "the server stopped before it was done"}); err != nil {
				return err
			}
		}
		next, err := s.next(tx)
		if err != nil {
			return err
		}
		asked, due = st.Wanted, !next.After(tx.Now())
		if st.Running == nil && st.Wanted == nil {
			return nil
		}
		return s.now.Put(tx, &state{ID: 1})
	})
	if err != nil || asked == nil && !due {
		return err
	}
	if err := s.make(ctx, node, asked); err != nil {
		return err
	}
	return s.retain(ctx)
}

// next is when the schedule wants a backup: a time past at the latest when none
// was made yet.
func (s *Service) next(r store.Reader) (time.Time, error) {
	p := s.deps.Plan
	if p.Dir == "" {
		return time.Time{}, nil
	}
	for b, err := range s.rows.Scan(r, store.Scan{Reverse: true}) {
		if err != nil {
			return time.Time{}, err
		}
		if b.Kind != Scheduled {
			continue
		}
		last := time.Unix(0, b.At)
		if b.Error != "" {
			return earlier(p.after(last), last.Add(retryAfter)).UTC(), nil
		}
		return p.after(last).UTC(), nil
	}
	return r.Now(), nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// after is when the backup after one made at last is due.
func (p Plan) after(last time.Time) time.Time {
	if p.At < 0 || p.Every < 24*time.Hour {
		return last.Add(p.Every)
	}
	day := last.In(p.Zone)
	at := time.Date(day.Year(), day.Month(), day.Day(), 0, int(p.At/time.Minute), 0, 0, p.Zone)
	days := int(p.Every / (24 * time.Hour))
	if !at.After(last) {
		return at.AddDate(0, 0, days)
	}
	return at.AddDate(0, 0, days-1)
}

// make makes one backup and writes down what came of it.
func (s *Service) make(ctx context.Context, node string, asked *wanted) error {
	b := &row{Kind: Scheduled, Node: node}
	by := access.System("backup")
	entry := audit.Entry{Action: "backup.create", ObjectKind: "backup"}
	if asked != nil {
		b.Kind, b.By = Manual, asked.Name
		entry.Account, entry.AccountName, entry.Tenant = asked.Account, asked.Name, asked.Tenant
	}
	began := s.db.Clock()
	b.At, b.Name = began.UnixNano(), fileName(began)
	failed := s.save(ctx, b)
	b.Took = int64(s.db.Clock().Sub(began))
	entry.ObjectID, entry.ObjectName = b.Name, b.Name
	if failed != nil {
		b.Error = reason(failed)
		entry.Outcome, entry.Reason = audit.Failed, b.Error
	}
	err := s.db.Update(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		if err := s.rows.Put(tx, b); err != nil {
			return err
		}
		if err := s.now.Put(tx, &state{ID: 1}); err != nil {
			return err
		}
		return s.deps.Audit.AddTx(tx, by, entry)
	})
	if failed != nil {
		failed = errors.Join(errors.New("the backup "+b.Name+" failed"), failed)
	}
	return errors.Join(failed, err)
}

// save writes the file, reads it again and holds it against what was written.
func (s *Service) save(ctx context.Context, b *row) error {
	if err := os.MkdirAll(s.deps.Plan.Dir, 0o700); err != nil {
		return err
	}
	path := filepath.Join(s.deps.Plan.Dir, b.Name)
	var told time.Time
	err := Save(path, func(out io.Writer) error {
		sum, err := s.write(ctx, out, false, func(pairs uint64, size int64) error {
			if now := s.db.Clock(); now.Sub(told) >= tellEvery {
				told = now
				return s.tell(ctx, &progressRow{Began: b.At, Pairs: pairs, Size: size, Node: b.Node, Kind: b.Kind})
			}
			return nil
		})
		b.Size, b.Rows, b.Pairs, b.Files, b.SHA256 = sum.Size, sum.Total(), sum.Pairs, sum.Files, sum.SHA256
		return err
	})
	if err != nil {
		return err
	}
	sum, err := VerifyFile(ctx, path)
	if err == nil && sum.SHA256 != b.SHA256 {
		err = errors.New("the disk does not give back what was written")
	}
	if err != nil {
		return errors.Join(err, os.Remove(path))
	}
	b.Verified = s.db.Clock().UnixNano()
	return nil
}

func (s *Service) tell(ctx context.Context, p *progressRow) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		st, err := s.state(tx)
		if err != nil {
			return err
		}
		st.Running = p
		return s.now.Put(tx, st)
	})
}

// VerifyFile reads a backup and says what is in it; an error where it is not what
// was written.
func VerifyFile(ctx context.Context, path string) (archive.Summary, error) {
	f, err := os.Open(path)
	if err != nil {
		return archive.Summary{}, err
	}
	defer f.Close()
	return archive.Read(ctx, f, nil)
}

// retain removes the scheduled backups that the plan does not keep, and old tries
// that failed. Those made by hand stay.
func (s *Service) retain(ctx context.Context) error {
	var all []*row
	err := s.db.View(ctx, func(r store.Reader) error {
		all = nil
		for b, err := range s.rows.Scan(r, store.Scan{Reverse: true}) {
			if err != nil {
				return err
			}
			all = append(all, b)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, b := range s.deps.Plan.surplus(all) {
		if err := s.remove(ctx, access.System("backup"), b, "the plan keeps no more"); err != nil {
			return err
		}
	}
	return nil
}

// surplus are the backups, given newest first, that the plan does not keep.
func (p Plan) surplus(all []*row) (out []*row) {
	good, failed := 0, 0
	days, weeks := map[string]bool{}, map[string]bool{}
	for _, b := range all {
		if b.Error != "" {
			if failed++; failed > keepFailed {
				out = append(out, b)
			}
			continue
		}
		if b.Kind != Scheduled {
			continue
		}
		at := time.Unix(0, b.At).In(p.Zone)
		good++
		kept := good <= p.Keep
		if day := at.Format(time.DateOnly); !days[day] && len(days) < p.Daily {
			days[day], kept = true, true
		}
		year, week := at.ISOWeek()
		if key := time.Date(year, 1, 7*week, 0, 0, 0, 0, time.UTC).Format(time.DateOnly); !weeks[key] && len(weeks) < p.Weekly {
			weeks[key], kept = true, true
		}
		if !kept {
			out = append(out, b)
		}
	}
	return out
}

// remove removes a backup's file, then its row.
func (s *Service) remove(ctx context.Context, by access.Actor, b *row, why string) error {
	if err := os.Remove(filepath.Join(s.deps.Plan.Dir, b.Name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		if err := s.rows.Delete(tx, store.K().Str(b.Name)); err != nil && !isMissing(err) {
			return err
		}
		return s.deps.Audit.AddTx(tx, by, audit.Entry{Action: "backup.delete", ObjectKind: "backup", ObjectID: b.Name, ObjectName: b.Name, Reason: why})
	}))
}
