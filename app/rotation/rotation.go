// Package rotation changes the master key of the installation, which package seal
// does, for those who may, and tells the action log and the system page of it.
package rotation

import (
	"context"
	"errors"
	"time"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/app/seal"
	"stoa/store"
)

// WarnElsewhere stands on the system page while the master key was changed and the
// new one is still to be put where it is looked for.
const WarnElsewhere = "seal.elsewhere"

// Deps are what a change is made with.
type Deps struct {
	Box      *seal.Box
	Audit    *audit.Service
	Deadline time.Duration // of a request
}

// Service changes the master key.
type Service struct{ Deps }

// New makes the service. The box is bound to its store.
func New(d Deps) *Service { return &Service{d} }

// Rotate changes the master key to the one of text; "" takes the one that was found
// besides, or makes one where the present one lies beside the data. serving says
// that requests are served meanwhile: those under way get their deadline to end.
// told hears how far it is. For super administrators.
func (s *Service) Rotate(ctx context.Context, by access.Actor, text string, serving bool, told func(seal.Rotation) error) (seal.Rotation, error) {
	if !by.Super() {
		return seal.Rotation{}, access.SuperOnly()
	}
	c := s.change(by)
	c.Told = told
	if !serving {
		c.Settle = nil
	}
	r, err := s.Box.Rotate(ctx, text, c)
	if errors.Is(err, seal.ErrNoNewKey) || errors.Is(err, seal.ErrSameKey) || errors.Is(err, seal.ErrRotating) {
		return r, fault.New(fault.Conflict, "seal.rotate", "", "%v", err)
	}
	return r, err
}

// Resume completes a change that was interrupted; for the start of a server.
func (s *Service) Resume(ctx context.Context) error {
	_, err := s.Box.Resume(ctx, s.change(access.System("seal")))
	if errors.Is(err, seal.ErrRotating) {
		return nil
	}
	return err
}

func (s *Service) change(by access.Actor) seal.Change {
	record := func(tx *store.Tx, action, from, to string) error {
		return s.Audit.AddTx(tx, by, audit.Entry{Action: action, ObjectKind: "system", ObjectID: to, Changes: []audit.Change{{Field: "key", Old: from, New: to}}})
	}
	return seal.Change{
		Begun:  func(tx *store.Tx, from, to string) error { return record(tx, "seal.rotate", from, to) },
		Ended:  func(tx *store.Tx, r seal.Rotation) error { return record(tx, "seal.rotated", r.From, r.To) },
		Settle: func(ctx context.Context) error { return pause(ctx, s.Deadline) },
	}
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Warnings are for the system page.
func (s *Service) Warnings(context.Context) ([]string, error) {
	if s.Box.Status().Elsewhere {
		return []string{WarnElsewhere}, nil
	}
	return nil, nil
}
