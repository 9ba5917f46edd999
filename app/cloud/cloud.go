// Package cloud is the buckets of tenants' own, at S3 servers elsewhere: a set of
// credentials for each tenant, replaced as a whole. It says where a tenant's bytes
// go, watches whether the buckets can be used, and has the pieces that lie
// elsewhere moved when the set changes. What the pieces are, package depot knows.
//
// A credential is a place of depot's, known by its id. One that leaves the set is
// retired, and kept as long as pieces lie there. Its secret is sealed and never
// shown again.
package cloud

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"strconv"
	"sync"
	"time"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/depot"
	"stoa/app/egress"
	"stoa/app/event"
	"stoa/app/fault"
	"stoa/app/seal"
	"stoa/app/task"
	"stoa/blob"
	"stoa/store"
)

// Credential is one bucket of a tenant's, and the key to it.
type Credential struct {
	ID       uint64    `cbor:"1,keyasint"`
	Tenant   uint64    `cbor:"2,keyasint"`
	Position int       `cbor:"3,keyasint,omitempty"` // in the set, from 0
	URL      string    `cbor:"4,keyasint"`           // http(s)://host[:port]
	Bucket   string    `cbor:"5,keyasint"`
	Region   string    `cbor:"6,keyasint,omitempty"` // "" = the server is asked
	Style    string    `cbor:"7,keyasint,omitempty"` // s3.Auto, Path or Virtual
	Key      string    `cbor:"8,keyasint"`           // access key
	Secret   []byte    `cbor:"9,keyasint"`           // sealed
	Folder   string    `cbor:"10,keyasint"`          // in front of every object's key: nobody else's objects lie there
	Created  time.Time `cbor:"11,keyasint"`
	Modified time.Time `cbor:"12,keyasint"`
	Retired  time.Time `cbor:"13,keyasint,omitzero"` // when it left the set
	Verified time.Time `cbor:"14,keyasint,omitzero"` // when it was last tried out with success
}

func (c *Credential) record() string { return "cloud/" + strconv.FormatUint(c.ID, 10) + "/secret" }

// Host is the endpoint without its scheme.
func (c *Credential) Host() string { return hostOf(c.URL) }

// set is what is known of a tenant's credentials together.
type set struct {
	Tenant   uint64    `cbor:"1,keyasint"`
	Version  uint64    `cbor:"2,keyasint"`
	Modified time.Time `cbor:"3,keyasint"`
	By       string    `cbor:"4,keyasint,omitempty"`

	Task    uint64    `cbor:"5,keyasint,omitempty"` // that moves, or moved last
	Pieces  int64     `cbor:"6,keyasint,omitempty"` // to be moved, when it began
	Bytes   int64     `cbor:"7,keyasint,omitempty"`
	Started time.Time `cbor:"8,keyasint,omitzero"`
	Paused  bool      `cbor:"9,keyasint,omitempty"` // somebody has stopped the moving
}

// Deps are the neighbours of the service.
type Deps struct {
	Audit  *audit.Service
	Seal   *seal.Box
	Events *event.Hub
	Depot  *depot.Service
	Task   func() *task.Service
	Most   int           // credentials of a tenant
	Guard  egress.Policy // where endpoints may be
}

// Service is the credentials of all tenants.
type Service struct {
	Deps
	db        *store.DB
	appliance blob.Store
	ids       *store.Sequence
	rows      store.Table[Credential]
	of        store.Index[Credential]
	sets      store.Table[set]

	mu      sync.Mutex
	current map[uint64][]uint64 // places of a tenant's new bytes, in the order of the set
	open    map[uint64]*place
	healths map[uint64]*Health
	round   uint64 // how often a set was changed: what was read before is not kept
	wake    chan struct{}
}

// NewService defines the tables; Bind completes the service.
func NewService(schema *store.Schema, d Deps) *Service {
	s := &Service{Deps: d, current: map[uint64][]uint64{}, open: map[uint64]*place{}, healths: map[uint64]*Health{}, wake: make(chan struct{}, 1)}
	s.rows = store.Define(schema, 223, "cloud_credential", func(c *Credential) store.Key { return key(c.ID) })
	seal.Register(d.Seal, s.rows, func(c *Credential, at seal.At) { at(c.record(), &c.Secret) })
	s.of = s.rows.Index(1, "tenant", func(c *Credential) []store.Key { return []store.Key{key(c.Tenant)} })
	s.sets = store.Define(schema, 224, "cloud_set", func(t *set) store.Key { return key(t.Tenant) })
	s.ids = store.NewSequence(schema, 225, "cloud_credential_id", 1)
	return s
}

// Bind gives the service its store, and the appliance's own blobs.
func (s *Service) Bind(db *store.DB, appliance blob.Store) { s.db, s.appliance = db, appliance }

func key(id uint64) store.Key { return store.K().Uint(id) }

// all are the credentials of a tenant, retired ones too, in the order of the set.
func (s *Service) all(r store.Reader, tenant uint64) ([]*Credential, error) {
	var out []*Credential
	for c, err := range s.of.Scan(r, store.Scan{Prefix: key(tenant)}) {
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	sortSet(out)
	return out, nil
}

// setOf is a tenant's set; one that was never made is empty.
func (s *Service) setOf(r store.Reader, tenant uint64) (*set, error) {
	t, err := s.sets.Get(r, key(tenant))
	if errors.Is(err, store.ErrNotFound) {
		return &set{Tenant: tenant}, nil
	}
	return t, err
}

func folder() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return "stoa/" + hex.EncodeToString(b) + "/"
}

// Has reports whether a tenant has buckets of its own for what comes.
func (s *Service) Has(ctx context.Context, tenant uint64) (bool, error) {
	places, err := s.placesOf(ctx, tenant)
	return len(places) > 0, err
}

// PurgeTx removes all credentials of a tenant that goes. No piece of it may be
// left in its buckets: they could not be found any more.
func (s *Service) PurgeTx(tx *store.Tx, _ access.Actor, tenant uint64) (n int, more bool, err error) {
	shares, err := s.Depot.SharesTx(tx, tenant)
	if err != nil {
		return 0, false, err
	}
	for _, h := range shares {
		if h.Place != depot.Appliance {
			return 0, false, fault.New(fault.Conflict, "cloud.in_use", "", "files still lie in the buckets")
		}
	}
	all, err := s.all(tx, tenant)
	if err != nil {
		return 0, false, err
	}
	for _, c := range all {
		if err := s.rows.Delete(tx, key(c.ID)); err != nil {
			return n, false, err
		}
		n++
	}
	tx.OnCommit(func() { s.forget(tenant) })
	if err := s.sets.Delete(tx, key(tenant)); err != nil && !errors.Is(err, store.ErrNotFound) {
		return n, false, err
	}
	return n, false, nil
}

// record is a change of the set in the action log.
func (s *Service) record(tx *store.Tx, by access.Actor, action string, changes []audit.Change) error {
	return s.Audit.AddTx(tx, by, audit.Entry{Tenant: by.Tenant, Action: action, ObjectKind: "cloud", ObjectID: strconv.FormatUint(by.Tenant, 10),
		Changes: changes})
}
