package segment

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/store"
)

// Deps are the neighbours of the service.
type Deps struct {
	Audit *audit.Service
}

// Service is the segments, and the leases that this process holds of them.
type Service struct {
	Deps
	db     *store.DB
	rows   store.Table[Segment]
	ranked store.Ranked[Segment]

	mu      sync.RWMutex
	buffers map[string]*buffer // by tag; those drawn lately
	closed  bool
	drawn   atomic.Uint64
	leases  atomic.Uint64
}

// NewService defines the table; Bind completes the service.
func NewService(schema *store.Schema, d Deps) *Service {
	s := &Service{Deps: d, buffers: map[string]*buffer{}}
	s.rows = store.Define(schema, 90, "segment", func(g *Segment) store.Key { return key(g.Tag) })
	s.ranked = s.rows.Ranked(1, "list", func(g *Segment) []store.Key { return []store.Key{all(), of(g.Tenant)} },
		func(*Segment) store.Key { return nil })
	return s
}

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }

func key(tag string) store.Key   { return store.K().Str(tag) }
func all() store.Key             { return store.K().Uint(0) }
func of(tenant uint64) store.Key { return store.K().Uint(1).Uint(tenant) }

// load is a segment that by may see.
func (s *Service) load(r store.Reader, by access.Actor, tag string) (*Segment, error) {
	if len(tag) > 4*maxTag {
		return nil, missing()
	}
	g, err := s.rows.Get(r, key(tag))
	if errors.Is(err, store.ErrNotFound) || err == nil && !by.Super() && g.Tenant != by.Tenant {
		return nil, missing()
	}
	return g, err
}

// Get is a segment of by's tenant; super administrators see those of all.
func (s *Service) Get(ctx context.Context, by access.Actor, tag string) (*Segment, error) {
	if err := by.Need(access.SegmentRead); err != nil {
		return nil, err
	}
	var g *Segment
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		g, err = s.load(r, by, tag)
		return err
	})
	return g, fault.Wrap(err)
}

// Create makes a segment in by's tenant. The tag is taken for all tenants.
func (s *Service) Create(ctx context.Context, by access.Actor, in New) (*Segment, error) {
	if err := by.Need(access.SegmentWrite); err != nil {
		return nil, err
	}
	g, err := in.clean(by)
	if err != nil {
		return nil, err
	}
	var made *Segment
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		fresh := *g
		made = &fresh
		made.Created, made.Modified = tx.Now(), tx.Now()
		n, err := s.ranked.Count(tx, of(made.Tenant))
		if err != nil {
			return err
		}
		if n >= MaxSegments {
			return fault.New(fault.Conflict, "segment.too_many", "", "an organisation has at most %d segments", MaxSegments)
		}
		if err := s.rows.Insert(tx, made); errors.Is(err, store.ErrExists) {
			return fault.New(fault.Exists, "segment.tag_taken", "tag", "the tag %q is taken", made.Tag)
		} else if err != nil {
			return err
		}
		return s.record(tx, by, "segment.create", made, nil)
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return made, nil
}

func (in New) clean(by access.Actor) (*Segment, error) {
	g := &Segment{Tenant: by.Tenant, Next: max(in.Next, 1), Step: in.Step, ModifiedBy: by.Name, Version: 1}
	if g.Step == 0 {
		g.Step = DefaultStep
	}
	if in.Author == "" {
		in.Author = by.Name
	}
	var err error
	if g.Tag, err = cleanTag(in.Tag); err != nil {
		return nil, err
	}
	if g.Description, err = cleanText(in.Description, "description", maxDescription); err != nil {
		return nil, err
	}
	if g.Author, err = cleanText(in.Author, "author", maxAuthor); err != nil {
		return nil, err
	}
	if err := checkStep(g.Step); err != nil {
		return nil, err
	}
	return g, checkNext(g.Next)
}

// Modify changes a segment. A raised Next makes the numbers go on there at once:
// what this node had leased below it is let go. ifVersion 0 skips the check for
// a change by somebody else.
func (s *Service) Modify(ctx context.Context, by access.Actor, tag string, c Change, ifVersion uint64) (*Segment, error) {
	if err := by.Need(access.SegmentWrite); err != nil {
		return nil, err
	}
	var g *Segment
	var raised bool
	err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
		if g, err = s.load(tx, by, tag); err != nil {
			return err
		}
		if ifVersion != 0 && g.Version != ifVersion {
			return fault.New(fault.Stale, "segment.stale", "", "it was changed by %s meanwhile: read it again", g.ModifiedBy)
		}
		before := *g
		if err := g.apply(c); err != nil {
			return err
		}
		raised = g.Next > before.Next
		changes := diff(&before, g)
		if len(changes) == 0 {
			return nil
		}
		g.Modified, g.ModifiedBy = tx.Now(), by.Name
		g.Version++
		if err := s.rows.Update(tx, g); err != nil {
			return err
		}
		return s.record(tx, by, "segment.update", g, changes)
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	s.changed(g, raised)
	return g, nil
}

func (g *Segment) apply(c Change) error {
	var err error
	if c.Description != nil {
		if g.Description, err = cleanText(*c.Description, "description", maxDescription); err != nil {
			return err
		}
	}
	if c.Author != nil {
		if g.Author, err = cleanText(*c.Author, "author", maxAuthor); err != nil {
			return err
		}
	}
	if c.Step != nil {
		if err := checkStep(*c.Step); err != nil {
			return err
		}
		g.Step = *c.Step
	}
	if c.Next == nil {
		return nil
	}
	if *c.Next < g.Next {
		return fault.New(fault.Invalid, "segment.lowered", "max_id",
			"the highest number is %d and can't be lowered: numbers below it are handed out", g.Next)
	}
	g.Next = *c.Next
	return checkNext(g.Next)
}

// diff names the changed fields for the action log.
func diff(a, b *Segment) []audit.Change {
	var out []audit.Change
	add := func(field, old, new string) {
		if old != new {
			out = append(out, audit.Change{Field: field, Old: old, New: new})
		}
	}
	add("max_id", strconv.FormatUint(a.Next, 10), strconv.FormatUint(b.Next, 10))
	add("step", strconv.FormatUint(a.Step, 10), strconv.FormatUint(b.Step, 10))
	add("description", a.Description, b.Description)
	add("author", a.Author, b.Author)
	return out
}

func (s *Service) record(tx *store.Tx, by access.Actor, action string, g *Segment, changes []audit.Change) error {
	return s.Audit.AddTx(tx, by, audit.Entry{Tenant: g.Tenant, Action: action, ObjectKind: "segment", ObjectID: g.Tag,
		ObjectName: g.Tag, Changes: changes})
}
