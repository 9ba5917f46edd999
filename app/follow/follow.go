// Package follow is who follows whom, and the public side of an account that
// shows it. It finds people in the directory and changes nothing of theirs; what a
// deleted account leaves behind here goes soon after it (Sweep).
package follow

import (
	"context"
	"errors"
	"strconv"
	"time"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/directory"
	"stoa/app/fault"
	"stoa/store"
)

// maxFollows bounds how many accounts one follows.
const maxFollows = 5000

// Deps are the neighbours of the service.
type Deps struct {
	Directory *directory.Service
	Audit     *audit.Service
	Gone      func() // told, after the commit, that Sweep has work; nil tells nobody
}

// Service is who follows whom.
type Service struct {
	Deps
	db *store.DB

	follows   store.Table[follow]
	followers store.Index[follow]
	gone      store.Table[gone]
}

// New defines the tables; Bind completes the service.
func New(s *store.Schema, d Deps) *Service {
	f := &Service{Deps: d}
	f.follows = store.Define(s, 26, "account_follow", func(r *follow) store.Key { return r.key() })
	f.followers = f.follows.Index(1, "to", func(r *follow) []store.Key { return []store.Key{key(r.To)} })
	f.gone = store.Define(s, 27, "account_gone", func(r *gone) store.Key { return key(r.Account) })
	return f
}

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }

func key(id uint64) store.Key { return store.K().Uint(id) }

// follow is one account following another.
type follow struct {
	From uint64    `cbor:"1,keyasint"`
	To   uint64    `cbor:"2,keyasint"`
	At   time.Time `cbor:"3,keyasint"`
}

func (f *follow) key() store.Key { return key(f.From).Uint(f.To) }

// Profile is what every signed-in person may know of another.
type Profile struct {
	ID               uint64
	Name             string
	Email            string   // for its owner and who administers it, else ""
	Follow, Followed []string // names: whom it follows, who follows it; at most 5,000 each
}

// Set makes by follow another account, or stop. Doing it twice is doing it
// once; nobody follows themselves.
func (s *Service) Set(ctx context.Context, by access.Actor, to string, on bool) error {
	if by.Account == 0 {
		return access.SignIn()
	}
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		target, err := s.Directory.Find(tx, to, 0)
		if errors.Is(err, store.ErrNotFound) {
			return directory.Missing()
		}
		if err != nil {
			return err
		}
		if target.ID == by.Account {
			return fault.New(fault.Invalid, "account.follow_self", "to", "nobody follows themselves")
		}
		return s.setTx(tx, by, target, on)
	}))
}

func (s *Service) setTx(tx *store.Tx, by access.Actor, target *directory.Account, on bool) error {
	f := &follow{From: by.Account, To: target.ID, At: tx.Now()}
	has, err := s.follows.Has(tx, f.key())
	if err != nil || has == on {
		return err
	}
	action := "account.unfollow"
	if on {
		action = "account.follow"
		err = s.insert(tx, f)
	} else {
		err = s.follows.Delete(tx, f.key())
	}
	if err != nil {
		return err
	}
	return s.Audit.AddTx(tx, by, audit.Entry{Action: action, ObjectKind: "account", ObjectID: strconv.FormatUint(target.ID, 10),
		ObjectName: target.Name, Tenant: by.Home})
}

func (s *Service) insert(tx *store.Tx, f *follow) error {
	n := 0
	for _, err := range s.follows.Scan(tx, store.Scan{Prefix: key(f.From)}) {
		if err != nil {
			return err
		}
		n++
	}
	if n >= maxFollows {
		return fault.New(fault.TooLarge, "account.follows", "to", "nobody follows more than %d accounts", maxFollows)
	}
	return s.follows.Insert(tx, f)
}

// Names lists the names of those an account follows and of its followers.
func (s *Service) Names(ctx context.Context, id uint64) (following, followers []string, err error) {
	err = s.db.View(ctx, func(r store.Reader) error {
		following, followers, err = s.names(r, id)
		return err
	})
	return following, followers, fault.Wrap(err)
}

func (s *Service) names(r store.Reader, id uint64) (following, followers []string, err error) {
	following, followers = []string{}, []string{}
	for f, err := range s.follows.Scan(r, store.Scan{Prefix: key(id), Limit: maxFollows}) {
		if err != nil {
			return nil, nil, err
		}
		if following, err = s.appendName(r, following, f.To); err != nil {
			return nil, nil, err
		}
	}
	for f, err := range s.followers.Scan(r, store.Scan{Prefix: key(id), Limit: maxFollows}) {
		if err != nil {
			return nil, nil, err
		}
		if followers, err = s.appendName(r, followers, f.From); err != nil {
			return nil, nil, err
		}
	}
	return following, followers, nil
}

// appendName passes over an account that has been deleted meanwhile.
func (s *Service) appendName(r store.Reader, names []string, id uint64) ([]string, error) {
	a, err := s.Directory.Row(r, id)
	if errors.Is(err, store.ErrNotFound) {
		return names, nil
	}
	if err != nil {
		return nil, err
	}
	return append(names, a.Name), nil
}

// Profile is the public side of the account that login names. The caller says
// who may ask; the e-mail is for the owner and for those who administer it.
func (s *Service) Profile(ctx context.Context, by access.Actor, login string) (*Profile, error) {
	var p *Profile
	err := s.db.View(ctx, func(r store.Reader) error {
		a, err := s.Directory.Find(r, login, 0)
		if errors.Is(err, store.ErrNotFound) {
			return directory.Missing()
		}
		if err != nil {
			return err
		}
		p = &Profile{ID: a.ID, Name: a.Name}
		if directory.Sees(by, a) {
			p.Email = a.Email
		}
		p.Follow, p.Followed, err = s.names(r, a.ID)
		return err
	})
	return p, fault.Wrap(err)
}
