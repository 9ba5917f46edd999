package preference

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/store"
)

// Place is a page or a record of the console.
type Place struct {
	Kind  string    `cbor:"1,keyasint"`           // "page", or what sort of record: "account"
	ID    string    `cbor:"2,keyasint"`           // of the record, or the page's name
	Title string    `cbor:"3,keyasint,omitempty"` // as it is shown
	Path  string    `cbor:"4,keyasint"`           // within the console: "/accounts/7"
	At    time.Time `cbor:"5,keyasint"`           // when it was marked, or opened last
}

// places is an account's list of them, in the order shown.
type places struct {
	Account uint64  `cbor:"1,keyasint"`
	Items   []Place `cbor:"2,keyasint"`
}

const (
	maxTitle = 200  // characters
	maxPath  = 1024 // bytes

	// again is how long opening the same record again is not worth a write.
	again = time.Minute
)

// clean holds a place to what a list may keep: a path within the console, never
// an address elsewhere.
func (p Place) clean() (Place, error) {
	if err := CheckKey(p.Kind); err != nil {
		return p, fault.New(fault.Invalid, "place.kind", "kind", "a kind is 1 to %d of the characters a-z 0-9 . _ -", maxKey)
	}
	if !printable(p.ID, 128) || p.ID == "" {
		return p, fault.New(fault.Invalid, "place.id", "id", "an id is 1 to 128 visible characters")
	}
	p.Title = strings.TrimSpace(p.Title)
	if !printable(p.Title, maxTitle) {
		return p, fault.New(fault.Invalid, "place.title", "title", "a title has at most %d visible characters", maxTitle)
	}
	if !printable(p.Path, maxPath) || len(p.Path) > maxPath || !strings.HasPrefix(p.Path, "/") ||
		strings.HasPrefix(p.Path, "//") || strings.Contains(p.Path, `\`) {
		return p, fault.New(fault.Invalid, "place.path", "path", "a path is within the console: it begins with one / and has at most %d bytes", maxPath)
	}
	return p, nil
}

func printable(s string, most int) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= most && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

func (p Place) same(o Place) bool { return p.Kind == o.Kind && p.ID == o.ID }

// Favourites are what by marked, in by's order.
func (s *Service) Favourites(ctx context.Context, by access.Actor) ([]Place, error) {
	return s.places(ctx, by, s.marks)
}

// Recent is what by opened last, the latest first.
func (s *Service) Recent(ctx context.Context, by access.Actor) ([]Place, error) {
	return s.places(ctx, by, s.last)
}

func (s *Service) places(ctx context.Context, by access.Actor, of store.Table[places]) ([]Place, error) {
	if err := person(by); err != nil {
		return nil, err
	}
	var items []Place
	err := s.db.View(ctx, func(r store.Reader) error {
		at, err := load(r, of, by.Account)
		if err == nil {
			items = at.Items
		}
		return err
	})
	if items == nil {
		items = []Place{}
	}
	return items, fault.Wrap(err)
}

func load(r store.Reader, from store.Table[places], account uint64) (*places, error) {
	p, err := from.Get(r, of(account))
	if errors.Is(err, store.ErrNotFound) {
		return &places{Account: account}, nil
	}
	return p, err
}

// SetFavourites replaces the whole list; its order is kept. A place that is
// named twice is refused.
func (s *Service) SetFavourites(ctx context.Context, by access.Actor, items []Place) ([]Place, error) {
	if err := person(by); err != nil {
		return nil, err
	}
	if len(items) > MaxMarks {
		return nil, fault.New(fault.TooLarge, "favourite.too_many", "items", "%d favourites: at most %d are kept", len(items), MaxMarks)
	}
	kept := make([]Place, 0, len(items))
	for _, p := range items {
		p, err := p.clean()
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(kept, p.same) {
			return nil, fault.New(fault.Invalid, "favourite.twice", "items", "%s %s is named twice", p.Kind, p.ID)
		}
		kept = append(kept, p)
	}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		old, err := load(tx, s.marks, by.Account)
		if err != nil {
			return err
		}
		for i := range kept {
			kept[i].At = tx.Now()
			if at := slices.IndexFunc(old.Items, kept[i].same); at >= 0 {
				kept[i].At = old.Items[at].At
			}
		}
		return s.marks.Put(tx, &places{Account: by.Account, Items: kept})
	})
	return kept, fault.Wrap(err)
}

// Mark puts a place at the end of the favourites, or changes the title and path
// of one that is there.
func (s *Service) Mark(ctx context.Context, by access.Actor, p Place) ([]Place, error) {
	if err := person(by); err != nil {
		return nil, err
	}
	p, err := p.clean()
	if err != nil {
		return nil, err
	}
	var items []Place
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		all, err := load(tx, s.marks, by.Account)
		if err != nil {
			return err
		}
		p.At = tx.Now()
		if at := slices.IndexFunc(all.Items, p.same); at >= 0 {
			p.At = all.Items[at].At
			all.Items[at] = p
		} else if len(all.Items) >= MaxMarks {
			return fault.New(fault.Conflict, "favourite.too_many", "", "%d favourites are kept already, which is the most: remove one first", MaxMarks)
		} else {
			all.Items = append(all.Items, p)
		}
		items = all.Items
		return s.marks.Put(tx, all)
	})
	return items, fault.Wrap(err)
}

// Unmark takes a place out of the favourites; one that is not there is out already.
func (s *Service) Unmark(ctx context.Context, by access.Actor, kind, id string) error {
	if err := person(by); err != nil {
		return err
	}
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		all, err := load(tx, s.marks, by.Account)
		if err != nil {
			return err
		}
		all.Items = slices.DeleteFunc(all.Items, Place{Kind: kind, ID: id}.same)
		return s.marks.Put(tx, all)
	}))
}

// Opened puts a place at the head of what was opened last. The same place again
// within a minute changes nothing.
func (s *Service) Opened(ctx context.Context, by access.Actor, p Place) error {
	if err := person(by); err != nil {
		return err
	}
	p, err := p.clean()
	if err != nil {
		return err
	}
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		all, err := load(tx, s.last, by.Account)
		if err != nil {
			return err
		}
		p.At = tx.Now()
		if at := slices.IndexFunc(all.Items, p.same); at >= 0 {
			old := all.Items[at]
			if at == 0 && old.Title == p.Title && old.Path == p.Path && p.At.Sub(old.At) < again {
				return nil
			}
			all.Items = slices.Delete(all.Items, at, at+1)
		}
		all.Items = slices.Insert(all.Items, 0, p)
		all.Items = all.Items[:min(len(all.Items), MaxLast)]
		return s.last.Put(tx, all)
	}))
}
