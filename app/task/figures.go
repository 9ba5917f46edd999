package task

import (
	"context"
	"sync/atomic"
	"time"

	"stoa/store"
)

// Took is what attempts of one type have cost this process since its start.
type Took struct {
	Runs  atomic.Uint64
	Nanos atomic.Int64
}

// Figures are one type's counts, for monitoring.
type Figures struct {
	Type     string
	Waiting  int           // scheduled
	Pending  int           // depth of the queue
	Leased   int           // under way
	Retrying int           // waiting for another try
	Oldest   time.Duration // how long the oldest pending task has waited
	Done     uint64        // ever
	Retries  uint64        // ever
	Dead     uint64        // ever
	Runs     uint64        // attempts that ended in this process
	RunsTook time.Duration // together
}

// Figures are those of every type that has a worker.
func (s *Service) Figures(ctx context.Context) ([]Figures, error) {
	var out []Figures
	err := s.db.View(ctx, func(r store.Reader) error {
		out = nil
		for _, name := range s.Types() {
			y, err := s.tallyOf(r, name)
			if err != nil {
				return err
			}
			f := Figures{Type: name, Waiting: y.Waiting, Pending: y.Pending, Leased: y.Leased, Retrying: y.Retrying, Done: y.Done,
				Retries: y.Retries, Dead: y.Dead, Runs: s.took[name].Runs.Load(), RunsTook: time.Duration(s.took[name].Nanos.Load())}
			if f.Oldest, err = s.age(r, name); err != nil {
				return err
			}
			out = append(out, f)
		}
		return nil
	})
	return out, err
}

// age is how long the oldest pending task of a type has waited.
func (s *Service) age(r store.Reader, kind string) (time.Duration, error) {
	s.seen.Lock()
	from := s.seen.oldest[kind]
	s.seen.Unlock()
	scan := store.Scan{Prefix: store.K().Str(kind), Limit: 1}
	if !from.IsZero() {
		scan.After = store.K().Str(kind).Time(from)
	}
	since := r.Now()
	for t, err := range s.oldest.Scan(r, scan) {
		if err != nil {
			return 0, err
		}
		since = t.Since
	}
	s.seen.Lock()
	defer s.seen.Unlock()
	s.seen.oldest[kind] = since.Add(-behind)
	return max(r.Now().Sub(since), 0), nil
}
