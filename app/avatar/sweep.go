package avatar

import (
	"context"
	"errors"
	"fmt"
	"time"

	"stoa/blob"
	"stoa/store"
)

// sweepEvery is how often all names are read.
const sweepEvery = time.Hour

const listed = 500

// Sweep removes the bytes of pictures that were dropped and, once an hour, of
// those that have no row: what a crash and the end of unused pictures left. It
// may be interrupted at any point.
func (s *Service) Sweep(ctx context.Context) error {
	for _, id := range s.take() {
		if err := s.blobs.Delete(ctx, prefix+id); err != nil {
			return err
		}
	}
	now := s.db.Clock()
	s.mu.Lock()
	due := now.Sub(s.swept) >= sweepEvery
	if due {
		s.swept = now
	}
	s.mu.Unlock()
	if !due {
		return nil
	}
	return s.each(ctx, func(b blob.Info, known bool) error {
		if known || now.Sub(b.Modified) < settled {
			return nil
		}
		return s.blobs.Delete(ctx, b.Name)
	})
}

// each calls fn with every blob, and whether a picture has it.
func (s *Service) each(ctx context.Context, fn func(b blob.Info, known bool) error) error {
	cursor := ""
	for {
		page, next, err := s.blobs.List(ctx, prefix, cursor, listed)
		if err != nil {
			return err
		}
		known := make([]bool, len(page))
		err = s.db.View(ctx, func(r store.Reader) (err error) {
			for i, b := range page {
				if known[i], err = s.pictures.Has(r, key(b.Name[len(prefix):])); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		for i, b := range page {
			if err := fn(b, known[i]); err != nil {
				return err
			}
		}
		if cursor = next; cursor == "" {
			return nil
		}
	}
}

// Check reads the bytes of every picture and says which are missing or changed.
func (s *Service) Check(ctx context.Context) (problems []string, err error) {
	var after store.Key
	for {
		var page []Picture
		err := s.db.View(ctx, func(r store.Reader) error {
			for p, err := range s.pictures.Scan(r, store.Scan{After: after, Limit: listed}) {
				if err != nil {
					return err
				}
				page = append(page, *p)
			}
			return nil
		})
		if err != nil || len(page) == 0 {
			return problems, err
		}
		for _, p := range page {
			after = key(p.ID)
			problem, err := s.check(ctx, p)
			if err != nil {
				return problems, err
			}
			if problem != "" {
				problems = append(problems, problem)
			}
		}
	}
}

// check reads one picture's bytes; one that was dropped meanwhile is no problem.
func (s *Service) check(ctx context.Context, p Picture) (string, error) {
	err := blob.Check(ctx, s.blobs, prefix+p.ID, p.Size, p.SHA256)
	if err == nil || ctx.Err() != nil {
		return "", ctx.Err()
	}
	still := false
	if viewed := s.db.View(ctx, func(r store.Reader) (err error) {
		still, err = s.pictures.Has(r, key(p.ID))
		return err
	}); viewed != nil || !still {
		return "", viewed
	}
	switch {
	case errors.Is(err, blob.ErrNotFound):
		return fmt.Sprintf("avatar %s: its bytes are missing", p.ID), nil
	case errors.Is(err, blob.ErrSum):
		return fmt.Sprintf("avatar %s: its bytes have changed", p.ID), nil
	}
	return "", err
}
