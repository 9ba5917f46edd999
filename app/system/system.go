// Package system tells administrators how the installation runs and checks its
// store. It keeps no rows of its own.
package system

import (
	"context"
	"sync"
	"sync/atomic"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/store"
)

// Warnings: what an administrator should know of how the server runs.
const (
	WarnMasterKey   = "seal.generated"     // the master key lies beside the data it protects
	WarnSMSOutbox   = "sms.outbox"         // no SMS gateway: codes are kept for administrators to read out
	WarnEmailOutbox = "email.outbox"       // no mail server
	WarnReadOnly    = "store.read_only"    // the store refuses writes: the disk is full or broken
	WarnLittleSpace = "store.little_space" // less than 1 GiB of the disk is free
	WarnCheckedBad  = "store.check_failed" // the last check found problems
	WarnOpenGallery = "gallery.anonymous"  // the gallery's API asks for no sign-in
)

// littleSpace is free space that is worth a warning, in bytes.
const littleSpace = 1 << 30

// Facts are what the server knows about itself at its start.
type Facts struct {
	DataDir  string   // where everything is kept
	TLS      bool     // it speaks TLS itself
	Warnings []string // of the configuration
}

// Status is how the installation runs.
type Status struct {
	Facts
	Driver    string // of the store
	DiskUsed  int64  // bytes of the store
	DiskFree  int64  // bytes
	Commits   uint64 // since the start
	Syncs     uint64 // since the start; fewer than Commits, because writers share them
	Rows      int    // as the last check counted; 0 = not checked since the start
	ReadOnly  bool
	CheckedOK bool // no check found a problem
}

// Report is what a check of the store found.
type Report struct {
	Rows     int
	Entries  int // of indexes
	Problems []string
}

// Service answers for the installation.
type Service struct {
	facts    Facts
	audit    *audit.Service
	db       *store.DB
	checking sync.Mutex
	rows     atomic.Int64
	bad      atomic.Bool
	watched  []func(context.Context) ([]string, error)
	checks   []func(context.Context) (problems []string, err error)
}

// New makes the service; Bind completes it.
//
// checks are what Verify looks through besides: what rows say of things outside
// of the store.
func New(f Facts, a *audit.Service, checks ...func(context.Context) (problems []string, err error)) *Service {
	return &Service{facts: f, audit: a, checks: checks}
}

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }

// Watch adds what else gives warnings while the server runs.
func (s *Service) Watch(warnings func(context.Context) ([]string, error)) {
	s.watched = append(s.watched, warnings)
}

// Status is for who may read the system page.
func (s *Service) Status(ctx context.Context, by access.Actor) (Status, error) {
	if err := by.Need(access.SystemRead); err != nil {
		return Status{}, err
	}
	measured := s.db.Engine().Stats()
	st := Status{Facts: s.facts, Driver: measured.Driver, DiskUsed: measured.DiskBytes, DiskFree: measured.FreeBytes,
		Commits: measured.Commits, Syncs: measured.Syncs, Rows: int(s.rows.Load()), ReadOnly: measured.ReadOnly,
		CheckedOK: !s.bad.Load()}
	st.Warnings = append([]string{}, s.facts.Warnings...)
	if st.ReadOnly {
		st.Warnings = append(st.Warnings, WarnReadOnly)
	}
	if st.DiskFree > 0 && st.DiskFree < littleSpace {
		st.Warnings = append(st.Warnings, WarnLittleSpace)
	}
	if !st.CheckedOK {
		st.Warnings = append(st.Warnings, WarnCheckedBad)
	}
	for _, watched := range s.watched {
		more, err := watched(ctx)
		if err != nil {
			return Status{}, err
		}
		st.Warnings = append(st.Warnings, more...)
	}
	return st, nil
}

// Verify reads the whole store and compares every index with the rows, and what
// rows say of blobs with the blobs. One
// check runs at a time; another one meanwhile is a Conflict.
func (s *Service) Verify(ctx context.Context, by access.Actor) (Report, error) {
	if err := by.Need(access.SystemRead); err != nil {
		return Report{}, err
	}
	if !s.checking.TryLock() {
		return Report{}, fault.New(fault.Conflict, "system.checking", "", "the store is being checked already: ask again when that is done")
	}
	defer s.checking.Unlock()
	found, err := s.db.Verify(ctx)
	if err != nil {
		return Report{}, fault.Wrap(err)
	}
	out := Report{Rows: found.Rows, Entries: found.Entries, Problems: make([]string, len(found.Problems))}
	for i, p := range found.Problems {
		out.Problems[i] = p.String()
	}
	for _, check := range s.checks {
		problems, err := check(ctx)
		if err != nil {
			return Report{}, fault.Wrap(err)
		}
		out.Problems = append(out.Problems, problems...)
	}
	s.rows.Store(int64(found.Rows))
	s.bad.Store(len(out.Problems) > 0)
	outcome := audit.OK
	if len(out.Problems) > 0 {
		outcome = audit.Failed
	}
	return out, s.audit.Add(ctx, by, audit.Entry{Action: "system.verify", ObjectKind: "system", Outcome: outcome})
}
