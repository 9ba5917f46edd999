package notice

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/directory"
	"stoa/app/fault"
	"stoa/app/org"
	"stoa/store"
)

// New is what Send needs.
type New struct {
	Title   string
	Text    string // plain, of any number of lines
	For     Audience
	Expires time.Time // zero = in 90 days
}

// clean holds an audience to what by may reach.
func (a Audience) clean(by access.Actor) (Audience, error) {
	a.IDs = slices.Compact(slices.Sorted(slices.Values(a.IDs)))
	most := MaxUnits
	switch a.Scope {
	case All:
		if len(a.IDs) > 0 {
			return a, fault.New(fault.Invalid, "notice.audience", "for", "a notice to everybody names nobody")
		}
	case Accounts:
		most = MaxAccounts
	case Roles, Departments:
	default:
		return a, fault.New(fault.Invalid, "notice.scope", "for", "a notice is for all, roles, departments or accounts")
	}
	if a.Scope != All && len(a.IDs) == 0 {
		return a, fault.New(fault.Missing, "notice.nobody", "for", "say for whom the notice is")
	}
	if len(a.IDs) > most {
		return a, fault.New(fault.TooLarge, "notice.too_many", "for", "%d are named: at most %d are allowed; take a department, a role or everybody", len(a.IDs), most)
	}
	if (a.Scope == All || a.Scope == Roles) && by.Scope() < access.ScopeTenant {
		return a, fault.New(fault.Denied, "notice.reach", "for", "you see a part of the organisation: send to departments or accounts in it")
	}
	return a, nil
}

// departments are the named ones of by's tenant and all below them.
func (s *Service) departments(ctx context.Context, by access.Actor, named []uint64) ([]uint64, error) {
	root, err := s.Org.Tree(ctx, access.System("notice"), by.Tenant)
	if err != nil {
		return nil, err
	}
	var all, found []uint64
	var walk func(n *org.Node, in bool)
	walk = func(n *org.Node, in bool) {
		if has(named, n.ID) {
			found, in = with(found, n.ID), true
		}
		if in {
			all = append(all, n.ID)
		}
		for _, child := range n.Children {
			walk(child, in)
		}
	}
	walk(root, false)
	for _, id := range named {
		if !has(found, id) || by.Scope() < access.ScopeTenant && !slices.Contains(by.Units, id) {
			return nil, fault.New(fault.NotFound, "notice.department", "for", "there is no department %d, or you don't see it", id)
		}
	}
	slices.Sort(all)
	return all, nil
}

// Receivers counts whom a notice would reach now. capped: there are more.
func (s *Service) Receivers(ctx context.Context, by access.Actor, a Audience) (n int, capped bool, err error) {
	if err := by.Need(access.NoticeSend); err != nil {
		return 0, false, err
	}
	if a, err = a.clean(by); err != nil {
		return 0, false, err
	}
	var units []uint64
	switch a.Scope {
	case All:
		units = []uint64{by.Tenant}
	case Departments:
		if units, err = s.departments(ctx, by, a.IDs); err != nil {
			return 0, false, err
		}
	case Roles:
		all := access.System("notice")
		page, err := s.Directory.List(ctx, all, directory.Filter{Tenant: by.Tenant, Roles: a.IDs, Limit: 1})
		return page.Total, page.Capped, err
	}
	err = s.view(ctx, func(r store.Reader) error {
		n = 0
		if a.Scope == Accounts {
			n = len(a.IDs)
			return s.visible(r, by, a.IDs)
		}
		for _, unit := range units {
			m, err := s.Directory.Members(r, unit)
			if err != nil {
				return err
			}
			n += m
		}
		return nil
	})
	return n, false, err
}

// visible refuses accounts that by can't see, or of another tenant than by acts in.
func (s *Service) visible(r store.Reader, by access.Actor, ids []uint64) error {
	for _, id := range ids {
		a, err := s.Directory.VisibleTx(r, by, id)
		if fault.KindOf(err) == fault.NotFound && err != nil || errors.Is(err, store.ErrNotFound) || err == nil && a.Tenant != by.Tenant {
			return fault.New(fault.NotFound, "notice.account", "for", "there is no account %d in this organisation", id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Send sends a notice within the tenant that by acts in.
func (s *Service) Send(ctx context.Context, by access.Actor, in New) (*Notice, error) {
	return s.SendWith(ctx, by, in, func(*store.Tx) error { return nil })
}

// SendWith is Send with what a neighbour writes in the same commit.
func (s *Service) SendWith(ctx context.Context, by access.Actor, in New, also func(*store.Tx) error) (*Notice, error) {
	n, err := s.draft(ctx, by, in)
	if err != nil {
		return nil, err
	}
	reached := n.For.IDs
	if n.For.Scope == Departments {
		if reached, err = s.departments(ctx, by, n.For.IDs); err != nil {
			return nil, err
		}
	}
	err = s.db.Update(ctx, func(tx *store.Tx) (err error) {
		if err := also(tx); err != nil {
			return err
		}
		n.At = tx.Now()
		if n.Expires, err = lasting(n.At, in.Expires); err != nil {
			return err
		}
		if n.ID, err = s.ids.Next(tx); err != nil {
			return err
		}
		if err := s.notices.Insert(tx, n); err != nil {
			return err
		}
		if n.For.Scope == Accounts {
			err = s.deliver(tx, by, n)
		} else {
			err = s.broadcast(tx, n, reached)
		}
		if err != nil {
			return err
		}
		return s.record(tx, by, "notice.send", n)
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return n, nil
}

func (s *Service) draft(ctx context.Context, by access.Actor, in New) (*Notice, error) {
	if err := by.Need(access.NoticeSend); err != nil {
		return nil, err
	}
	n := &Notice{Tenant: by.Tenant, Sender: by.Account, SenderName: by.Name}
	var ok bool
	var err error
	if n.Title, ok = plain(in.Title, MaxTitle, false); !ok || n.Title == "" {
		return nil, fault.New(fault.Invalid, "notice.title", "title", "a title has 1 to %d visible characters", MaxTitle)
	}
	if n.Text, ok = plain(in.Text, MaxText, true); !ok {
		return nil, fault.New(fault.Invalid, "notice.text", "text", "a text has at most %d visible characters", MaxText)
	}
	if n.For, err = in.For.clean(by); err != nil {
		return nil, err
	}
	n.Receivers, n.Capped, err = s.Receivers(ctx, by, n.For)
	if err == nil && n.Receivers == 0 {
		err = fault.New(fault.Conflict, "notice.nobody", "for", "nobody would get this notice")
	}
	return n, err
}

func lasting(now, until time.Time) (time.Time, error) {
	if until.IsZero() {
		return now.Add(DefaultLife), nil
	}
	if life := until.Sub(now); life < minLife || life > MaxLife {
		return until, fault.New(fault.Invalid, "notice.expires", "expires_at", "a notice lasts until a time from a minute to a year ahead")
	}
	return until.UTC(), nil
}

// deliver puts a notice into the inbox of each named account.
func (s *Service) deliver(tx *store.Tx, by access.Actor, n *Notice) error {
	if err := s.visible(tx, by, n.For.IDs); err != nil {
		return err
	}
	for _, id := range n.For.IDs {
		if err := s.inbox.Insert(tx, &letter{Account: id, ID: n.ID, Expires: n.Expires}); err != nil {
			return err
		}
	}
	s.publish(tx, by, "notice.send", idText(n.ID), false, n.For.IDs...)
	return nil
}

func (s *Service) broadcast(tx *store.Tx, n *Notice, reached []uint64) error {
	count, err := s.running.Count(tx, key(n.Tenant))
	if err != nil {
		return err
	}
	if count >= MaxBroadcasts {
		return fault.New(fault.Conflict, "notice.broadcasts", "", "%d notices to many are running, which is the most: withdraw old ones first", MaxBroadcasts)
	}
	by := access.Actor{Account: n.Sender, Tenant: n.Tenant}
	s.publish(tx, by, "notice.send", idText(n.ID), true)
	return s.broadcasts.Insert(tx, &broadcast{Tenant: n.Tenant, ID: n.ID, Scope: n.For.Scope, IDs: reached, At: n.At, Expires: n.Expires})
}

func idText(id uint64) string { return strconv.FormatUint(id, 10) }

func (s *Service) record(tx *store.Tx, by access.Actor, action string, n *Notice) error {
	return s.Audit.AddTx(tx, by, audit.Entry{Action: action, ObjectKind: "notice", ObjectID: idText(n.ID), ObjectName: n.Title, Tenant: n.Tenant,
		Params: audit.Params(map[string]any{"scope": n.For.Scope, "ids": n.For.IDs, "receivers": n.Receivers})})
}

// Page is a part of a list of notices, newest first.
type Page struct {
	Items []Notice
	Total int // exact
}

// Sent lists the notices of by's tenant that have not expired, with how many
// have read each.
func (s *Service) Sent(ctx context.Context, by access.Actor, page, limit int) (Page, error) {
	if err := by.Need(access.NoticeSend); err != nil {
		return Page{}, err
	}
	if err := checkPage(page, &limit); err != nil {
		return Page{}, err
	}
	p := Page{Items: []Notice{}}
	err := s.view(ctx, func(r store.Reader) error {
		rows, total, err := s.sent.Page(r, key(by.Tenant), (max(page, 1)-1)*limit, limit, true)
		if err != nil {
			return err
		}
		p.Total, p.Items = total, p.Items[:0]
		for _, n := range rows {
			if n.Reads, err = s.readsOf(r, n.ID); err != nil {
				return err
			}
			p.Items = append(p.Items, *n)
		}
		return nil
	})
	return p, err
}

func checkPage(page int, limit *int) error {
	if *limit == 0 {
		*limit = 20
	}
	if *limit < 1 || *limit > 500 || page < 0 || page > 1_000_000 {
		return fault.New(fault.Invalid, "list.limit", "limit", "a page has 1 to 500 notices, and pages count from 1")
	}
	return nil
}

func (s *Service) readsOf(r store.Reader, id uint64) (int, error) {
	c, err := s.reads.Get(r, key(id))
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return c.Count, nil
}

// Get is a notice of by's tenant, for its senders.
func (s *Service) Get(ctx context.Context, by access.Actor, id uint64) (*Notice, error) {
	if err := by.Need(access.NoticeSend); err != nil {
		return nil, err
	}
	var n *Notice
	err := s.view(ctx, func(r store.Reader) (err error) {
		if n, err = s.load(r, by, id); err == nil {
			n.Reads, err = s.readsOf(r, id)
		}
		return err
	})
	return n, err
}

func (s *Service) load(r store.Reader, by access.Actor, id uint64) (*Notice, error) {
	n, err := s.notices.Get(r, key(id))
	if errors.Is(err, store.ErrNotFound) || err == nil && n.Tenant != by.Tenant {
		return nil, missing()
	}
	return n, err
}

// Withdraw takes a notice back from everybody, whether they have read it or not.
func (s *Service) Withdraw(ctx context.Context, by access.Actor, id uint64) error {
	if err := by.Need(access.NoticeSend); err != nil {
		return err
	}
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		n, err := s.load(tx, by, id)
		if err != nil {
			return err
		}
		if n.Sender != by.Account && by.Scope() < access.ScopeTenant {
			return fault.New(fault.Denied, "notice.reach", "id", "this notice is somebody else's: its sender or an administrator withdraws it")
		}
		gone := []error{s.notices.Delete(tx, key(id)), s.broadcasts.Delete(tx, key(n.Tenant).Uint(id)), s.reads.Delete(tx, key(id))}
		if n.For.Scope == Accounts {
			for _, account := range n.For.IDs {
				gone = append(gone, s.inbox.Delete(tx, key(account).Uint(id)))
			}
		}
		for _, err := range gone {
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
		}
		s.publish(tx, by, "notice.withdraw", idText(id), n.For.Scope != Accounts, n.For.IDs...)
		return s.record(tx, by, "notice.withdraw", n)
	}))
}
