// Package depot keeps the bytes of tenants in pieces: a piece lies at a place,
// which is the appliance's own blobs or a bucket of the tenant's, and has a row
// that says where. It knows no files and no quotas.
//
// The order that keeps both whole: the bytes first, then the row; the row away,
// then the bytes. With the row that goes away stays a note, in the same commit, of
// the bytes that have to go; a sweep works the notes off. Bytes without a row,
// which a crash may leave, are found by reading all names once an hour.
package depot

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"stoa/app/fault"
	"stoa/blob"
	"stoa/store"
)

// Appliance is the place that is the server's own.
const Appliance uint64 = 0

// replayed is how many bytes of a piece are kept in memory so that they can be
// sent to another place when the first one fails.
const replayed = 4 << 20

const prefix = "piece/" // of the blobs' names

// Ref names a piece: what a file consists of.
type Ref struct {
	ID   [16]byte
	Size int64 // bytes
}

func (r Ref) key() store.Key { return store.K().Bytes(r.ID[:]) }

// Name is the name of the piece's blob, wherever it lies.
func (r Ref) Name() string { return prefix + hex.EncodeToString(r.ID[:]) }

// Piece is the row of a piece.
type Piece struct {
	ID      []byte    `cbor:"1,keyasint"` // 16 random bytes
	Tenant  uint64    `cbor:"2,keyasint"`
	Place   uint64    `cbor:"3,keyasint,omitempty"` // Appliance or a credential's id
	Size    int64     `cbor:"4,keyasint,omitempty"`
	SHA256  []byte    `cbor:"5,keyasint"`
	Created time.Time `cbor:"6,keyasint"`
}

// Ref is the piece's name.
func (p *Piece) Ref() Ref { return Ref{ID: [16]byte(p.ID), Size: p.Size} }

// Share is what of a tenant's lies at one place.
type Share struct {
	Tenant uint64 `cbor:"1,keyasint"`
	Place  uint64 `cbor:"2,keyasint"`
	Pieces int64  `cbor:"3,keyasint"`
	Bytes  int64  `cbor:"4,keyasint"`
	Waste  int64  `cbor:"5,keyasint,omitempty"` // pieces there without a row, about to be removed
}

// waste is bytes that have to go.
type waste struct {
	Place  uint64 `cbor:"1,keyasint"`
	ID     []byte `cbor:"2,keyasint"`
	Tenant uint64 `cbor:"3,keyasint"`
}

// Places are where pieces can lie.
type Places interface {
	// For is the places for new bytes of a tenant, the best first: Appliance alone,
	// or the tenant's buckets. key spreads pieces over them.
	For(ctx context.Context, tenant uint64, key string) ([]uint64, error)
	// Store is the blobs of a place; an Unavailable fault says which is missing.
	Store(ctx context.Context, place uint64) (blob.Store, error)
	// All lists the places that there are, Appliance among them.
	All(ctx context.Context) ([]uint64, error)
	// Report tells what an attempt at a place came to; nil = it went well.
	Report(place uint64, err error)
}

// Service is the pieces.
type Service struct {
	db      *store.DB
	places  Places
	pieces  store.Table[Piece]
	lying   store.Index[Piece] // by tenant and place
	shares  store.Table[Share]
	wasted  store.Table[waste]
	dropped func() // told, after the commit, that Sweep has work

	heads sync.Pool // of *[]byte, replayed bytes each
	mu    sync.Mutex
	swept time.Time         // when Sweep last read all names
	held  map[[16]byte]bool // pieces whose bytes are on their way, or on their way out

	reached map[uint64]string // how far the names of places were read, where that did not come to the end
}

// New defines the tables; Bind completes the service. dropped is told when there is
// something to sweep; nil is told nothing.
func New(schema *store.Schema, dropped func()) *Service {
	if dropped == nil {
		dropped = func() {}
	}
	s := &Service{dropped: dropped, held: map[[16]byte]bool{}, reached: map[uint64]string{}}
	s.heads.New = func() any { b := make([]byte, replayed); return &b }
	s.pieces = store.Define(schema, 205, "piece", func(p *Piece) store.Key { return p.Ref().key() })
	s.lying = s.pieces.Index(1, "place", func(p *Piece) []store.Key { return []store.Key{store.K().Uint(p.Tenant).Uint(p.Place)} })
	s.shares = store.Define(schema, 206, "piece_share", func(h *Share) store.Key { return shareKey(h.Tenant, h.Place) })
	s.wasted = store.Define(schema, 207, "piece_waste", func(w *waste) store.Key { return store.K().Uint(w.Place).Bytes(w.ID) })
	return s
}

func shareKey(tenant, place uint64) store.Key { return store.K().Uint(tenant).Uint(place) }

// Bind gives the service its store and the places.
func (s *Service) Bind(db *store.DB, p Places) { s.db, s.places = db, p }

// Written is bytes that lie at a place and have no row yet.
type Written struct {
	ID     [16]byte
	Place  uint64
	Size   int64
	SHA256 []byte

	held bool // no sweep looks at them
}

// hold lets nobody else of this process put or remove the bytes of a piece until
// release; false = somebody else holds it. What the age of bytes says, by which a
// sweep goes, is not to be relied on while they come and go.
func (s *Service) hold(id [16]byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held[id] {
		return false
	}
	s.held[id] = true
	return true
}

func (s *Service) release(id [16]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.held, id)
}

// Release lets go of bytes that Write has stored: they have a row now, or are for the
// sweep. Releasing twice is once.
func (s *Service) Release(w *Written) {
	if w.held {
		w.held = false
		s.release(w.ID)
	}
}

// Write stores bytes of a tenant at the best place that takes them. size is how
// many there are, 0 = unknown. Errors of body come back as they are; no room is an
// Unavailable fault. KeepTx or the caller's Release ends it.
func (s *Service) Write(ctx context.Context, tenant uint64, body io.Reader, size int64) (*Written, error) {
	w := &Written{}
	_, _ = rand.Read(w.ID[:]) // never fails (crypto/rand)
	w.held = s.hold(w.ID)
	if err := s.writeAnywhere(ctx, tenant, w, body, size); err != nil {
		s.Release(w)
		return nil, err
	}
	return w, nil
}

func (s *Service) writeAnywhere(ctx context.Context, tenant uint64, w *Written, body io.Reader, size int64) error {
	places, err := s.places.For(ctx, tenant, hex.EncodeToString(w.ID[:]))
	if err != nil {
		return err
	}
	if len(places) == 1 {
		return s.write(ctx, w, places[0], body, size)
	}
	head := s.heads.Get().(*[]byte)
	defer s.heads.Put(head)
	n, err := io.ReadFull(body, *head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	rest := &counter{body: body}
	for i, place := range places {
		err = s.write(ctx, w, place, io.MultiReader(bytes.NewReader((*head)[:n]), rest), size)
		if err == nil || rest.n > 0 || rest.err != nil || ctx.Err() != nil || i == len(places)-1 {
			break
		}
	}
	return err
}

// counter tells what was read of a body.
type counter struct {
	body io.Reader
	n    int64
	err  error // other than the end
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.body.Read(p)
	c.n += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		c.err = err
	}
	return n, err
}

func (s *Service) write(ctx context.Context, w *Written, place uint64, body io.Reader, size int64) error {
	blobs, err := s.places.Store(ctx, place)
	if err != nil {
		return err
	}
	source := &counter{body: body}
	info, err := blobs.Put(ctx, Ref{ID: w.ID}.Name(), source, blob.Put{Size: size})
	switch {
	case err == nil:
		s.places.Report(place, nil)
	case source.err != nil:
		return source.err // the client's, or a quota's
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, blob.ErrSum):
		return fault.New(fault.Malformed, "depot.short", "", "the body ended early: %d bytes were announced", size).With(err)
	case errors.Is(err, blob.ErrFull) && place == Appliance:
		return fault.New(fault.Unavailable, "blob.full", "", "the server's disk has no room left: an administrator must make some").With(err)
	default:
		s.places.Report(place, err)
		if fault.KindOf(err) == fault.Unavailable {
			return err // it says which place it was
		}
		return fault.New(fault.Unavailable, "depot.write", "", "the storage behind this did not take the bytes: try again").With(err)
	}
	sum, err := hex.DecodeString(info.SHA256)
	w.Place, w.Size, w.SHA256 = place, info.Size, sum
	return err
}

// Discard removes bytes that get no row.
func (s *Service) Discard(ctx context.Context, w *Written) error {
	blobs, err := s.places.Store(ctx, w.Place)
	if err != nil {
		return err
	}
	return blobs.Delete(ctx, Ref{ID: w.ID}.Name())
}

// KeepTx writes the row of bytes that lie somewhere, and releases them with the commit.
func (s *Service) KeepTx(tx *store.Tx, tenant uint64, w *Written) (Ref, error) {
	p := &Piece{ID: w.ID[:], Tenant: tenant, Place: w.Place, Size: w.Size, SHA256: w.SHA256, Created: tx.Now()}
	if err := s.pieces.Insert(tx, p); err != nil {
		return Ref{}, err
	}
	tx.OnCommit(func() { s.Release(w) })
	return p.Ref(), s.shareTx(tx, tenant, w.Place, Share{Pieces: 1, Bytes: w.Size})
}

// shareTx adds to what lies at a place.
func (s *Service) shareTx(tx *store.Tx, tenant, place uint64, d Share) error {
	h, err := s.shares.Get(tx, shareKey(tenant, place))
	if errors.Is(err, store.ErrNotFound) {
		h, err = &Share{Tenant: tenant, Place: place}, nil
	}
	if err != nil {
		return err
	}
	h.Pieces, h.Bytes, h.Waste = h.Pieces+d.Pieces, h.Bytes+d.Bytes, h.Waste+d.Waste
	switch {
	case h.Pieces < 0 || h.Bytes < 0 || h.Waste < 0:
		return fmt.Errorf("share of tenant %d at place %d would fall below nothing", tenant, place)
	case h.Pieces == 0 && h.Waste == 0:
		if err := s.shares.Delete(tx, shareKey(tenant, place)); !errors.Is(err, store.ErrNotFound) {
			return err
		}
		return nil
	}
	return s.shares.Put(tx, h)
}

// DropTx removes a piece's row; its bytes go after the commit.
func (s *Service) DropTx(tx *store.Tx, ref Ref) error {
	p, err := s.pieces.Get(tx, ref.key())
	if err != nil {
		return fmt.Errorf("piece %s: %w", ref.Name(), err)
	}
	if err := s.pieces.Delete(tx, ref.key()); err != nil {
		return err
	}
	if err := s.shareTx(tx, p.Tenant, p.Place, Share{Pieces: -1, Bytes: -p.Size}); err != nil {
		return err
	}
	return s.wasteTx(tx, p.Tenant, p.Place, p.ID)
}

// wasteTx notes bytes at a place that have to go.
func (s *Service) wasteTx(tx *store.Tx, tenant, place uint64, id []byte) error {
	err := s.wasted.Insert(tx, &waste{Place: place, ID: id, Tenant: tenant})
	if errors.Is(err, store.ErrExists) {
		return nil // noted already
	}
	if err != nil {
		return err
	}
	tx.OnCommit(s.dropped)
	return s.shareTx(tx, tenant, place, Share{Waste: 1})
}

// PieceTx is the row of a piece.
func (s *Service) PieceTx(r store.Reader, ref Ref) (*Piece, error) {
	return s.pieces.Get(r, ref.key())
}

// SharesTx is where a tenant's pieces lie, by place.
func (s *Service) SharesTx(r store.Reader, tenant uint64) ([]Share, error) {
	var out []Share
	for h, err := range s.shares.Scan(r, store.Scan{Prefix: store.K().Uint(tenant)}) {
		if err != nil {
			return nil, err
		}
		out = append(out, *h)
	}
	return out, nil
}

// isPiece is the id of the piece that a blob's name says.
func isPiece(name string) ([]byte, bool) {
	text, ours := strings.CutPrefix(name, prefix)
	id, err := hex.DecodeString(text)
	return id, ours && err == nil && len(id) == 16
}
