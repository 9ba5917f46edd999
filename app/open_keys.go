package app

import (
	"context"
	"errors"
	"time"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/app/seal"
	"stoa/app/system"
	"stoa/store"
)

// RotateKey changes the master key of the installation to the one of text; "" takes
// the one that was found besides, or makes one where the present one lies beside the
// data. serving says that requests are served meanwhile: those under way get their
// deadline to end. told hears how far it is. For super administrators.
func (a *App) RotateKey(ctx context.Context, by access.Actor, text string, serving bool, told func(seal.Rotation) error) (seal.Rotation, error) {
	if !by.Super() {
		return seal.Rotation{}, access.SuperOnly()
	}
	c := a.keyChange(by)
	c.Told = told
	if !serving {
		c.Settle = nil
	}
	r, err := a.Seal.Rotate(ctx, text, c)
	if errors.Is(err, seal.ErrNoNewKey) || errors.Is(err, seal.ErrSameKey) || errors.Is(err, seal.ErrRotating) {
		return r, fault.New(fault.Conflict, "seal.rotate", "", "%v", err)
	}
	return r, err
}

// resumeKey completes a change of the master key that was interrupted.
func (a *App) resumeKey(ctx context.Context) error {
	_, err := a.Seal.Resume(ctx, a.keyChange(access.System("seal")))
	if errors.Is(err, seal.ErrRotating) {
		return nil
	}
	return err
}

func (a *App) keyChange(by access.Actor) seal.Change {
	record := func(tx *store.Tx, action, from, to string) error {
		return a.Audit.AddTx(tx, by, audit.Entry{Action: action, ObjectKind: "system", ObjectID: to, Changes: []audit.Change{{Field: "key", Old: from, New: to}}})
	}
	return seal.Change{
		Begun:  func(tx *store.Tx, from, to string) error { return record(tx, "seal.rotate", from, to) },
		Ended:  func(tx *store.Tx, r seal.Rotation) error { return record(tx, "seal.rotated", r.From, r.To) },
		Settle: func(ctx context.Context) error { return pause(ctx, a.Config.Limits.Deadline) },
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

// keyWarnings are for the system page.
func (a *App) keyWarnings(context.Context) ([]string, error) {
	if a.Seal.Status().Elsewhere {
		return []string{system.WarnNewKey}, nil
	}
	return nil, nil
}
