package task

import (
	"context"
	"fmt"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/store"
)

// Keeps reports whether a file that Work.FileName named is still needed: its
// attempt is under way, or it is the result of a task that is kept. Names of
// another form are nobody's.
func (s *Service) Keeps(ctx context.Context, file string) (bool, error) {
	var id, lease uint64
	var extension string
	if n, _ := fmt.Sscanf(file, "task-%d-%d.%s", &id, &lease, &extension); n != 3 {
		return false, nil
	}
	kept := false
	err := s.db.View(ctx, func(r store.Reader) error {
		t, err := s.get(r, id)
		if err != nil {
			return ignore(err, fault.NotFound)
		}
		kept = t.State == Leased && t.Lease == lease || t.Result != nil && t.Result.File == file
		return nil
	})
	return kept, err
}

// ResultOf is the file that came of a task, for its owner alone.
func (s *Service) ResultOf(ctx context.Context, by access.Actor, id uint64) (*Result, error) {
	t, err := s.Get(ctx, by, id)
	if err != nil {
		return nil, err
	}
	if t.Owner != by.Account || by.Account == 0 {
		return nil, fault.New(fault.Denied, "task.result_owner", "", "only the owner of a task fetches its result")
	}
	if t.State != Done || t.Result == nil || t.Result.File == "" {
		return nil, fault.New(fault.NotFound, "task.no_result", "", "the task has no file to fetch")
	}
	return t.Result, nil
}
