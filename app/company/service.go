package company

import (
	"context"
	"errors"
	"time"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/audit"
	"stoa/app/bucket"
	"stoa/app/fault"
	"stoa/app/notice"
	"stoa/app/org"
	"stoa/app/task"
	"stoa/app/usage"
	"stoa/store"
)

// Deps are the neighbours and settings of the service.
type Deps struct {
	Org     *org.Service
	Account *account.Service
	Usage   *usage.Service
	Bucket  *bucket.Service
	Audit   *audit.Service
	Task    *task.Service
	Notice  *notice.Service
	Estate  Estate
	Disk    func() int64   // size of the data disk in bytes; 0 = not known
	Free    int64          // bytes, the free allowance of new companies
	After   time.Duration  // how long a company is frozen before it can be deleted
	Zone    *time.Location // in which months begin
	// Language of alerts: zh or en.
	Language string
}

// Service is the channels and the companies.
type Service struct {
	Deps
	db     *store.DB
	purges store.Table[Purge]
	ended  store.Ranked[Purge]
	open   store.Index[Purge]
	given  store.Table[given]
	alerts store.Table[alert]
}

// given is what a channel has given away.
type given struct {
	Channel   uint64 `cbor:"1,keyasint"`
	Companies int    `cbor:"2,keyasint,omitempty"`
	Bytes     int64  `cbor:"3,keyasint,omitempty"`
}

// NewService defines the tables; Bind completes the service.
func NewService(schema *store.Schema, d Deps) *Service {
	s := &Service{Deps: d}
	s.purges = store.Define(schema, 230, "company_purge", func(p *Purge) store.Key { return key(p.Company) })
	s.ended = s.purges.Ranked(1, "list", func(p *Purge) []store.Key {
		if p.Ended.IsZero() {
			return nil
		}
		return []store.Key{key(0), key(p.Channel)}
	}, func(p *Purge) store.Key { return store.K().Time(p.Ended) })
	s.open = s.purges.Index(2, "open", func(p *Purge) []store.Key {
		if !p.Ended.IsZero() {
			return nil
		}
		return []store.Key{store.K()}
	})
	s.given = store.Define(schema, 231, "channel_given", func(g *given) store.Key { return key(g.Channel) })
	s.alerts = store.Define(schema, 232, "company_alert", func(a *alert) store.Key { return alertKey(a.Company, a.Audience) })
	return s
}

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }

func key(id uint64) store.Key { return store.K().Uint(id) }

// reseller is the channel that is meant: by's own, or for super administrators the
// one that is named, 0 being the default.
func (s *Service) reseller(r store.Reader, by access.Actor, channel uint64) (*org.Unit, error) {
	if by.Super() {
		if channel == 0 {
			channel = org.Default
		}
		return s.Org.ChannelTx(r, channel)
	}
	if channel != 0 && channel != by.Home {
		return nil, fault.New(fault.NotFound, "channel.not_found", "channel", "there is no such channel")
	}
	u, err := s.Org.ChannelTx(r, by.Home)
	if fault.KindOf(err) == fault.NotFound && err != nil {
		return nil, NotChannel()
	}
	return u, err
}

// load is a company that by looks after.
func (s *Service) load(r store.Reader, by access.Actor, id uint64) (*org.Unit, error) {
	u, err := s.Org.CompanyTx(r, id)
	if err == nil && !sees(by, u.Channel) {
		return nil, missing()
	}
	return u, err
}

func (s *Service) givenBy(r store.Reader, channel uint64) (given, error) {
	g, err := s.given.Get(r, key(channel))
	if errors.Is(err, store.ErrNotFound) {
		return given{Channel: channel}, nil
	}
	if err != nil {
		return given{}, err
	}
	return *g, nil
}

// giveTx takes bytes of a channel's capacity for a company, or gives them back,
// and counts the companies. More than there is left is refused.
func (s *Service) giveTx(tx *store.Tx, channel uint64, companies int, bytes int64) error {
	g, err := s.givenBy(tx, channel)
	if err != nil {
		return err
	}
	if bytes > 0 {
		u, err := s.Org.ChannelTx(tx, channel)
		if err != nil {
			return err
		}
		if size := s.size(u); size > 0 || u.ID != org.Default {
			if g.Bytes+bytes > size {
				return fault.New(fault.OverQuota, "channel.over_capacity", "quota", "the channel %q has %d bytes left to give of %d, and %d more are asked for",
					u.Name, max(size-g.Bytes, 0), size, bytes)
			}
		}
	}
	g.Companies, g.Bytes = g.Companies+companies, g.Bytes+bytes
	return s.given.Put(tx, &g)
}

// size is what a channel can give.
func (s *Service) size(u *org.Unit) int64 {
	if u.ID == org.Default && u.Capacity == 0 {
		return s.Disk()
	}
	return u.Capacity
}

func (s *Service) view(ctx context.Context, fn func(store.Reader) error) error {
	return fault.Wrap(s.db.View(ctx, fn))
}

func (s *Service) update(ctx context.Context, fn func(*store.Tx) error) error {
	return fault.Wrap(s.db.Update(ctx, fn))
}

// hash checks and hashes the password of a new administrator.
func (s *Service) hash(ctx context.Context, p Person, role uint64) (string, error) {
	if p.Password == "" {
		return "", fault.New(fault.Missing, "company.password", "password", "the administrator needs a password")
	}
	return s.Account.HashPassword(ctx, p.Password, p.account(0, role))
}

func (p Person) account(tenant, role uint64) account.New {
	return account.New{Name: p.Name, Email: p.Email, Phone: p.Phone, Nickname: p.Nickname, Tenant: tenant, Roles: []uint64{role}}
}

// appointTx makes the first administrator of a channel or a company, under the
// rules for every account that somebody makes for another, and notes it with the
// unit.
func (s *Service) appointTx(tx *store.Tx, by access.Actor, u *org.Unit, p Person, role uint64, hash string) (*account.Account, error) {
	by.Tenant = u.ID
	made, err := s.Account.CreateTx(tx, by, p.account(u.ID, role), hash)
	if err != nil {
		return nil, err
	}
	u.Manager = made.ID
	return made, s.Org.SetManagerTx(tx, u)
}

const (
	resumeEvery = 30 * time.Second
	alertEvery  = 10 * time.Minute
)

// Run goes on with deletions whose work was stopped, and tells of quotas and
// expiries that come near, until ctx ends.
func (s *Service) Run(ctx context.Context, report func(error)) {
	tick := time.NewTicker(resumeEvery)
	defer tick.Stop()
	for passed := time.Duration(0); ctx.Err() == nil; passed += resumeEvery {
		err := s.Resume(ctx)
		if passed%alertEvery == 0 {
			err = errors.Join(err, s.Alert(ctx))
		}
		if err != nil && ctx.Err() == nil {
			report(err)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}
