package depot

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"stoa/blob"
	"stoa/store"
)

const (
	sweepEvery = time.Hour
	settled    = 24 * time.Hour // bytes without a row that are older were left by a crash
	batch      = 100
	share      = 5 * time.Minute // of a sweep, for a place elsewhere: all tenants' are swept in one go
)

// Sweep removes the bytes of pieces that were dropped and, once an hour, those
// that have no row. It may be interrupted at any point; what a place that is down
// holds is left for the next time.
func (s *Service) Sweep(ctx context.Context) error {
	places, err := s.places.All(ctx)
	if err != nil {
		return err
	}
	now := s.db.Clock()
	s.mu.Lock()
	due := now.Sub(s.swept) >= sweepEvery
	if due {
		s.swept = now
	}
	s.mu.Unlock()
	var all error
	for _, place := range places {
		blobs, err := s.places.Store(ctx, place)
		if err != nil {
			continue // known to be down; whoever asks for it is told
		}
		if err = s.sweep(ctx, place, blobs, due, now.Add(-settled)); err != nil {
			s.places.Report(place, err)
			all = errors.Join(all, fmt.Errorf("sweeping place %d: %w", place, err))
		}
	}
	return all
}

// sweep is Sweep of one place. One elsewhere, which may be slow or lists without an
// end, has its share of the time.
func (s *Service) sweep(ctx context.Context, place uint64, blobs blob.Store, due bool, before time.Time) error {
	if place != Appliance {
		bounded, cancel := context.WithTimeout(ctx, share)
		defer cancel()
		ctx = bounded
	}
	err := s.remove(ctx, place, blobs)
	if err == nil && due {
		err = s.orphans(ctx, place, blobs, before)
	}
	return err
}

// remove works off what has to go from a place.
func (s *Service) remove(ctx context.Context, place uint64, blobs blob.Store) error {
	for {
		var found []waste
		if err := s.db.View(ctx, func(r store.Reader) error {
			found = found[:0]
			for w, err := range s.wasted.Scan(r, store.Scan{Prefix: store.K().Uint(place), Limit: batch}) {
				if err != nil {
					return err
				}
				found = append(found, *w)
			}
			return nil
		}); err != nil || len(found) == 0 {
			return err
		}
		for _, w := range found {
			if err := blobs.Delete(ctx, Ref{ID: [16]byte(w.ID)}.Name()); err != nil {
				return err
			}
		}
		if err := s.db.Update(ctx, func(tx *store.Tx) error {
			for _, w := range found {
				err := s.wasted.Delete(tx, store.K().Uint(w.Place).Bytes(w.ID))
				if errors.Is(err, store.ErrNotFound) {
					continue // another node was here
				}
				if err == nil {
					err = s.shareTx(tx, w.Tenant, w.Place, Share{Waste: -1})
				}
				if err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
}

// orphans removes the blobs of a place that no row names and that are older than
// before.
func (s *Service) orphans(ctx context.Context, place uint64, blobs blob.Store, before time.Time) error {
	return s.each(ctx, place, blobs, func(b blob.Info, known bool) error {
		if known || b.Modified.After(before) {
			return nil
		}
		return s.orphan(ctx, place, blobs, b.Name)
	})
}

// orphan removes a blob of a place, unless it is on its way there or has got a row
// since the names were read.
func (s *Service) orphan(ctx context.Context, place uint64, blobs blob.Store, name string) error {
	text, _ := isPiece(name)
	id := [16]byte(text)
	if !s.hold(id) {
		return nil
	}
	defer s.release(id)
	p, err := s.row(ctx, Ref{ID: id})
	if err != nil || p != nil && p.Place == place {
		return err
	}
	return blobs.Delete(ctx, name)
}

// each calls fn with every piece that lies at a place, and whether a row says so. What
// was not come to is where the next call begins.
func (s *Service) each(ctx context.Context, place uint64, blobs blob.Store, fn func(b blob.Info, known bool) error) error {
	s.mu.Lock()
	cursor := s.reached[place]
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.reached[place] = cursor
		s.mu.Unlock()
	}()
	for {
		page, next, err := blobs.List(ctx, prefix, cursor, 500)
		if err != nil {
			return err
		}
		known := make([]bool, len(page))
		if err := s.db.View(ctx, func(r store.Reader) error {
			for i, b := range page {
				id, ours := isPiece(b.Name)
				if !ours {
					known[i] = true // none of this package's: left alone
					continue
				}
				p, err := s.pieces.Get(r, store.K().Bytes(id))
				if err != nil && !errors.Is(err, store.ErrNotFound) {
					return err
				}
				known[i] = err == nil && p.Place == place
			}
			return nil
		}); err != nil {
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

// Check holds the rows against the bytes at every place that can be asked, and the
// sums of shares against the rows. deep reads every byte, else sizes are compared.
func (s *Service) Check(ctx context.Context, deep bool) (problems []string, err error) {
	sums := map[[2]uint64]Share{}
	var after store.Key
	for {
		page := []Piece{}
		if err := s.db.View(ctx, func(r store.Reader) error {
			page = page[:0]
			for p, err := range s.pieces.Scan(r, store.Scan{After: after, Limit: 500}) {
				if err != nil {
					return err
				}
				page = append(page, *p)
			}
			return nil
		}); err != nil {
			return problems, err
		}
		if len(page) == 0 {
			return append(problems, s.checkShares(ctx, sums)...), nil
		}
		for _, p := range page {
			after = p.Ref().key()
			h := sums[[2]uint64{p.Tenant, p.Place}]
			h.Pieces, h.Bytes = h.Pieces+1, h.Bytes+p.Size
			sums[[2]uint64{p.Tenant, p.Place}] = h
			if err := s.checkPiece(ctx, &p, deep); err != nil {
				problems = append(problems, fmt.Sprintf("piece %x of tenant %d at place %d: %v", p.ID, p.Tenant, p.Place, err))
			}
			if ctx.Err() != nil {
				return problems, ctx.Err()
			}
		}
	}
}

func (s *Service) checkPiece(ctx context.Context, p *Piece, deep bool) error {
	blobs, err := s.places.Store(ctx, p.Place)
	if err != nil {
		return err
	}
	if deep {
		return blob.Check(ctx, blobs, p.Ref().Name(), p.Size, hex.EncodeToString(p.SHA256))
	}
	info, err := blobs.Stat(ctx, p.Ref().Name())
	if err == nil && info.Size != p.Size {
		err = fmt.Errorf("it has %d bytes, not %d", info.Size, p.Size)
	}
	return err
}

// checkShares compares kept sums with what was counted.
func (s *Service) checkShares(ctx context.Context, sums map[[2]uint64]Share) (problems []string) {
	err := s.db.View(ctx, func(r store.Reader) error {
		for h, err := range s.shares.Scan(r, store.Scan{}) {
			if err != nil {
				return err
			}
			at := [2]uint64{h.Tenant, h.Place}
			if is := sums[at]; is.Pieces != h.Pieces || is.Bytes != h.Bytes {
				problems = append(problems, fmt.Sprintf("tenant %d at place %d: %d pieces of %d bytes are counted, there are %d of %d", h.Tenant, h.Place, h.Pieces, h.Bytes, is.Pieces, is.Bytes))
			}
			delete(sums, at)
		}
		return nil
	})
	if err != nil {
		problems = append(problems, err.Error())
	}
	for at, is := range sums {
		problems = append(problems, fmt.Sprintf("tenant %d at place %d: %d pieces are not counted", at[0], at[1], is.Pieces))
	}
	return problems
}
