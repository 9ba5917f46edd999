// Package avatar is the pictures of accounts: what people upload, made square and
// small, kept as blobs and handed out under addresses that can't be guessed, so
// that a page may show them without a token. It knows no account: who shows which
// picture stands in the accounts, which tell it when a picture is taken into use
// and let go.
//
// A picture that no account shows goes a day after it was uploaded; one that an
// account lets go, at once.
package avatar

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/blob"
	"stoa/store"
)

// Path is where pictures are served; the id follows.
const Path = "/v1/avatars/"

const (
	prefix  = "avatar/" // of the blobs' names
	unused  = 24 * time.Hour
	pending = 10        // unused pictures of one uploader; the oldest goes
	settled = time.Hour // a blob without a row that is older was left by a crash
)

// Picture is one that was uploaded.
type Picture struct {
	ID       string    `cbor:"1,keyasint"` // 32 hexadecimal digits, random
	Uploader uint64    `cbor:"2,keyasint"` // account
	Type     string    `cbor:"3,keyasint"` // content type: image/jpeg or image/png
	Size     int64     `cbor:"4,keyasint"` // bytes
	SHA256   string    `cbor:"5,keyasint"` // hexadecimal
	Side     int       `cbor:"6,keyasint"` // pixels; it is square
	Uses     int       `cbor:"7,keyasint"` // accounts that show it
	Created  time.Time `cbor:"8,keyasint"`
}

// URL is the picture's address on this server.
func (p *Picture) URL() string { return Path + p.ID }

func (p *Picture) expires() time.Time {
	if p.Uses > 0 {
		return time.Time{}
	}
	return p.Created.Add(unused)
}

// uploads are the pictures of one uploader that may not be in use yet.
type uploads struct {
	Account uint64   `cbor:"1,keyasint"`
	IDs     []string `cbor:"2,keyasint"` // oldest first
}

// Deps are the neighbours of the service.
type Deps struct {
	Audit   *audit.Service
	Dropped func() // told, after the commit, that Sweep has work; nil tells nobody
}

// Service is the pictures.
type Service struct {
	Deps
	db       *store.DB
	blobs    blob.Store
	pictures store.Table[Picture]
	uploads  store.Table[uploads]
	queue    chan struct{} // who waits or works
	work     chan struct{} // who works

	mu      sync.Mutex
	dropped []string  // ids of pictures whose blobs can go
	swept   time.Time // when Sweep last read all names
}

// New defines the tables; Bind completes the service.
func New(schema *store.Schema, d Deps) *Service {
	s := &Service{Deps: d, queue: make(chan struct{}, waiting), work: make(chan struct{}, 1)}
	s.pictures = store.Define(schema, 154, "avatar", func(p *Picture) store.Key { return key(p.ID) })
	s.pictures.Expires((*Picture).expires)
	s.uploads = store.Define(schema, 155, "avatar_uploads", func(u *uploads) store.Key { return store.K().Uint(u.Account) })
	return s
}

// Bind gives the service its store and where its blobs are.
func (s *Service) Bind(db *store.DB, blobs blob.Store) { s.db, s.blobs = db, blobs }

func key(id string) store.Key { return store.K().Str(id) }

// Upload keeps a picture that was sent: PNG, JPEG, GIF (its first frame) or WebP,
// told by its content, up to 5 MiB and 25 million pixels. It is not in use yet.
func (s *Service) Upload(ctx context.Context, by access.Actor, raw []byte) (*Picture, error) {
	if by.Account == 0 {
		return nil, access.SignIn()
	}
	made, err := s.prepare(ctx, raw)
	if err != nil {
		return nil, fault.Wrap(err)
	}
	p := &Picture{ID: newID(), Uploader: by.Account, Type: made.kind, Side: made.side}
	info, err := s.blobs.Put(ctx, prefix+p.ID, bytes.NewReader(made.bytes), blob.Put{Type: p.Type, Size: int64(len(made.bytes))})
	if errors.Is(err, blob.ErrFull) {
		return nil, fault.New(fault.Unavailable, "blob.full", "", "the server's disk has no room left: an administrator must make some").With(err)
	}
	if err != nil {
		return nil, fault.Wrap(err)
	}
	p.Size, p.SHA256 = info.Size, info.SHA256
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		p.Created = tx.Now()
		if err := s.pictures.Insert(tx, p); err != nil {
			return err
		}
		if err := s.noteTx(tx, p); err != nil {
			return err
		}
		return s.Audit.AddTx(tx, by, audit.Entry{Action: "avatar.upload", ObjectKind: "avatar", ObjectID: p.ID, Tenant: by.Home})
	})
	if err != nil {
		return nil, fault.Wrap(errors.Join(err, s.blobs.Delete(ctx, prefix+p.ID)))
	}
	return p, nil
}

func newID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return hex.EncodeToString(b)
}

// noteTx adds a picture to its uploader's list and drops the oldest that nobody
// shows, so that nobody fills the disk with pictures.
func (s *Service) noteTx(tx *store.Tx, p *Picture) error {
	u, err := s.uploads.Get(tx, store.K().Uint(p.Uploader))
	if errors.Is(err, store.ErrNotFound) {
		u, err = &uploads{Account: p.Uploader}, nil
	}
	if err != nil {
		return err
	}
	kept := []string{}
	for i, id := range append(u.IDs, p.ID) {
		old, err := s.pictures.Get(tx, key(id))
		if errors.Is(err, store.ErrNotFound) || err == nil && old.Uses > 0 {
			continue
		}
		if err != nil {
			return err
		}
		if i < len(u.IDs)+1-pending {
			if err := s.dropTx(tx, id); err != nil {
				return err
			}
			continue
		}
		kept = append(kept, id)
	}
	u.IDs = kept
	return s.uploads.Put(tx, u)
}

// dropTx removes a picture; its blob goes after the commit.
func (s *Service) dropTx(tx *store.Tx, id string) error {
	tx.OnCommit(func() {
		s.mu.Lock()
		s.dropped = append(s.dropped, id)
		s.mu.Unlock()
		if s.Dropped != nil {
			s.Dropped()
		}
	})
	return s.pictures.Delete(tx, key(id))
}

// idOf is the id of the picture that an address names; "" if it is none of ours.
// The address may have a host in front: a client may have put it there.
func idOf(address string) string {
	if !strings.Contains(address, Path) {
		return ""
	}
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	id, ours := strings.CutPrefix(u.Path, Path)
	if !ours || !validID(id) {
		return ""
	}
	return id
}

func validID(id string) bool {
	return len(id) == 32 && !strings.ContainsFunc(id, func(r rune) bool { return !strings.ContainsRune("0123456789abcdef", r) })
}

// UseTx counts that an account shows another picture than before, in the commit
// that says so. Addresses that are none of ours count for nothing.
func (s *Service) UseTx(tx *store.Tx, before, after string) error {
	old, now := idOf(before), idOf(after)
	if old == now {
		return nil
	}
	if now != "" {
		p, err := s.pictures.Get(tx, key(now))
		if errors.Is(err, store.ErrNotFound) {
			return fault.New(fault.Invalid, "avatar.gone", "avatar", "there is no such picture any more: upload it again")
		}
		if err != nil {
			return err
		}
		p.Uses++
		if err := s.pictures.Update(tx, p); err != nil {
			return err
		}
	}
	if old == "" {
		return nil
	}
	p, err := s.pictures.Get(tx, key(old))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if p.Uses--; p.Uses <= 0 {
		return s.dropTx(tx, p.ID)
	}
	return s.pictures.Update(tx, p)
}

// Open is a picture and its bytes, for anybody who knows the id.
func (s *Service) Open(ctx context.Context, id string) (*Picture, io.ReadCloser, error) {
	missing := fault.New(fault.NotFound, "avatar.not_found", "id", "there is no such picture")
	if !validID(id) {
		return nil, nil, missing
	}
	var p *Picture
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		p, err = s.pictures.Get(r, key(id))
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil, missing
	}
	if err != nil {
		return nil, nil, fault.Wrap(err)
	}
	body, _, err := s.blobs.Get(ctx, prefix+id, blob.Range{})
	if errors.Is(err, blob.ErrNotFound) {
		return nil, nil, missing.With(err)
	}
	return p, body, fault.Wrap(err)
}

// take gives the pictures that were dropped since it was last asked.
func (s *Service) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Clone(s.dropped)
	s.dropped = nil
	return out
}
