// Package folder moves and renames whole folders of buckets: a small one at once,
// all or nothing, a large one in the background. Nothing is copied: files get other
// names, and what is counted for their tenant stays the same.
package folder

import (
	"context"
	"encoding/json"
	"strconv"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/bucket"
	"stoa/app/fault"
	"stoa/app/task"
	"stoa/store"
)

// Type is the kind of background work that moves a folder.
const Type = "folder.move"

// Limits of a move.
const (
	AtOnce  = 100               // files that are moved in one commit, before the answer: each takes four writes, and a commit has 512
	Checked = bucket.MaxMeasure // files whose new names are looked at before the move begins; more go only where nothing is
	batch   = 50                // files of a commit in the background
)

// Deps are the neighbours of the service.
type Deps struct {
	Bucket *bucket.Service
	Task   func() *task.Service
	Audit  *audit.Service
}

// Service moves folders.
type Service struct {
	Deps
	db *store.DB
}

// New is the service; Bind completes it. It keeps nothing of its own.
func New(d Deps) *Service { return &Service{Deps: d} }

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }

// Moved is what came of a move: it is done, or a task does it.
type Moved struct {
	Objects int64  // that were moved
	Task    uint64 // that moves them; 0 = it is done
}

type params struct {
	From   uint64 `json:"from"`
	Prefix string `json:"prefix"`
	To     uint64 `json:"to"`
	Name   string `json:"name"`
}

// Move gives a folder another name, or another bucket of its tenant. Files that are
// at the new place stay; if one of them has a name that is needed, nothing is moved
// and it is an Exists fault.
func (s *Service) Move(ctx context.Context, by access.Actor, in bucket.Renaming) (Moved, error) {
	if err := bucket.CheckRenaming(by, in); err != nil {
		return Moved{}, err
	}
	n, more, vacant, err := s.Bucket.Look(ctx, in, Checked)
	switch {
	case err != nil:
		return Moved{}, err
	case n == 0:
		return Moved{}, fault.New(fault.NotFound, "folder.none", "prefix", "there is no file in that folder")
	case more && !vacant:
		return Moved{}, fault.New(fault.Conflict, "folder.large", "to_prefix", "a folder of more than %d files is only moved to where no files are: choose a new name", Checked)
	}
	var out Moved
	err = s.db.Update(ctx, func(tx *store.Tx) (err error) {
		if n > AtOnce {
			out, err = s.queueTx(tx, by, in)
			return err
		}
		moved, next, err := s.Bucket.RenameTx(tx, by, in, "", AtOnce+1)
		if err == nil && next != "" { // it grew meanwhile
			return fault.New(fault.Conflict, "folder.busy", "prefix", "files are put into that folder just now: try again")
		}
		out = Moved{Objects: int64(moved)}
		if err == nil {
			err = s.recordTx(tx, by, in, out.Objects)
		}
		return err
	})
	return out, fault.Wrap(err)
}

// queueTx leaves a move to the background. One folder of a bucket is moved at a time.
func (s *Service) queueTx(tx *store.Tx, by access.Actor, in bucket.Renaming) (Moved, error) {
	t, err := s.Task().AddTx(tx, by, task.New{Type: Type, Title: place(in.From, in.Prefix) + " → " + place(in.To, in.Name),
		Dedup: strconv.FormatUint(in.From.ID, 10), Params: params{in.From.ID, in.Prefix, in.To.ID, in.Name}})
	if fault.KindOf(err) == fault.Exists && err != nil {
		return Moved{}, fault.New(fault.Conflict, "folder.busy", "prefix", "a folder of this bucket is being moved: wait until that is done, or cancel it")
	}
	if err != nil {
		return Moved{}, err
	}
	return Moved{Task: t.ID}, s.recordTx(tx, by, in, 0)
}

func place(b *bucket.Bucket, prefix string) string { return b.Name + "/" + prefix }

// recordTx writes a move down: when it is done with the count of files, and when it
// is left to the background without.
func (s *Service) recordTx(tx *store.Tx, by access.Actor, in bucket.Renaming, n int64) error {
	changes := []audit.Change{{Field: "to", Old: place(in.From, in.Prefix), New: place(in.To, in.Name)}}
	if n > 0 {
		changes = append(changes, audit.Change{Field: "files", New: strconv.FormatInt(n, 10)})
	}
	return s.Audit.AddTx(tx, by, audit.Entry{Tenant: in.From.Tenant, Action: "folder.move", ObjectKind: "folder", ObjectID: place(in.From, in.Prefix),
		ObjectName: in.Prefix, Changes: changes})
}

// Kind is the background work; the service is asked at use.
func Kind(s func() *Service) task.Kind {
	return task.Kind{Type: Type, PerUser: 2, Queue: 100, Long: true, Run: func(ctx context.Context, w *task.Work) (task.Result, error) {
		return s().work(ctx, w)
	}}
}

// work moves what is left of a folder, some files a commit. It begins anew after a
// crash: what was moved is not in the folder any more.
func (s *Service) work(ctx context.Context, w *task.Work) (task.Result, error) {
	in, err := s.read(ctx, w)
	if err != nil {
		return task.Result{}, err
	}
	left, err := s.Bucket.CountFolder(ctx, in)
	if err != nil {
		return task.Result{}, err
	}
	total := max(left, w.Task.Progress.Total)
	done := total - left
	for after, more := "", true; more; {
		moved, next := 0, ""
		w.Progress(done, max(total, done), "renaming")
		err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
			if err := w.HoldTx(tx); err != nil {
				return err
			}
			if moved, next, err = s.Bucket.RenameTx(tx, w.Actor, in, after, batch); err != nil || next != "" {
				return err
			}
			return s.recordTx(tx, w.Actor, in, done+int64(moved))
		})
		if err != nil {
			return task.Result{}, stopped(err, done, total)
		}
		done, after, more = done+int64(moved), next, next != ""
	}
	w.Progress(done, max(total, done), "renaming")
	data, err := json.Marshal(map[string]int64{"moved": done})
	return task.Result{Data: data}, err
}

func (s *Service) read(ctx context.Context, w *task.Work) (bucket.Renaming, error) {
	var p params
	if err := w.Task.Decode(&p); err != nil {
		return bucket.Renaming{}, err
	}
	from, err := s.Bucket.In(ctx, w.Actor, p.From, access.ObjectWrite)
	if err != nil {
		return bucket.Renaming{}, err
	}
	to, err := s.Bucket.In(ctx, w.Actor, p.To, access.ObjectWrite)
	in := bucket.Renaming{From: from, Prefix: p.Prefix, To: to, Name: p.Name}
	if err == nil {
		err = bucket.CheckRenaming(w.Actor, in)
	}
	return in, err
}

// stopped says of a move that can't go on how far it came: what was moved stays
// where it is.
func stopped(err error, done, total int64) error {
	f := fault.Of(err)
	if f.Kind != fault.Exists && f.Kind != fault.Invalid && f.Kind != fault.NotFound {
		return err
	}
	return fault.New(f.Kind, "folder.stopped", "", "%d of %d files were moved, the others are where they were: %s", done, total, f.Text).With(err)
}
