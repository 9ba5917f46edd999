package company

import (
	"context"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/app/listing"
	"stoa/app/org"
	"stoa/store"
)

// CreateChannel makes a channel with its administrator: both or neither.
func (s *Service) CreateChannel(ctx context.Context, by access.Actor, in NewChannel) (*Channel, error) {
	if err := needSuper(by, access.ChannelWrite); err != nil {
		return nil, err
	}
	if err := checkBytes("capacity", in.Capacity); err != nil {
		return nil, err
	}
	hash, err := s.hash(ctx, in.Administrator, access.RoleChannelAdmin)
	if err != nil {
		return nil, err
	}
	var id uint64
	err = s.update(ctx, func(tx *store.Tx) error {
		u := &org.Unit{Kind: org.KindChannel, Name: in.Name, Capacity: in.Capacity}
		if err := s.Org.AddTenantTx(tx, by, u); err != nil {
			return err
		}
		id = u.ID
		_, err := s.appointTx(tx, by, u, in.Administrator, access.RoleChannelAdmin, hash)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.Channel(ctx, by, id)
}

// needSuper is for what reaches beyond one channel.
func needSuper(by access.Actor, p access.Permission) error {
	if err := by.Need(p); err != nil {
		return err
	}
	if !by.Super() {
		return access.SuperOnly()
	}
	return nil
}

// UpdateChannel renames a channel or changes its capacity, which can't be less
// than what it has given away. ifVersion 0 skips the check for a change by
// somebody else.
func (s *Service) UpdateChannel(ctx context.Context, by access.Actor, id uint64, c ChannelChange, ifVersion uint64) (*Channel, error) {
	if err := needSuper(by, access.ChannelWrite); err != nil {
		return nil, err
	}
	err := s.update(ctx, func(tx *store.Tx) error {
		u, err := s.Org.ChannelTx(tx, id)
		if err != nil {
			return err
		}
		if !u.Deleting.IsZero() {
			return channelDeleting(u)
		}
		if c.Name != nil {
			u.Name = *c.Name
		}
		if c.Capacity != nil {
			if err := s.setCapacity(tx, u, *c.Capacity); err != nil {
				return err
			}
		}
		return s.Org.SaveTenantTx(tx, by, u, "update", ifVersion)
	})
	if err != nil {
		return nil, err
	}
	return s.Channel(ctx, by, id)
}

func channelDeleting(u *org.Unit) error {
	return fault.New(fault.Conflict, "channel.deleting", "id", "the channel %q is being deleted: that can't be stopped any more", u.Name)
}

func (s *Service) setCapacity(r store.Reader, u *org.Unit, capacity int64) error {
	if err := checkBytes("capacity", capacity); err != nil {
		return err
	}
	g, err := s.givenBy(r, u.ID)
	if err != nil {
		return err
	}
	u.Capacity = capacity
	if size := s.size(u); size < g.Bytes && (size > 0 || u.ID != org.Default) {
		return fault.New(fault.OverQuota, "channel.given_more", "capacity", "the channel has given its companies %d bytes already: it can't have less", g.Bytes)
	}
	return nil
}

// Channel is one channel; for its administrators their own.
func (s *Service) Channel(ctx context.Context, by access.Actor, id uint64) (*Channel, error) {
	if err := mayRead(by, id); err != nil {
		return nil, err
	}
	var out *Channel
	err := s.view(ctx, func(r store.Reader) error {
		u, err := s.Org.ChannelTx(r, id)
		if err != nil {
			return err
		}
		out, err = s.channel(r, u)
		return err
	})
	return out, err
}

// mayRead lets channels be read by super administrators, and one's own by those
// who look after its companies.
func mayRead(by access.Actor, id uint64) error {
	if by.Super() {
		return nil
	}
	if err := by.Need(access.CompanyRead); err != nil {
		return err
	}
	if id != by.Home {
		return fault.New(fault.NotFound, "channel.not_found", "channel", "there is no such channel")
	}
	return nil
}

// channel adds the sums to a channel.
func (s *Service) channel(r store.Reader, u *org.Unit) (*Channel, error) {
	g, err := s.givenBy(r, u.ID)
	if err != nil {
		return nil, err
	}
	c := &Channel{Unit: *u, Size: s.size(u), Companies: g.Companies, Given: g.Bytes}
	if c.Administrator, err = s.managerOf(r, u); err != nil {
		return nil, err
	}
	if !u.Deleting.IsZero() {
		if c.Purge, err = s.purges.Get(r, key(u.ID)); err != nil {
			return nil, err
		}
	}
	var failed error
	err = s.Org.EachCompanyTx(r, u.ID, func(company *org.Unit) bool {
		used, err := s.Usage.Tx(r, company.ID)
		failed = err
		c.Used += used.Used()
		return err == nil
	})
	if err == nil {
		err = failed
	}
	return c, err
}

// Channels lists the channels, the default one first; to those who look after one
// that alone.
func (s *Service) Channels(ctx context.Context, by access.Actor, ask listing.Ask, text string) (listing.Page[Channel], error) {
	if err := by.Need(access.ChannelRead); err != nil {
		return listing.Page[Channel]{}, err
	}
	if !by.Super() {
		return listing.Page[Channel]{}, access.SuperOnly()
	}
	out := listing.Page[Channel]{}
	err := s.view(ctx, func(r store.Reader) error {
		p, err := s.Org.ChannelsTx(r, ask, text)
		if err != nil {
			return err
		}
		out = listing.Page[Channel]{Items: []Channel{}, Total: p.Total, Capped: p.Capped, Next: p.Next}
		for i := range p.Items {
			c, err := s.channel(r, &p.Items[i])
			if err != nil {
				return err
			}
			out.Items = append(out.Items, *c)
		}
		return nil
	})
	return out, err
}
