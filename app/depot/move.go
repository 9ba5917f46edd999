package depot

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"stoa/app/fault"
	"stoa/blob"
	"stoa/store"
)

// Why a piece was not moved.
var (
	ErrTarget = errors.New("depot: the place it should go to does not take it")
	ErrLost   = errors.New("depot: its bytes are not where they should be, or not those that they should be")
)

// At lists pieces of a tenant that lie at a place, behind one; nil = from the
// first.
func (s *Service) At(ctx context.Context, tenant, place uint64, after *Piece, limit int) ([]Piece, error) {
	scan := store.Scan{Prefix: store.K().Uint(tenant).Uint(place), Limit: limit}
	if after != nil {
		scan.After = store.K().Uint(tenant).Uint(place).Bytes(after.ID)
	}
	var out []Piece
	err := s.db.View(ctx, func(r store.Reader) error {
		out = out[:0]
		for p, err := range s.lying.Scan(r, scan) {
			if err != nil {
				return err
			}
			out = append(out, *p)
		}
		return nil
	})
	return out, fault.Wrap(err)
}

// Move copies a piece to another place and lets its row say so; the old copy goes
// by a sweep. The new copy is known to be whole before the row changes: its bytes
// have the SHA-256 of the row, and the place has taken that many. hold is asked
// first in the commit: an error leaves the piece where it is.
//
// ErrLost says that the old copy is gone or damaged, ErrTarget that the new place
// is to blame; both may hold more. A piece that was dropped or moved by somebody
// else meanwhile is no error.
func (s *Service) Move(ctx context.Context, p *Piece, to uint64, hold func(*store.Tx) error) error {
	if id := p.Ref().ID; s.hold(id) {
		defer s.release(id)
	} else { // the sweep would take the new copy for the one that it removes
		return errors.Join(ErrTarget, busy())
	}
	wasted, err := s.wastedAt(ctx, to, p.ID)
	if err != nil {
		return err
	}
	if wasted { // the sweep would take the new copy for the old one
		return errors.Join(ErrTarget, busy())
	}
	if err := s.copy(ctx, p, to); err != nil {
		return err
	}
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		if err := hold(tx); err != nil {
			return err
		}
		row, err := s.pieces.Get(tx, p.Ref().key())
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if err != nil || row.Place != p.Place {
			if err == nil && row.Place == to {
				return nil
			}
			return s.wasteTx(tx, p.Tenant, to, p.ID)
		}
		row.Place = to
		if err := s.pieces.Update(tx, row); err != nil {
			return err
		}
		if err := s.shareTx(tx, row.Tenant, p.Place, Share{Pieces: -1, Bytes: -row.Size}); err != nil {
			return err
		}
		if err := s.shareTx(tx, row.Tenant, to, Share{Pieces: 1, Bytes: row.Size}); err != nil {
			return err
		}
		return s.wasteTx(tx, row.Tenant, p.Place, row.ID)
	}))
}

// busy is the fault for a piece that waits for another copy of it to go.
func busy() *fault.Fault {
	return fault.New(fault.Unavailable, "depot.busy", "", "another copy of the file is about to be removed there: try again in a moment")
}

// wastedAt reports whether a copy of the piece at the place waits to be removed.
func (s *Service) wastedAt(ctx context.Context, place uint64, id []byte) (found bool, err error) {
	err = s.db.View(ctx, func(r store.Reader) error {
		_, err := s.wasted.Get(r, store.K().Uint(place).Bytes(id))
		found = err == nil
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return err
	})
	return found, fault.Wrap(err)
}

// copy puts a piece's bytes to another place.
func (s *Service) copy(ctx context.Context, p *Piece, to uint64) error {
	from, err := s.places.Store(ctx, p.Place)
	if err != nil {
		return err
	}
	target, err := s.places.Store(ctx, to)
	if err != nil {
		return errors.Join(ErrTarget, err)
	}
	name := p.Ref().Name()
	body, _, err := from.Get(ctx, name, blob.Range{})
	if err != nil {
		return s.source(ctx, p, err)
	}
	defer body.Close()
	read := &counter{body: body}
	info, err := target.Put(ctx, name, read, blob.Put{Size: p.Size, SHA256: hex.EncodeToString(p.SHA256)})
	switch {
	case err == nil && info.Size != p.Size:
		return fmt.Errorf("%w: %d bytes of %d arrived", ErrTarget, info.Size, p.Size)
	case err == nil:
		s.places.Report(to, nil)
		return nil
	case read.err != nil, errors.Is(err, blob.ErrSum):
		return s.source(ctx, p, errors.Join(read.err, err))
	case ctx.Err() != nil:
		return ctx.Err()
	}
	s.places.Report(to, err)
	return errors.Join(ErrTarget, err)
}

// source is what a failure of the old copy means.
func (s *Service) source(ctx context.Context, p *Piece, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, blob.ErrNotFound) || errors.Is(err, blob.ErrSum) {
		row, err2 := s.row(ctx, p.Ref())
		if err2 == nil && (row == nil || row.Place != p.Place) {
			return nil // dropped, or moved by somebody else
		}
		return errors.Join(ErrLost, err, err2)
	}
	s.places.Report(p.Place, err)
	return err
}

// row is a piece as it is now; nil = it was dropped.
func (s *Service) row(ctx context.Context, ref Ref) (p *Piece, err error) {
	err = s.db.View(ctx, func(r store.Reader) (err error) {
		p, err = s.pieces.Get(r, ref.key())
		if errors.Is(err, store.ErrNotFound) {
			p, err = nil, nil
		}
		return err
	})
	return p, fault.Wrap(err)
}
