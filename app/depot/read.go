package depot

import (
	"context"
	"errors"
	"io"

	"stoa/app/fault"
	"stoa/blob"
	"stoa/store"
)

// Open reads a part of pieces that follow one another: length bytes from offset
// on. Pieces are opened when their turn comes.
func (s *Service) Open(ctx context.Context, refs []Ref, offset, length int64) (io.ReadCloser, error) {
	for len(refs) > 0 && offset >= refs[0].Size {
		offset -= refs[0].Size
		refs = refs[1:]
	}
	c := &chain{ctx: ctx, service: s, refs: refs, offset: offset, left: length}
	if err := c.next(); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return c, nil
}

// chain is pieces read one after another.
type chain struct {
	ctx     context.Context
	service *Service
	refs    []Ref
	offset  int64 // in the first of refs
	left    int64 // bytes to come
	part    int64 // of them, from the piece that is open
	body    io.ReadCloser
}

// next opens the first of refs; io.EOF when all has been read.
func (c *chain) next() error {
	if c.left <= 0 || len(c.refs) == 0 {
		return io.EOF
	}
	ref := c.refs[0]
	c.part = min(c.left, ref.Size-c.offset)
	body, err := c.service.open(c.ctx, ref, blob.Range{Offset: c.offset, Length: c.part})
	if err != nil {
		return err
	}
	c.body, c.refs, c.offset = body, c.refs[1:], 0
	return nil
}

func (c *chain) Read(p []byte) (int, error) {
	for {
		if c.body == nil {
			if err := c.next(); err != nil {
				return 0, err
			}
		}
		n, err := c.body.Read(p)
		c.left -= int64(n)
		c.part -= int64(n)
		if !errors.Is(err, io.EOF) {
			return n, err
		}
		if c.part > 0 {
			return n, io.ErrUnexpectedEOF
		}
		if err := c.Close(); err != nil || n > 0 {
			return n, err
		}
	}
}

// WriteTo lets whoever copies have the open piece's own fast way, where it has one.
func (c *chain) WriteTo(w io.Writer) (total int64, err error) {
	for {
		if c.body == nil {
			if err := c.next(); errors.Is(err, io.EOF) {
				return total, nil
			} else if err != nil {
				return total, err
			}
		}
		n, err := io.Copy(w, c.body)
		total += n
		c.left -= n
		c.part -= n
		if err == nil && c.part > 0 {
			err = io.ErrUnexpectedEOF
		}
		if err = errors.Join(err, c.Close()); err != nil {
			return total, err
		}
	}
}

func (c *chain) Close() error {
	if c.body == nil {
		return nil
	}
	body := c.body
	c.body = nil
	return body.Close()
}

// open opens one piece where its row says. Between reading the row and the bytes
// it may have been moved: then the row says the new place.
func (s *Service) open(ctx context.Context, ref Ref, r blob.Range) (io.ReadCloser, error) {
	for again := range 2 {
		var p *Piece
		err := s.db.View(ctx, func(r store.Reader) (err error) {
			p, err = s.pieces.Get(r, ref.key())
			return err
		})
		if errors.Is(err, store.ErrNotFound) {
			return nil, fault.New(fault.NotFound, "depot.gone", "", "the file was removed meanwhile")
		}
		if err != nil {
			return nil, fault.Wrap(err)
		}
		blobs, err := s.places.Store(ctx, p.Place)
		if err != nil {
			return nil, err
		}
		body, _, err := blobs.Get(ctx, ref.Name(), r)
		if err == nil {
			return body, nil
		}
		if !errors.Is(err, blob.ErrNotFound) && ctx.Err() == nil {
			s.places.Report(p.Place, err)
		}
		if fault.KindOf(err) == fault.Unavailable {
			return nil, err // it says which place it was
		}
		if !errors.Is(err, blob.ErrNotFound) || again > 0 {
			return nil, fault.New(fault.Unavailable, "depot.read", "", "the storage that holds this file does not give it: try again").With(err)
		}
	}
	return nil, nil // not reached: the loop returns
}

// Peek reads bytes that have no row yet.
func (s *Service) Peek(ctx context.Context, w *Written) (io.ReadCloser, error) {
	blobs, err := s.places.Store(ctx, w.Place)
	if err != nil {
		return nil, err
	}
	body, _, err := blobs.Get(ctx, Ref{ID: w.ID}.Name(), blob.Range{})
	return body, fault.Wrap(err)
}
