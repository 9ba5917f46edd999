package cloud

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"stoa/app/depot"
	"stoa/app/egress"
	"stoa/app/fault"
	"stoa/blob"
	"stoa/blob/s3"
	"stoa/store"
)

// place is a bucket that is open in this process.
type place struct {
	blobs  *s3.Store
	bucket string
	host   string
	tenant uint64
}

// Ports that endpoints may have: those of http and https, and those that Ceph,
// MinIO, versitygw and SeaweedFS listen on by themselves. The configuration's
// allow-list opens others.
func Ports() []int { return []int{80, 443, 7070, 7480, 8000, 8080, 8333, 8443, 9000, 9443} }

// transport carries requests to endpoints under the guard.
func transport(guard egress.Policy) http.RoundTripper {
	guard.Ports = Ports()
	return &http.Transport{
		DialContext:            guard.Dial,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: guard.Roots},
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  10 * time.Minute, // joining the parts of a large file takes some servers long
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConnsPerHost:    16,
		IdleConnTimeout:        30 * time.Second,
		WriteBufferSize:        64 << 10,
		ReadBufferSize:         64 << 10,
		DisableCompression:     true,
	}
}

// options are those of a credential's store, without the secret.
func (s *Service) options(c *Credential) s3.Options {
	return s3.Options{Endpoint: c.URL, Region: c.Region, Bucket: c.Bucket, Prefix: c.Folder, Style: c.Style, Key: c.Key,
		Transport: transport(s.Guard)}
}

// placesOf are the places of a tenant's set, in its order.
func (s *Service) placesOf(ctx context.Context, tenant uint64) ([]uint64, error) {
	s.mu.Lock()
	places, known := s.current[tenant]
	round := s.round
	s.mu.Unlock()
	if known {
		return places, nil
	}
	read := func(r store.Reader) error {
		places = []uint64{}
		all, err := s.all(r, tenant)
		if err != nil {
			return err
		}
		for _, c := range all {
			if c.Retired.IsZero() {
				places = append(places, c.ID)
			}
		}
		return nil
	}
	if err := s.db.View(ctx, read); err != nil {
		return nil, fault.Wrap(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.round == round { // else a set was changed since
		s.current[tenant] = places
	}
	return places, nil
}

// forget drops what this process knows of a tenant's set.
func (s *Service) forget(tenant uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.round++
	delete(s.current, tenant)
	for id, p := range s.open {
		if p.tenant == tenant {
			delete(s.open, id) // requests that are under way end by themselves
		}
	}
}

// For gives the places for new bytes of a tenant, the best first; see
// depot.Places. Each place weighs the key for itself and the heaviest is the best
// (rendezvous hashing): a place that is added takes its share of the keys from all
// others, and no key moves between those. Places in trouble come last.
func (s *Service) For(ctx context.Context, tenant uint64, key string) ([]uint64, error) {
	places, err := s.placesOf(ctx, tenant)
	if err != nil || len(places) == 0 {
		return []uint64{depot.Appliance}, err
	}
	places = slices.Clone(places)
	trouble := s.trouble(places)
	slices.SortFunc(places, func(a, b uint64) int {
		return cmp.Or(cmp.Compare(trouble[a], trouble[b]), cmp.Compare(weight(key, b), weight(key, a)), cmp.Compare(a, b))
	})
	return places, nil
}

func weight(key string, place uint64) uint64 {
	sum := sha256.Sum256(strconv.AppendUint([]byte(key+"\x00"), place, 10))
	return binary.BigEndian.Uint64(sum[:8])
}

// All lists every place there is; see depot.Places.
func (s *Service) All(ctx context.Context) ([]uint64, error) {
	out := []uint64{depot.Appliance}
	err := s.db.View(ctx, func(r store.Reader) error {
		out = out[:1]
		for c, err := range s.rows.Scan(r, store.Scan{}) {
			if err != nil {
				return err
			}
			out = append(out, c.ID)
		}
		return nil
	})
	return out, fault.Wrap(err)
}

// Store gives the blobs of a place; see depot.Places. A bucket that is known to be
// out of reach is not tried: the fault names it.
func (s *Service) Store(ctx context.Context, id uint64) (blob.Store, error) {
	if id == depot.Appliance {
		return s.appliance, nil
	}
	p, err := s.placeOf(ctx, id)
	if err != nil {
		return nil, err
	}
	if h := s.healthOf(id); h.out() {
		return nil, p.down(h.Reason, nil)
	}
	return named{p.blobs, p}, nil
}

// placeOf opens a place, or gives it as it was opened before.
func (s *Service) placeOf(ctx context.Context, id uint64) (*place, error) {
	s.mu.Lock()
	p, round := s.open[id], s.round
	s.mu.Unlock()
	if p != nil {
		return p, nil
	}
	var c *Credential
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		c, err = s.rows.Get(r, key(id))
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, fault.New(fault.NotFound, "cloud.not_found", "", "there is no such bucket any more")
	}
	if err != nil {
		return nil, fault.Wrap(err)
	}
	secret, err := s.Seal.Unseal(c.Secret, c.record())
	if err != nil {
		return nil, fault.Wrap(fmt.Errorf("secret of credential %d: %w", id, err))
	}
	o := s.options(c)
	o.Secret = string(secret)
	blobs, err := s3.Open(o)
	if err != nil {
		return nil, fault.Wrap(err)
	}
	p = &place{blobs: blobs, bucket: c.Bucket, host: c.Host(), tenant: c.Tenant}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.round == round {
		s.open[id] = p
	}
	return p, nil
}
