// Package intake takes accounts in from other systems: a file is read and tried
// without writing anything (the dry run), then, when somebody has confirmed it,
// imported in the background, a few rows a commit. How far it is, is written in the
// same commits, so that an import that was cut off goes on behind its last row and
// makes nothing twice.
//
// How files look is package source's matter; what an account is, package account's.
package intake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"time"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/audit"
	"stoa/app/extract"
	"stoa/app/fault"
	"stoa/app/intake/source"
	"stoa/app/naming"
	"stoa/app/org"
	"stoa/app/shelf"
	"stoa/app/task"
	"stoa/store"
)

// Types of the tasks.
const (
	CheckType = "account.check"
	RunType   = "account.import"
)

// Limits.
const (
	MaxFile = 32 << 20           // bytes of a file
	kept    = 7 * 24 * time.Hour // an import, its file and its report
)

// Kinds are the built-in workers; the service is asked at use.
func Kinds(s func() *Service) []task.Kind {
	return []task.Kind{
		{Type: CheckType, PerUser: 1, Queue: 20, Run: func(ctx context.Context, w *task.Work) (task.Result, error) { return s().check(ctx, w) }},
		{Type: RunType, PerUser: 1, Queue: 20, Run: func(ctx context.Context, w *task.Work) (task.Result, error) { return s().run(ctx, w) }},
	}
}

// Import is one file on its way in.
type Import struct {
	ID       uint64    `cbor:"1,keyasint"`
	Owner    uint64    `cbor:"2,keyasint,omitempty"`
	Tenant   uint64    `cbor:"3,keyasint"` // where the accounts are made
	Kind     string    `cbor:"4,keyasint"`
	Name     string    `cbor:"5,keyasint"`           // of the file
	File     string    `cbor:"6,keyasint,omitempty"` // on the shelf
	Size     int64     `cbor:"7,keyasint,omitempty"`
	Options  Options   `cbor:"8,keyasint"`
	Check    uint64    `cbor:"9,keyasint,omitempty"`  // task of the last dry run
	Run      uint64    `cbor:"10,keyasint,omitempty"` // task of the import; 0 = not confirmed
	Next     int       `cbor:"11,keyasint,omitempty"` // rows that are settled
	Made     int       `cbor:"12,keyasint,omitempty"` // accounts made
	Failed   int       `cbor:"13,keyasint,omitempty"` // rows that were refused
	Created  time.Time `cbor:"14,keyasint"`
	Modified time.Time `cbor:"15,keyasint"`
}

// Options say how a file is read.
type Options struct {
	Mapping  map[string]int `cbor:"1,keyasint,omitempty"` // field → column, from 0; -1 = none
	KeepIDs  bool           `cbor:"2,keyasint,omitempty"` // super administrators only
	Roles    []uint64       `cbor:"3,keyasint,omitempty"` // of accounts whose row names none; none = member
	Language string         `cbor:"4,keyasint,omitempty"` // of the report: zh-CN or en
}

// refusal is a row that was not imported.
type refusal struct {
	Import uint64 `cbor:"1,keyasint"`
	Row    int    `cbor:"2,keyasint"`
	Field  string `cbor:"3,keyasint,omitempty"`
	Value  string `cbor:"4,keyasint,omitempty"`
	Code   string `cbor:"5,keyasint"`
	Text   string `cbor:"6,keyasint"`

	Ends time.Time `cbor:"7,keyasint"`
}

// Deps are the neighbours of the service.
type Deps struct {
	Account *account.Service
	Org     *org.Service
	Audit   *audit.Service
	Task    *task.Service
	Shelf   *shelf.Shelf
	Workers int // hashes at a time
	Roles   func(context.Context, access.Actor) ([]extract.Role, error)
}

// Service is the imports.
type Service struct {
	Deps
	db       *store.DB
	ids      *store.Sequence
	imports  store.Table[Import]
	refusals store.Table[refusal]
}

// NewService defines the tables; Bind completes the service.
func NewService(schema *store.Schema, d Deps) *Service {
	s := &Service{Deps: d}
	s.imports = store.Define(schema, 124, "import", func(i *Import) store.Key { return key(i.ID) })
	s.imports.Expires(func(i *Import) time.Time { return i.Modified.Add(kept) })
	s.ids = store.NewSequence(schema, 125, "import_id", 1)
	s.refusals = store.Define(schema, 126, "import_refusal", func(f *refusal) store.Key { return key(f.Import).Uint(uint64(max(f.Row, 0))) })
	s.refusals.Expires(func(f *refusal) time.Time { return f.Ends })
	return s
}

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }

func key(id uint64) store.Key { return store.K().Uint(id) }

func missing() *fault.Fault {
	return fault.New(fault.NotFound, "import.not_found", "id", "there is no such import")
}

// Upload keeps a file and begins its dry run. It needs account.import.
func (s *Service) Upload(ctx context.Context, by access.Actor, kind source.Kind, name string, file []byte, o Options) (*Import, error) {
	if err := by.Need(access.AccountImport); err != nil {
		return nil, err
	}
	if err := s.checkUpload(by, kind, file, o); err != nil {
		return nil, err
	}
	name, err := naming.Line(path.Base(strings.ReplaceAll(name, `\`, "/")), "name", naming.MaxLine)
	if err != nil || name == "." || name == "/" {
		name = string(kind)
	}
	var made *Import
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		id, err := s.ids.Next(tx)
		if err != nil {
			return err
		}
		made = &Import{ID: id, Owner: by.Account, Tenant: by.Tenant, Kind: string(kind), Name: name, File: fmt.Sprintf("import-%d.upload", id),
			Size: int64(len(file)), Options: o, Created: tx.Now(), Modified: tx.Now()}
		return s.imports.Insert(tx, made)
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	if _, err := s.Shelf.Put(made.File, func(w io.Writer) error { _, err := w.Write(file); return err }); err != nil {
		return nil, fault.Wrap(err)
	}
	return s.begin(ctx, by, made.ID, CheckType, func(*Import) error { return nil })
}

func (s *Service) checkUpload(by access.Actor, kind source.Kind, file []byte, o Options) error {
	known := false
	for _, k := range source.Kinds() {
		known = known || k == kind
	}
	switch {
	case !known:
		return fault.New(fault.Invalid, "import.kind", "kind", "a file is of one of the kinds %v", source.Kinds())
	case len(file) == 0:
		return fault.New(fault.Missing, "import.empty", "file", "the file is empty")
	case len(file) > MaxFile:
		return fault.New(fault.TooLarge, "import.too_large", "file", "the file is larger than %d MiB: split it", MaxFile>>20)
	}
	return checkOptions(by, o)
}

func checkOptions(by access.Actor, o Options) error {
	if o.KeepIDs && !by.Super() {
		return fault.New(fault.Denied, "account.given_id", "keep_ids", "only super administrators keep ids")
	}
	if len(o.Mapping) > len(source.Fields()) || len(o.Roles) > 16 {
		return fault.New(fault.TooLarge, "import.options", "mapping", "the mapping names more fields than there are")
	}
	for name, column := range o.Mapping {
		if _, ok := source.FieldOf(name); !ok || column < -1 || column > 1000 {
			return fault.New(fault.Invalid, "import.mapping", "mapping", "%q is no field that a column can be", name)
		}
	}
	return nil
}

// begin changes an import and adds a task for it, in one commit.
func (s *Service) begin(ctx context.Context, by access.Actor, id uint64, kind string, change func(*Import) error) (*Import, error) {
	var i *Import
	err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
		if i, err = s.load(tx, by, id); err != nil {
			return err
		}
		if err := change(i); err != nil {
			return err
		}
		by := by
		by.Tenant = i.Tenant
		t, err := s.Task.AddTx(tx, by, task.New{Type: kind, Title: i.Name, Params: params{id}, Dedup: strconv.FormatUint(id, 10)})
		if err != nil {
			return err
		}
		if i.Modified = tx.Now(); kind == RunType {
			i.Run = t.ID
			if err := s.record(tx, by, "import.confirm", i); err != nil {
				return err
			}
		} else {
			i.Check = t.ID
		}
		return s.imports.Update(tx, i)
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return i, nil
}

// params are those of both tasks.
type params struct {
	Import uint64 `json:"import"`
}

func (s *Service) record(tx *store.Tx, by access.Actor, action string, i *Import) error {
	return s.Audit.AddTx(tx, by, audit.Entry{Tenant: i.Tenant, Action: action, ObjectKind: "import", ObjectID: strconv.FormatUint(i.ID, 10), ObjectName: i.Name})
}

// load is an import of by's own; super administrators see all.
func (s *Service) load(r store.Reader, by access.Actor, id uint64) (*Import, error) {
	i, err := s.imports.Get(r, key(id))
	if errors.Is(err, store.ErrNotFound) || err == nil && i.Owner != by.Account && !by.Super() {
		return nil, missing()
	}
	return i, err
}

// Get is an import of by's own.
func (s *Service) Get(ctx context.Context, by access.Actor, id uint64) (*Import, error) {
	if err := by.Need(access.AccountImport); err != nil {
		return nil, err
	}
	var i *Import
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		i, err = s.load(r, by, id)
		return err
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return i, nil
}

// Again begins another dry run, with other options.
func (s *Service) Again(ctx context.Context, by access.Actor, id uint64, o Options) (*Import, error) {
	if err := by.Need(access.AccountImport); err != nil {
		return nil, err
	}
	if err := checkOptions(by, o); err != nil {
		return nil, err
	}
	return s.begin(ctx, by, id, CheckType, func(i *Import) error {
		if i.Run != 0 {
			return fault.New(fault.Conflict, "import.confirmed", "", "the import was confirmed already: upload the file anew")
		}
		i.Options = o
		return nil
	})
}

// Confirm begins the import itself, after a dry run with the same options. Rows
// with errors are left out if partly is set; without it, they must be none.
func (s *Service) Confirm(ctx context.Context, by access.Actor, id uint64, partly bool) (*Import, error) {
	i, err := s.Get(ctx, by, id)
	if err != nil {
		return nil, err
	}
	found, err := s.Report(ctx, by, i)
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nil, fault.New(fault.Conflict, "import.unchecked", "", "the dry run has not finished: wait for it, or begin another")
	}
	if found.Good == 0 && found.Units == 0 {
		return nil, fault.New(fault.Conflict, "import.nothing", "", "no row can be imported: correct the file first")
	}
	if found.Bad > 0 && !partly {
		return nil, fault.New(fault.Conflict, "import.errors", "skip_errors", "%d rows have errors: correct the file, or leave these rows out", found.Bad)
	}
	return s.begin(ctx, by, id, RunType, func(now *Import) error {
		switch {
		case now.Run != 0:
			return fault.New(fault.Conflict, "import.confirmed", "", "the import was confirmed already: upload the file anew")
		case now.Check != i.Check:
			return fault.New(fault.Conflict, "import.unchecked", "", "another dry run has begun meanwhile: wait for it")
		}
		return nil
	})
}

// Delete removes an import that is not under way, with its file.
func (s *Service) Delete(ctx context.Context, by access.Actor, id uint64) error {
	i, err := s.Get(ctx, by, id)
	if err != nil {
		return err
	}
	for _, t := range []uint64{i.Check, i.Run} {
		if at, err := s.Task.Get(ctx, by, t); err == nil && !at.State.Finished() {
			return fault.New(fault.Conflict, "import.busy", "", "the import is under way: stop its task first")
		}
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		if _, err := s.load(tx, by, id); err != nil {
			return err
		}
		return s.imports.Delete(tx, key(id))
	})
	if err != nil {
		return fault.Wrap(err)
	}
	return fault.Wrap(s.Shelf.Remove(i.File))
}

// Keeps reports whether a file on the shelf is that of an import that is kept.
func (s *Service) Keeps(ctx context.Context, file string) (bool, error) {
	var id uint64
	if n, _ := fmt.Sscanf(file, "import-%d.upload", &id); n != 1 {
		return false, nil
	}
	kept := false
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		kept, err = s.imports.Has(r, key(id))
		return err
	})
	return kept, err
}

// plan reads an import's file.
func (s *Service) plan(i *Import) (*source.Plan, error) {
	f, err := s.Shelf.Open(i.File)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	p, err := source.Make(source.Kind(i.Kind), data, i.Name, i.Options.Mapping)
	if err != nil {
		return nil, fault.New(fault.Invalid, "import.unreadable", "file", "%s", err.Error())
	}
	return p, nil
}
