package company

import (
	"context"
	"errors"
	"strings"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/app/listing"
	"stoa/app/org"
	"stoa/store"
)

// Page is a part of a list of companies.
type Page = listing.Page[Company]

// Get is a company that by looks after.
func (s *Service) Get(ctx context.Context, by access.Actor, id uint64) (*Company, error) {
	if err := by.Need(access.CompanyRead); err != nil {
		return nil, err
	}
	err := s.view(ctx, func(r store.Reader) error {
		_, err := s.load(r, by, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.read(ctx, id)
}

// Holds is what a company has.
type Holds struct{ Accounts, Departments, Buckets int }

// Detail is Get with what the company has.
func (s *Service) Detail(ctx context.Context, by access.Actor, id uint64) (c *Company, has Holds, err error) {
	if c, err = s.Get(ctx, by, id); err != nil {
		return nil, has, err
	}
	sizes, err := s.Org.Sizes(ctx, []org.Unit{c.Unit})
	if err != nil {
		return nil, has, err
	}
	has.Accounts, has.Departments = sizes[id].Accounts, sizes[id].Departments
	err = s.view(ctx, func(r store.Reader) error {
		has.Buckets, err = s.Bucket.CountOfTx(r, id)
		return err
	})
	return c, has, err
}

// read is a company as it stands, whoever asks.
func (s *Service) read(ctx context.Context, id uint64) (*Company, error) {
	var c *Company
	err := s.view(ctx, func(r store.Reader) error {
		u, err := s.Org.CompanyTx(r, id)
		if err != nil {
			return err
		}
		c, err = s.company(r, u)
		return err
	})
	return c, err
}

// company adds to a unit what is known of it besides.
func (s *Service) company(r store.Reader, u *org.Unit) (*Company, error) {
	c := &Company{Unit: *u, Expired: expired(u, r.Now())}
	var err error
	if c.Usage, err = s.Usage.Tx(r, u.ID); err != nil {
		return nil, err
	}
	if channel, err := s.Org.UnitTx(r, u.Channel); err == nil {
		c.ChannelName = channel.Name
	} else if fault.KindOf(err) != fault.NotFound {
		return nil, err
	}
	if c.Administrator, err = s.managerOf(r, u); err != nil {
		return nil, err
	}
	if u.State == org.Frozen {
		c.Deletable = u.FrozenAt.Add(s.After)
	}
	if !u.Deleting.IsZero() {
		c.Purge, err = s.purges.Get(r, key(u.ID))
	}
	return c, err
}

// managerOf is the user name of a unit's first administrator.
func (s *Service) managerOf(r store.Reader, u *org.Unit) (string, error) {
	if u.Manager == 0 {
		return "", nil
	}
	a, err := s.Account.Row(r, u.Manager)
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return a.Name, nil
}

// List is the companies that by looks after, oldest first.
func (s *Service) List(ctx context.Context, by access.Actor, f Filter) (Page, error) {
	if err := by.Need(access.CompanyRead); err != nil {
		return Page{}, err
	}
	out := Page{}
	err := s.view(ctx, func(r store.Reader) error {
		channel, err := s.listed(r, by, f.Channel)
		if err != nil {
			return err
		}
		match, err := f.match(r)
		if err != nil {
			return err
		}
		p, err := s.Org.CompaniesTx(r, channel, f.Ask, match)
		if err != nil {
			return err
		}
		out = Page{Items: []Company{}, Total: p.Total, Capped: p.Capped, Next: p.Next}
		for i := range p.Items {
			c, err := s.company(r, &p.Items[i])
			if err != nil {
				return err
			}
			out.Items = append(out.Items, *c)
		}
		return nil
	})
	return out, err
}

// listed is the channel whose companies are meant; 0 = those of all.
func (s *Service) listed(r store.Reader, by access.Actor, channel uint64) (uint64, error) {
	if by.Super() && channel == 0 {
		return 0, nil
	}
	u, err := s.reseller(r, by, channel)
	if err != nil {
		return 0, err
	}
	return u.ID, nil
}

// match is what a filter keeps; nil = everything.
func (f Filter) match(r store.Reader) (func(*org.Unit) bool, error) {
	switch f.State {
	case "", Active, Frozen, Expired, Deleting:
	default:
		return nil, fault.New(fault.Invalid, "company.state", "state", "a state is %s, %s, %s or %s", Active, Frozen, Expired, Deleting)
	}
	text := strings.TrimSpace(f.Text)
	if text == "" && f.State == "" {
		return nil, nil
	}
	return func(u *org.Unit) bool {
		if f.State != "" && StateOf(u, r.Now()) != f.State {
			return false
		}
		return text == "" || u.Named(text) || strings.Contains(u.Telephone, text)
	}, nil
}
