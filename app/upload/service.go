package upload

import (
	"crypto/rand"
	"encoding/hex"

	"stoa/app/bucket"
	"stoa/app/depot"
	"stoa/app/usage"
	"stoa/store"
)

// Deps are the neighbours of the service.
type Deps struct {
	Bucket *bucket.Service
	Depot  *depot.Service
	Usage  *usage.Service
	Stir   func() // told, after a commit, that Sweep has work; nil = nobody
}

// Service is the uploads in parts.
type Service struct {
	Deps
	db *store.DB

	uploads   store.Table[Upload]
	uploadEnd store.Index[Upload]
	uploadsOf store.Index[Upload] // by tenant
	parts     store.Table[Part]
	blocks    store.Table[Block]
	blockEnd  store.Index[Block]
	joined    store.Index[Block]
	blocksOf  store.Index[Block] // by tenant
}

// New defines the tables; Bind completes the service.
func New(schema *store.Schema, d Deps) *Service {
	if d.Stir == nil {
		d.Stir = func() {}
	}
	s := &Service{Deps: d}
	s.uploads = store.Define(schema, 215, "upload", func(u *Upload) store.Key { return store.K().Str(u.ID) })
	s.uploadEnd = s.uploads.Index(1, "expires", func(u *Upload) []store.Key { return []store.Key{store.K().Time(u.Expires)} })
	s.uploadsOf = s.uploads.Index(2, "tenant", func(u *Upload) []store.Key { return []store.Key{store.K().Uint(u.Tenant)} })
	s.parts = store.Define(schema, 216, "upload_part", func(p *Part) store.Key { return partKey(p.Upload, p.Number) })
	s.blocks = store.Define(schema, 217, "upload_block", func(b *Block) store.Key { return store.K().Bytes(b.ID) })
	s.blockEnd = s.blocks.Index(1, "expires", func(b *Block) []store.Key { return []store.Key{store.K().Time(b.Expires)} })
	s.joined = s.blocks.Index(2, "joined", func(b *Block) []store.Key {
		if b.Joined == "" {
			return nil
		}
		return []store.Key{store.K().Str(b.Joined)}
	})
	s.blocksOf = s.blocks.Index(3, "tenant", func(b *Block) []store.Key { return []store.Key{store.K().Uint(b.Tenant)} })
	return s
}

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }

func randomID() []byte {
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails (crypto/rand)
	return id
}

func newID() string { return hex.EncodeToString(randomID()) }
