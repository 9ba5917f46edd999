// Package roster keeps the accounts that came from a directory like the directory:
// it makes, changes, disables and enables them, by hand or every hour. It touches no
// account that the source did not make.
package roster

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"time"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/app/source"
	"stoa/app/source/claim"
	"stoa/store"
	"stoa/store/kv"
)

const (
	syncEvery   = time.Hour
	lookEvery   = time.Minute
	syncTime    = 20 * time.Minute // at most, of one source
	shownSteps  = 500
	reasonBytes = 500
)

// Deps are the neighbours of the service.
type Deps struct {
	Source  *source.Service
	Account *account.Service
	Audit   *audit.Service
}

// Service is the synchronisations.
type Service struct {
	Deps
	db      *store.DB
	reports store.Table[Report]
}

// NewService defines the table; Bind completes the service.
func NewService(schema *store.Schema, d Deps) *Service {
	s := &Service{Deps: d}
	s.reports = store.Define(schema, 145, "source_report", func(r *Report) store.Key { return key(r.Source) })
	return s
}

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }

func key(id uint64) store.Key { return store.K().Uint(id) }
func number(n uint64) string  { return strconv.FormatUint(n, 10) }

// ForgetTx removes what is kept of a source, in the commit that deletes it.
func (s *Service) ForgetTx(tx *store.Tx, source uint64) error {
	if err := s.reports.Delete(tx, key(source)); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return nil
}

// Sync is what a synchronisation did, or, dry, would do.
type Sync struct {
	Counts Counts
	Steps  []Step // the first 500
	Guard  string // why it would be refused; "" = it would not
	Dry    bool
}

// Report is the last synchronisation of a source.
type Report struct {
	Source uint64    `cbor:"1,keyasint"`
	At     time.Time `cbor:"2,keyasint"`
	By     string    `cbor:"3,keyasint,omitempty"` // user name; "" = by the clock
	Counts Counts    `cbor:"4,keyasint"`
	Error  string    `cbor:"5,keyasint,omitempty"` // why it did not happen
}

// Synchronise compares a directory's people with the source's accounts and, unless
// dry, makes the one like the other: it makes and changes accounts, disables those
// whose people are gone and enables those who are back. It touches no account that
// the source did not make. force goes past the guard against mass disabling.
func (s *Service) Synchronise(ctx context.Context, by access.Actor, id uint64, dry, force bool) (*Sync, error) {
	if err := by.Need(access.SourceWrite); err != nil {
		return nil, err
	}
	var x *source.Source
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		x, err = s.Source.Load(r, by, id)
		return err
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	if err := s.Source.Allowed(ctx, by, x); err != nil {
		return nil, err
	}
	if x.Kind != source.LDAP {
		return nil, fault.New(fault.Invalid, "source.kind", "id", "only directories can be synchronised")
	}
	if x.Policy.Home == 0 {
		return nil, fault.New(fault.Missing, "source.home", "policy.home", "say in which organisation this source makes accounts")
	}
	return s.synchronise(ctx, by, x, dry, force)
}

func (s *Service) synchronise(ctx context.Context, by access.Actor, x *source.Source, dry, force bool) (*Sync, error) {
	ctx, cancel := context.WithTimeout(ctx, syncTime)
	defer cancel()
	if !dry {
		lease, err := s.db.Engine().Acquire(ctx, "source/sync/"+number(x.ID), by.Name+rand.Text(), syncTime)
		if errors.Is(err, kv.ErrFenced) {
			return nil, fault.New(fault.Conflict, "source.syncing", "", "this source is being synchronised already")
		}
		if err != nil {
			return nil, fault.Wrap(err)
		}
		defer func() { _ = lease.Release(context.WithoutCancel(ctx)) }()
	}
	p, err := s.plan(ctx, x)
	if errors.Is(err, claim.ErrDown) {
		err = fault.New(fault.Unavailable, "source.down", "", "%s can't be read: %v", x.Name, err)
	}
	if err == nil && !force {
		err = p.guard()
	}
	if dry {
		return p.shown(err)
	}
	if err == nil {
		err = p.carryOut(ctx, by.Origin)
	}
	if noted := s.note(ctx, by, x, p, err); noted != nil {
		return nil, fault.Wrap(noted)
	}
	if err != nil {
		return nil, fault.Wrap(err)
	}
	out, err := p.shown(nil)
	out.Dry = false
	return out, err
}

// shown is a plan for its reader; err is what stands against it.
func (p *plan) shown(err error) (*Sync, error) {
	if err != nil && (p == nil || fault.Of(err).Code != "source.mass_disable") {
		return nil, fault.Wrap(err)
	}
	out := &Sync{Counts: p.counts, Steps: p.steps[:min(len(p.steps), shownSteps)], Dry: true}
	if err != nil {
		out.Guard = fault.Of(err).Text
	}
	return out, nil
}

// carryOut does what is planned, each person in a commit of their own. Those that
// can't be done become conflicts.
func (p *plan) carryOut(ctx context.Context, o access.Origin) error {
	for i := range p.steps {
		step := &p.steps[i]
		if step.Action == Conflict {
			continue
		}
		err := p.do(ctx, o, step)
		if err == nil {
			continue
		}
		if ctx.Err() != nil || fault.KindOf(err) == fault.Internal {
			return err
		}
		count := map[string]*int{Add: &p.counts.Added, Join: &p.counts.Linked, Update: &p.counts.Updated, Disable: &p.counts.Disabled,
			Enable: &p.counts.Enabled}[step.Action]
		*count--
		p.counts.Conflicts++
		step.Action, step.Detail = Conflict, fault.Of(err).Text
	}
	return nil
}

// do does one step, looking again at what may have changed since it was planned.
func (p *plan) do(ctx context.Context, o access.Origin, step *Step) error {
	s, x := p.service, p.source
	department := uint64(0)
	if x.Policy.Departments && step.Action != Disable {
		var err error
		if department, err = p.tree.Find(ctx, step.department, true); err != nil {
			return err
		}
		if department == x.Policy.Home {
			department = 0
		}
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		if step.Action == Add || step.Action == Join {
			return p.join(tx, o, step, department)
		}
		i, err := s.Source.Known(tx, x.ID, step.identity.Subject)
		if errors.Is(err, store.ErrNotFound) {
			return nil // unlinked or deleted meanwhile
		}
		if err != nil {
			return err
		}
		a, err := s.Account.Row(tx, i.Account)
		if err != nil {
			return err
		}
		c, _ := x.Change(a, step.person, department)
		switch to := account.Disabled; step.Action {
		case Disable:
			c, i.Put = account.Change{State: &to}, true
		case Enable:
			to = account.Active
			c.State, i.Put = &to, false
		}
		if err := s.Source.PutTx(tx, i); err != nil {
			return err
		}
		_, err = s.Account.UpdateTx(tx, x.Actor(o), i.Account, c)
		return err
	})
}

// join makes or links the account of somebody who has none.
func (p *plan) join(tx *store.Tx, o access.Origin, step *Step, department uint64) error {
	s, x := p.service, p.source
	a, i, err := s.Source.Match(tx, x, step.identity, step.person)
	if err != nil || i != nil {
		return err
	}
	if a != nil {
		step.Account = a.ID
		return s.Source.LinkTx(tx, x.Actor(o), &source.Identity{Source: x.ID, Subject: step.identity.Subject, Account: a.ID, Login: step.identity.Login})
	}
	if a, err = s.Source.MakeTx(tx, x, o, step.identity, step.person, department); err == nil {
		step.Account = a.ID
	}
	return err
}

// note keeps what came of a synchronisation, and logs it.
func (s *Service) note(ctx context.Context, by access.Actor, x *source.Source, p *plan, failed error) error {
	r := &Report{Source: x.ID, By: by.Name}
	e := audit.Entry{Tenant: x.Tenant, Action: "source.sync", ObjectKind: "source", ObjectID: number(x.ID), ObjectName: x.Name}
	if p != nil {
		r.Counts = p.counts
		e.Params = audit.Params(map[string]any{"people": p.counts.People, "added": p.counts.Added, "linked": p.counts.Linked,
			"updated": p.counts.Updated, "disabled": p.counts.Disabled, "enabled": p.counts.Enabled, "conflicts": p.counts.Conflicts})
	}
	if failed != nil {
		text := fault.Of(failed).Text
		r.Error = text[:min(len(text), reasonBytes)]
		e.Outcome, e.Reason = audit.Failed, text
	}
	return s.db.Update(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		r.At = tx.Now()
		if err := s.reports.Put(tx, r); err != nil {
			return err
		}
		return s.Audit.AddTx(tx, by, e)
	})
}

// Reports are the last synchronisations, by source.
func (s *Service) Reports(ctx context.Context, by access.Actor) (map[uint64]Report, error) {
	if err := by.Need(access.SourceRead); err != nil {
		return nil, err
	}
	out := map[uint64]Report{}
	err := s.db.View(ctx, func(r store.Reader) error {
		for row, err := range s.reports.Scan(r, store.Scan{Limit: source.MaxSources}) {
			if err != nil {
				return err
			}
			out[row.Source] = *row
		}
		return nil
	})
	return out, fault.Wrap(err)
}

// Run synchronises the sources that want it, every hour, until ctx ends. Of the
// nodes of a cluster the one that holds a source's lease works; another one then
// finds the report.
func (s *Service) Run(ctx context.Context, report func(error)) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := s.SynchroniseDue(ctx); err != nil && ctx.Err() == nil {
			report(err)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// SynchroniseDue synchronises the sources whose last time is an hour ago. What
// goes wrong with a directory is in the source's report.
func (s *Service) SynchroniseDue(ctx context.Context) error {
	var due []*source.Source
	err := s.db.View(ctx, func(r store.Reader) error {
		due = due[:0]
		enabled, err := s.Source.Enabled(r, source.LDAP)
		if err != nil {
			return err
		}
		for _, x := range enabled {
			last, err := s.reports.Get(r, key(x.ID))
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			if x.Policy.Sync && (err != nil || !r.Now().Before(last.At.Add(syncEvery))) {
				due = append(due, x)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, x := range due {
		by := access.System("sync")
		if _, err := s.synchronise(ctx, by, x, false, false); err != nil && fault.KindOf(err) == fault.Internal {
			return fmt.Errorf("synchronising %s: %w", x.Name, err)
		}
	}
	return nil
}
