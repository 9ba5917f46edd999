package notice

import (
	"context"
	"errors"
	"slices"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"stoa/app/access"
	"stoa/app/directory"
	"stoa/app/fault"
	"stoa/store"
)

// readAtOnce is how many notices one commit marks as read.
const readAtOnce = 100

// keptMarks is how many marks somebody has before those of notices that are no
// longer there are dropped.
const keptMarks = 300

// mail is what somebody has, as it stands.
type mail struct {
	reader
	ids []uint64 // newest first
}

func (m *mail) unread(id uint64) bool { return id > m.UpTo && !has(m.Read, id) }

// mail finds what is for by: what lies in the inbox, and the notices to many
// that mean by.
func (s *Service) mail(r store.Reader, by access.Actor) (*mail, error) {
	if by.Account == 0 {
		return nil, access.SignIn()
	}
	m := &mail{}
	marks, err := s.readers.Get(r, key(by.Account))
	switch {
	case errors.Is(err, store.ErrNotFound):
		m.Account = by.Account
	case err != nil:
		return nil, err
	default:
		m.reader = *marks
	}
	who, err := s.Directory.Row(r, by.Account)
	if err != nil {
		return nil, err
	}
	for l, err := range s.inbox.Scan(r, store.Scan{Prefix: key(by.Account)}) {
		if err != nil {
			return nil, err
		}
		if l.Expires.After(r.Now()) {
			m.ids = append(m.ids, l.ID)
		}
	}
	for b, err := range s.broadcasts.Scan(r, store.Scan{Prefix: key(who.Tenant)}) {
		if err != nil {
			return nil, err
		}
		if b.Expires.After(r.Now()) && b.means(who) && !has(m.Gone, b.ID) {
			m.ids = append(m.ids, b.ID)
		}
	}
	slices.Sort(m.ids)
	slices.Reverse(m.ids)
	return m, nil
}

// means reports whether a notice to many is for an account.
func (b *broadcast) means(a *directory.Account) bool {
	if a.Created.After(b.At) {
		return false
	}
	switch b.Scope {
	case All:
		return true
	case Departments:
		return a.Department != 0 && has(b.IDs, a.Department)
	case Roles:
		return slices.ContainsFunc(a.Roles, func(id uint64) bool { return has(b.IDs, id) })
	}
	return false
}

// Unread counts what by has not read.
func (s *Service) Unread(ctx context.Context, by access.Actor) (n int, err error) {
	err = s.view(ctx, func(r store.Reader) error {
		m, err := s.mail(r, by)
		if err != nil {
			return err
		}
		n = 0
		for _, id := range m.ids {
			if m.unread(id) {
				n++
			}
		}
		return nil
	})
	return n, err
}

// Filter selects what somebody has. Page counts from 1.
type Filter struct {
	Text        string // part of the title or the text, any case
	Title       string // part of the title, any case
	Sender      string // user name, whole, any case
	Read        *bool
	Page, Limit int // Limit 1 to 500; 0 = 20
}

func (f Filter) plain() bool { return f.Text+f.Title+f.Sender == "" }

func fold(s string) string { return cases.Fold().String(norm.NFKC.String(s)) }

func (f Filter) matches(n *Notice) bool {
	title := fold(n.Title)
	return (f.Sender == "" || fold(f.Sender) == fold(n.SenderName)) && strings.Contains(title, fold(f.Title)) &&
		(strings.Contains(title, fold(f.Text)) || strings.Contains(fold(n.Text), fold(f.Text)))
}

// Mine lists what by has, newest first.
func (s *Service) Mine(ctx context.Context, by access.Actor, f Filter) (Page, error) {
	if err := checkPage(f.Page, &f.Limit); err != nil {
		return Page{}, err
	}
	p := Page{Items: []Notice{}}
	err := s.view(ctx, func(r store.Reader) error {
		m, err := s.mail(r, by)
		if err != nil {
			return err
		}
		p = Page{Items: []Notice{}}
		skip := (max(f.Page, 1) - 1) * f.Limit
		for _, id := range m.ids {
			if f.Read != nil && *f.Read == m.unread(id) {
				continue
			}
			shown := p.Total >= skip && len(p.Items) < f.Limit
			if f.plain() && !shown {
				p.Total++
				continue
			}
			n, err := s.notices.Get(r, key(id))
			if errors.Is(err, store.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			if !f.matches(n) {
				continue
			}
			if p.Total++; shown {
				n.Read = !m.unread(id)
				p.Items = append(p.Items, *n)
			}
		}
		return nil
	})
	return p, err
}

// Open is one of by's notices, which is read from then on.
func (s *Service) Open(ctx context.Context, by access.Actor, id uint64) (*Notice, error) {
	var n *Notice
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		m, err := s.mail(tx, by)
		if err != nil {
			return err
		}
		if !slices.Contains(m.ids, id) {
			return missing()
		}
		if n, err = s.notices.Get(tx, key(id)); errors.Is(err, store.ErrNotFound) {
			return missing()
		}
		if err != nil {
			return err
		}
		n.Read = true
		if !m.unread(id) {
			return nil
		}
		return s.readTx(tx, by, m, id)
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return n, nil
}

// readTx marks notices as read.
func (s *Service) readTx(tx *store.Tx, by access.Actor, m *mail, ids ...uint64) error {
	for _, id := range ids {
		m.Read = with(m.Read, id)
		n, err := s.notices.Get(tx, key(id))
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		count, err := s.readsOf(tx, id)
		if err != nil {
			return err
		}
		if err := s.reads.Put(tx, &reads{ID: id, Count: count + 1, Expires: n.Expires}); err != nil {
			return err
		}
	}
	return s.keepTx(tx, by, m)
}

// keepTx writes the marks, as few as say it all.
func (s *Service) keepTx(tx *store.Tx, by access.Actor, m *mail) error {
	if len(m.ids) > 0 && !slices.ContainsFunc(m.ids, m.unread) {
		m.UpTo, m.Read = max(m.UpTo, m.ids[0]), nil
	}
	if len(m.Read)+len(m.Gone) > keptMarks {
		m.Read = slices.DeleteFunc(m.Read, func(id uint64) bool { return !slices.Contains(m.ids, id) })
		var gone []uint64
		for _, id := range m.Gone {
			there, err := s.notices.Has(tx, key(id))
			if err != nil {
				return err
			}
			if there {
				gone = append(gone, id)
			}
		}
		m.Gone = gone
	}
	s.publish(tx, by, "notice.read", "", false, by.Account)
	return s.readers.Put(tx, &m.reader)
}

// ReadAll marks everything that by has as read.
func (s *Service) ReadAll(ctx context.Context, by access.Actor) (n int, err error) {
	for {
		done := 0
		err := s.db.Update(ctx, func(tx *store.Tx) error {
			m, err := s.mail(tx, by)
			if err != nil {
				return err
			}
			unread := slices.DeleteFunc(slices.Clone(m.ids), func(id uint64) bool { return !m.unread(id) })
			unread = unread[:min(len(unread), readAtOnce)]
			if done = len(unread); done == 0 {
				return nil
			}
			return s.readTx(tx, by, m, unread...)
		})
		if n += done; err != nil || done < readAtOnce {
			return n, fault.Wrap(err)
		}
	}
}

// Remove takes a notice out of what by has; others keep it.
func (s *Service) Remove(ctx context.Context, by access.Actor, id uint64) error {
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		m, err := s.mail(tx, by)
		if err != nil {
			return err
		}
		if !slices.Contains(m.ids, id) {
			return missing()
		}
		err = s.inbox.Delete(tx, key(by.Account).Uint(id))
		if errors.Is(err, store.ErrNotFound) {
			m.Gone, err = with(m.Gone, id), nil
		}
		if err != nil {
			return err
		}
		return s.keepTx(tx, by, m)
	}))
}
