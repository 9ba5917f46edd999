package company

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding"
	"encoding/hex"
	"errors"
	"hash"
	"time"

	"stoa/app/access"
	"stoa/app/bucket"
	"stoa/app/fault"
	"stoa/app/org"
	"stoa/app/task"
	"stoa/store"
)

// PurgeType is the kind of background work that deletes a company.
const PurgeType = "company.purge"

// Purge is the deletion of a company: under way, it says how far it has come; once
// it has ended it is the certificate that nothing is left.
type Purge struct {
	Company     uint64    `cbor:"1,keyasint"`
	Name        string    `cbor:"2,keyasint"`
	Channel     uint64    `cbor:"3,keyasint"`
	ChannelName string    `cbor:"4,keyasint"`
	By          uint64    `cbor:"5,keyasint"` // account that ordered it
	ByName      string    `cbor:"6,keyasint"`
	FrozenAt    time.Time `cbor:"7,keyasint"`
	Began       time.Time `cbor:"8,keyasint"`
	Ended       time.Time `cbor:"9,keyasint,omitzero"`
	Counts      []Count   `cbor:"10,keyasint,omitempty"` // what has gone, by kind
	Bytes       int64     `cbor:"11,keyasint,omitempty"` // of the files among it
	Digest      []byte    `cbor:"12,keyasint"`           // SHA-256 over the hashes of the files in the order in which they went, each with a line feed; its state while it is under way
	Step        int       `cbor:"13,keyasint,omitempty"` // what goes next
	Expected    int64     `cbor:"14,keyasint,omitempty"` // files and accounts at the beginning
	Months      []Month   `cbor:"15,keyasint,omitempty"` // what it kept, for statements of before
	Opened      time.Time `cbor:"16,keyasint,omitzero"`
	Limit       int64     `cbor:"17,keyasint,omitempty"` // bytes, its quota
	Waiting     time.Time `cbor:"18,keyasint,omitzero"`  // since when it waits for storage that can't be reached
	Unit        org.Kind  `cbor:"19,keyasint,omitempty"` // org.KindChannel where it is a channel that goes, not a company
}

// Kind is what goes: a company, or a channel without companies.
func (p *Purge) Kind() org.Kind { return cmp.Or(p.Unit, org.KindCompany) }

// Of is how many of a kind have gone.
func (p *Purge) Of(kind string) int64 {
	for _, c := range p.Counts {
		if c.Kind == kind {
			return c.N
		}
	}
	return 0
}

// Sum is the digest of a certificate, in hexadecimal; "" while it is under way.
func (p *Purge) Sum() string {
	if p.Ended.IsZero() {
		return ""
	}
	return hex.EncodeToString(p.Digest)
}

func (p *Purge) count(kind string, n int64) {
	for i := range p.Counts {
		if p.Counts[i].Kind == kind {
			p.Counts[i].N += n
			return
		}
	}
	if n > 0 {
		p.Counts = append(p.Counts, Count{Kind: kind, N: n})
	}
}

// hash goes on with the digest: its state, or its sum at the end, is put back.
func (p *Purge) hash(fn func(hash.Hash), end bool) error {
	h := sha256.New()
	if err := h.(encoding.BinaryUnmarshaler).UnmarshalBinary(p.Digest); err != nil {
		return err
	}
	fn(h)
	if end {
		p.Digest = h.Sum(nil)
		return nil
	}
	var err error
	p.Digest, err = h.(encoding.BinaryMarshaler).MarshalBinary()
	return err
}

// Kinds of what goes that have no Part.
const (
	Files   = "files"
	Buckets = "buckets"
	bytes   = "bytes"
)

// Estate is what a company owns, and how it goes. Every function removes a part
// that fits into a transaction, and says whether there is more.
type Estate struct {
	Files func(tx *store.Tx, by access.Actor, tenant uint64) (bucket.Purged, bool, error)
	Gone  func(r store.Reader, tenant uint64) (bool, error) // no byte of its files lies anywhere
	Sweep func(ctx context.Context) error                   // removes the bytes of files that are gone
	Parts []Part                                            // the rest, in the order in which it goes
	Ended func(ctx context.Context) error                   // when nothing is left; may be called again
}

// Part is one kind of what a company owns.
type Part struct {
	Kind string
	Tx   func(tx *store.Tx, by access.Actor, tenant uint64) (n int, more bool, err error)
}

// Waiting is the cause of a refusal to delete a company that was not frozen long
// enough.
type Waiting struct {
	Frozen time.Duration // so far
	Until  time.Time     // when it can be deleted
}

// Error says how long it is frozen.
func (w Waiting) Error() string { return "frozen for " + w.Frozen.String() }

// Delete orders the deletion of a company that has been frozen long enough, with
// everything it owns. It goes on in the background, over any crash, and can't be
// stopped; ordered twice it is no error.
func (s *Service) Delete(ctx context.Context, by access.Actor, id uint64) (*Company, error) {
	return s.change(ctx, by, id, "delete", 0, func(tx *store.Tx, u *org.Unit) error {
		switch frozen := tx.Now().Sub(u.FrozenAt); {
		case !u.Deleting.IsZero():
			return nil
		case u.State != org.Frozen:
			return fault.New(fault.Conflict, "company.active", "id", "%q is active: freeze it first; after %s it can be deleted", u.Name, s.After)
		case frozen < s.After:
			until := u.FrozenAt.Add(s.After)
			return fault.New(fault.Conflict, "company.frozen_short", "id", "%q was frozen on %s: it can be deleted from %s on", u.Name,
				u.FrozenAt.UTC().Format(time.RFC3339), until.UTC().Format(time.RFC3339)).With(Waiting{frozen, until})
		}
		u.Deleting = tx.Now()
		if err := s.beginTx(tx, by, u); err != nil {
			return err
		}
		return s.workTx(tx, u.ID, u.Channel, u.Name)
	})
}

// beginTx writes the row of a deletion.
func (s *Service) beginTx(tx *store.Tx, by access.Actor, u *org.Unit) error {
	channel, err := s.Org.ChannelTx(tx, cmp.Or(u.Channel, org.Default))
	if err != nil {
		return err
	}
	p := &Purge{Company: u.ID, Name: u.Name, Channel: channel.ID, ChannelName: channel.Name, By: by.Account, ByName: by.Name,
		FrozenAt: u.FrozenAt, Began: tx.Now(), Opened: u.Created, Limit: limit(u)}
	if u.Kind != org.KindCompany {
		p.Unit = u.Kind
	}
	if p.Digest, err = sha256.New().(encoding.BinaryMarshaler).MarshalBinary(); err != nil {
		return err
	}
	used, err := s.Usage.Tx(tx, u.ID)
	if err != nil {
		return err
	}
	people, err := s.Account.Members(tx, u.ID)
	if err != nil {
		return err
	}
	p.Expected = used.Objects + int64(people)
	if p.Months, err = s.monthsTx(tx, u.ID); err != nil {
		return err
	}
	return s.purges.Insert(tx, p)
}

// workTx queues the background work; that it is queued already is no error.
func (s *Service) workTx(tx *store.Tx, company, channel uint64, name string) error {
	by := access.System("company")
	by.Tenant = channel
	_, err := s.Task.AddTx(tx, by, task.New{Type: PurgeType, Title: name, Dedup: number(company), Params: params{company}})
	if fault.KindOf(err) == fault.Exists && err != nil {
		return nil
	}
	return err
}

type params struct {
	Company uint64 `json:"company"`
}

// Resume queues the work of every deletion that has not ended and whose work is
// not queued: it was stopped, or failed too often.
func (s *Service) Resume(ctx context.Context) error {
	var open []*Purge
	err := s.db.View(ctx, func(r store.Reader) error {
		open = open[:0]
		for p, err := range s.open.Scan(r, store.Scan{Limit: 1000}) {
			if err != nil {
				return err
			}
			open = append(open, p)
		}
		return nil
	})
	for _, p := range open {
		err = errors.Join(err, s.db.Update(ctx, func(tx *store.Tx) error { return s.workTx(tx, p.Company, p.Channel, p.Name) }))
	}
	return err
}

// PurgeKind is the background work.
func PurgeKind(s func() *Service) task.Kind {
	return task.Kind{Type: PurgeType, MaxAttempts: 1000, Run: func(ctx context.Context, w *task.Work) (task.Result, error) {
		var in params
		if err := w.Task.Decode(&in); err != nil {
			return task.Result{}, err
		}
		return task.Result{}, s().purge(ctx, w, in.Company)
	}}
}

// purge deletes a company, a step a transaction. Each step writes with what it
// removes what it has counted, so that the sums are right wherever it is killed.
func (s *Service) purge(ctx context.Context, w *task.Work, company uint64) error {
	for {
		var p *Purge
		stuck := false
		err := s.update(ctx, func(tx *store.Tx) (err error) {
			if err := w.HoldTx(tx); err != nil {
				return err
			}
			if p, err = s.purges.Get(tx, key(company)); err != nil || !p.Ended.IsZero() {
				return err
			}
			stuck, err = s.stepTx(tx, p)
			return err
		})
		switch {
		case err != nil:
			return err
		case !p.Ended.IsZero():
			return s.Estate.Ended(ctx)
		case stuck:
			if err := s.sweepBytes(ctx, company); err != nil {
				return cmp.Or(s.waits(ctx, w, company), err)
			}
		}
		w.Progress(min(p.Of(Files)+p.Of("accounts"), p.Expected), p.Expected, "purge."+s.steps()[min(p.Step, len(s.steps())-1)].kind)
	}
}

// sweepBytes removes what lies at places without a row; what can't be removed now
// is tried again later.
func (s *Service) sweepBytes(ctx context.Context, company uint64) error {
	if err := s.Estate.Sweep(ctx); err != nil {
		return unreachable().With(err)
	}
	gone := false
	err := s.view(ctx, func(r store.Reader) (err error) {
		gone, err = s.Estate.Gone(r, company)
		return err
	})
	if err == nil && !gone {
		return unreachable()
	}
	return err
}

// waits notes since when a deletion can't go on, for those who look at it.
func (s *Service) waits(ctx context.Context, w *task.Work, company uint64) error {
	return s.update(ctx, func(tx *store.Tx) error {
		if err := w.HoldTx(tx); err != nil {
			return err
		}
		p, err := s.purges.Get(tx, key(company))
		if err != nil || !p.Waiting.IsZero() {
			return err
		}
		p.Waiting = tx.Now()
		return s.purges.Update(tx, p)
	})
}

func unreachable() *fault.Fault {
	return fault.New(fault.Unavailable, "company.bytes_left", "", "some of the company's files lie in storage that can't be reached: their removal goes on when it can")
}
