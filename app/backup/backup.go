// Package backup makes backups of the whole installation while it works, by
// hand and by a schedule, keeps as many as it is told, and looks whether they
// are still what was written. What is in a file is package archive's.
package backup

import (
	"context"
	"time"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/app/seal"
	"stoa/store"
)

// Plan says when backups are made and which are kept.
type Plan struct {
	Dir    string         // where the files go; "" = none are made by themselves
	Every  time.Duration  // between two
	At     time.Duration  // since midnight, where Every is whole days; negative = any time of day
	Keep   int            // the newest so many
	Daily  int            // and the last of each of so many days
	Weekly int            // and the last of each of so many weeks
	Zone   *time.Location // of days and of At
}

// Deps are what backups are made of.
type Deps struct {
	Audit   *audit.Service
	Box     *seal.Box
	DataDir string
	Product string // version of the program
	Plan    Plan
}

// Service makes backups.
type Service struct {
	deps Deps
	db   *store.DB
	rows store.Table[row]
	now  store.Table[state]
	wake chan struct{}
}

// Kinds of backups.
const (
	Scheduled = "scheduled"
	Manual    = "manual"
)

// Backup is one that was made, or a try that failed.
type Backup struct {
	Name     string // of the file, in the plan's directory
	Kind     string
	At       time.Time // the moment of the snapshot
	Took     time.Duration
	Size     int64 // bytes
	Rows     uint64
	Files    uint64
	SHA256   string // of the file, hexadecimal
	Node     string // that made it
	By       string // who asked for it
	Error    string // why it failed; "" = it is there
	Verified time.Time
	Damage   string // what the last verification found; "" = whole
}

// Progress is of the backup being made.
type Progress struct {
	Began time.Time
	Pairs uint64 // written so far
	Size  int64  // bytes, so far
	Of    uint64 // pairs of the last backup; 0 = there was none
	Node  string
}

// Status is the state of all backups.
type Status struct {
	Plan     Plan
	Running  *Progress
	Waiting  bool      // one is asked for and has not begun
	Next     time.Time // of the schedule; zero = none
	LastGood *Backup   // the newest that is there
	Failed   *Backup   // the newest try, if it failed
	KeyID    string    // public name of the master key that is needed to use a backup
	KeyFile  string    // where it lies, when it is a file beside the data; it is in no backup
	Backups  []Backup  // newest first
}

// row is a backup as stored.
type row struct {
	Name     string `cbor:"1,keyasint"`
	Kind     string `cbor:"2,keyasint"`
	At       int64  `cbor:"3,keyasint"` // Unix nanoseconds
	Took     int64  `cbor:"4,keyasint,omitempty"`
	Size     int64  `cbor:"5,keyasint,omitempty"`
	Rows     uint64 `cbor:"6,keyasint,omitempty"`
	Pairs    uint64 `cbor:"7,keyasint,omitempty"`
	Files    uint64 `cbor:"8,keyasint,omitempty"`
	SHA256   string `cbor:"9,keyasint,omitempty"`
	Node     string `cbor:"10,keyasint,omitempty"`
	By       string `cbor:"11,keyasint,omitempty"`
	Error    string `cbor:"12,keyasint,omitempty"`
	Verified int64  `cbor:"13,keyasint,omitempty"`
	Damage   string `cbor:"14,keyasint,omitempty"`
}

func (r *row) backup() Backup {
	b := Backup{Name: r.Name, Kind: r.Kind, At: time.Unix(0, r.At).UTC(), Took: time.Duration(r.Took), Size: r.Size, Rows: r.Rows, Files: r.Files,
		SHA256: r.SHA256, Node: r.Node, By: r.By, Error: r.Error, Damage: r.Damage}
	if r.Verified != 0 {
		b.Verified = time.Unix(0, r.Verified).UTC()
	}
	return b
}

// state is what is going on. It is written while a backup is made, outside its
// snapshot, so that none is running in what is restored.
type state struct {
	ID      uint64       `cbor:"1,keyasint"`
	Wanted  *wanted      `cbor:"2,keyasint,omitempty"`
	Running *progressRow `cbor:"3,keyasint,omitempty"`
}

type wanted struct {
	Account uint64 `cbor:"1,keyasint"`
	Name    string `cbor:"2,keyasint"`
	Tenant  uint64 `cbor:"3,keyasint"`
}

type progressRow struct {
	Began int64  `cbor:"1,keyasint"`
	Pairs uint64 `cbor:"2,keyasint"`
	Size  int64  `cbor:"3,keyasint"`
	Node  string `cbor:"4,keyasint"`
	Kind  string `cbor:"5,keyasint"`
}

// New defines the tables; Bind completes the service.
func New(s *store.Schema, d Deps) *Service {
	b := &Service{deps: d, wake: make(chan struct{}, 1)}
	b.rows = store.Define(s, 190, "backup", func(r *row) store.Key { return store.K().Str(r.Name) })
	b.now = store.Define(s, 191, "backup_state", func(r *state) store.Key { return store.K().Uint(r.ID) })
	return b
}

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }

// need refuses everybody but super administrators: a backup holds every tenant.
func need(by access.Actor, p access.Permission) error {
	if err := by.Need(p); err != nil {
		return err
	}
	if !by.Super() {
		return access.SuperOnly()
	}
	return nil
}

func missing() error {
	return fault.New(fault.NotFound, "backup.not_found", "name", "there is no such backup")
}

// Status shows the plan, what goes on and the backups there are.
func (s *Service) Status(ctx context.Context, by access.Actor) (Status, error) {
	if err := need(by, access.BackupRead); err != nil {
		return Status{}, err
	}
	key := s.deps.Box.Status()
	var out Status
	err := s.db.View(ctx, func(r store.Reader) error {
		out = Status{Plan: s.deps.Plan, KeyID: key.KeyID, Backups: []Backup{}}
		if key.Generated {
			out.KeyFile = key.Path
		}
		st, err := s.state(r)
		if err != nil {
			return err
		}
		out.Waiting = st.Wanted != nil
		of := uint64(0)
		for b, err := range s.rows.Scan(r, store.Scan{Reverse: true, Limit: maxRows}) {
			if err != nil {
				return err
			}
			if of == 0 {
				of = b.Pairs
			}
			out.add(b.backup())
		}
		if p := st.Running; p != nil {
			out.Running = &Progress{Began: time.Unix(0, p.Began).UTC(), Pairs: p.Pairs, Size: p.Size, Of: of, Node: p.Node}
		}
		out.Next, err = s.next(r)
		return err
	})
	return out, fault.Wrap(err)
}

func (st *Status) add(b Backup) {
	if len(st.Backups) == 0 && b.Error != "" {
		st.Failed = &b
	}
	if st.LastGood == nil && b.Error == "" {
		st.LastGood = &b
	}
	st.Backups = append(st.Backups, b)
}

func (s *Service) state(r store.Reader) (*state, error) {
	st, err := s.now.Get(r, store.K().Uint(1))
	if isMissing(err) {
		return &state{ID: 1}, nil
	}
	return st, err
}

// Warnings for the system page.
const (
	WarnNone   = "backup.none"   // no backups are made by themselves
	WarnFailed = "backup.failed" // the last try failed, or a file was found damaged
)

// Warnings are what an administrator should know of the backups.
func (s *Service) Warnings(ctx context.Context) ([]string, error) {
	if s.deps.Plan.Dir == "" {
		return []string{WarnNone}, nil
	}
	var out []string
	err := s.db.View(ctx, func(r store.Reader) error {
		out = nil
		for b, err := range s.rows.Scan(r, store.Scan{Reverse: true, Limit: 1}) {
			if err != nil {
				return err
			}
			if b.Error != "" || b.Damage != "" {
				out = append(out, WarnFailed)
			}
		}
		return nil
	})
	return out, fault.Wrap(err)
}

// Want asks for a backup now; it is made in the background.
func (s *Service) Want(ctx context.Context, by access.Actor) error {
	if err := need(by, access.BackupWrite); err != nil {
		return err
	}
	if s.deps.Plan.Dir == "" {
		return fault.New(fault.Conflict, "backup.no_dir", "", "no folder for backups is configured: set backup.dir, or take one with `stoa backup FILE`")
	}
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		st, err := s.state(tx)
		if err != nil {
			return err
		}
		if st.Wanted != nil || st.Running != nil {
			return fault.New(fault.Conflict, "backup.running", "", "a backup is being made already")
		}
		st.Wanted = &wanted{Account: by.Account, Name: by.Name, Tenant: by.Tenant}
		tx.OnCommit(s.stir)
		if err := s.now.Put(tx, st); err != nil {
			return err
		}
		return s.deps.Audit.AddTx(tx, by, audit.Entry{Action: "backup.request", ObjectKind: "backup"})
	}))
}

func (s *Service) stir() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}
