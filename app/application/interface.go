package application

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/store"
)

// MaxInterfaces is how many a tenant has; one page shows them all.
const MaxInterfaces = 500

// Know tells the service how to find out what permissions a call of this server
// takes; ok is false for a URL that is no call. It is told once, before the
// server serves.
func (s *Service) Know(calls func(url string) (needs access.Set, ok bool)) { s.calls = calls }

func noInterface() *fault.Fault {
	return fault.New(fault.NotFound, "application.interface_not_found", "id", "there is no such interface")
}

func (s *Service) loadInterface(r store.Reader, by access.Actor, id uint64) (*Interface, error) {
	found, err := s.interfaces.Get(r, store.K().Uint(id))
	if errors.Is(err, store.ErrNotFound) || err == nil && !by.Super() && found.Tenant != by.Tenant {
		return nil, noInterface()
	}
	return found, err
}

// ListInterfaces shows the interfaces of by's tenant, or all to super
// administrators, oldest first.
func (s *Service) ListInterfaces(ctx context.Context, by access.Actor, f Filter) (InterfacePage, error) {
	if err := by.Need(access.ApplicationRead); err != nil {
		return InterfacePage{}, err
	}
	if f.Limit == 0 {
		f.Limit = 20
	}
	if f.Limit < 0 || f.Limit > maxLimit || f.Page < 0 || f.Page > 1_000_000 {
		return InterfacePage{}, fault.New(fault.Invalid, "list.limit", "limit", "a page has 1 to %d interfaces, and pages count from 1", maxLimit)
	}
	group := all()
	if !by.Super() {
		group = of(by.Tenant)
	}
	p := InterfacePage{Items: []Interface{}}
	err := s.db.View(ctx, func(r store.Reader) error {
		rows, _, err := s.interfaceRank.After(r, group, nil, maxSearched, false)
		text := fold(f.Text)
		for _, i := range rows {
			if !strings.Contains(fold(i.Name), text) && !strings.Contains(fold(i.URL), text) {
				continue
			}
			if p.Total++; p.Total > (max(f.Page, 1)-1)*f.Limit && len(p.Items) < f.Limit {
				p.Items = append(p.Items, *i)
			}
		}
		return err
	})
	return p, fault.Wrap(err)
}

// GetInterface returns an interface of by's tenant.
func (s *Service) GetInterface(ctx context.Context, by access.Actor, id uint64) (*Interface, error) {
	if err := by.Need(access.ApplicationRead); err != nil {
		return nil, err
	}
	var out *Interface
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		out, err = s.loadInterface(r, by, id)
		return err
	})
	return out, fault.Wrap(err)
}

// CreateInterface makes an interface. Nobody makes one of more than they hold.
func (s *Service) CreateInterface(ctx context.Context, by access.Actor, c InterfaceChange) (*Interface, error) {
	return s.putInterface(ctx, by, "application.interface_create", c, func(tx *store.Tx) (*Interface, error) {
		n, err := s.interfaceRank.Count(tx, of(by.Home))
		if err != nil {
			return nil, err
		}
		if n >= MaxInterfaces {
			return nil, fault.New(fault.Conflict, "application.too_many_interfaces", "", "an organisation has at most %d interfaces", MaxInterfaces)
		}
		i := &Interface{Tenant: by.Home, Created: tx.Now()}
		i.ID, err = s.interfaceIDs.Next(tx)
		return i, err
	})
}

// UpdateInterface changes what is given, of the version given (0 = whichever
// there is). Applications that have it hold its new permissions at once.
func (s *Service) UpdateInterface(ctx context.Context, by access.Actor, id uint64, c InterfaceChange, version uint64) (*Interface, error) {
	return s.putInterface(ctx, by, "application.interface_update", c, func(tx *store.Tx) (*Interface, error) {
		i, err := s.loadInterface(tx, by, id)
		if err == nil && version != 0 && version != i.Version {
			return nil, fault.New(fault.Stale, "application.stale", "", "the interface was changed by %s meanwhile: read it again", i.ModifiedBy)
		}
		return i, err
	})
}

func (s *Service) putInterface(ctx context.Context, by access.Actor, action string, c InterfaceChange, load func(*store.Tx) (*Interface, error)) (*Interface, error) {
	if err := by.Need(access.ApplicationWrite); err != nil {
		return nil, err
	}
	var out *Interface
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		i, err := load(tx)
		if err != nil {
			return err
		}
		if !SetOf(i.Permissions).Within(by.Set) {
			return fault.New(fault.Denied, "application.holds_more", "", "%s holds rights that you do not hold", i.Name)
		}
		if err := s.applyInterface(by, i, c); err != nil {
			return err
		}
		i.Modified, i.ModifiedBy, out = tx.Now(), by.Name, i
		i.Version++
		if err := s.interfaces.Put(tx, i); err != nil {
			return err
		}
		return s.recordInterface(tx, by, action, i)
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return out, nil
}

func (s *Service) applyInterface(by access.Actor, i *Interface, c InterfaceChange) (err error) {
	if c.Name != nil || i.Name == "" {
		name := ""
		if c.Name != nil {
			name = *c.Name
		}
		if i.Name, err = cleanName(name); err != nil {
			return err
		}
	}
	moved := c.URL != nil && *c.URL != i.URL || i.URL == ""
	if moved {
		if c.URL == nil || *c.URL == "" {
			return fault.New(fault.Missing, "application.interface_url", "url", "the interface needs the path of a call, such as GET /v1/accounts")
		}
		i.URL = strings.TrimSpace(*c.URL)
		needs, ok := access.Set{}, false
		if s.calls != nil && len(i.URL) <= maxURI {
			needs, ok = s.calls(i.URL)
		}
		if !ok {
			return fault.New(fault.Invalid, "application.interface_url", "url", "%q is no call of this server: give its path, with its method in front where one is meant (GET /v1/accounts)", clip(i.URL))
		}
		i.Permissions, err = clean(by, needs.Names(), nil)
	}
	if err == nil && c.Permissions != nil {
		i.Permissions, err = clean(by, *c.Permissions, i.Permissions)
	}
	if f := fault.Of(err); f != nil {
		refused := *f
		refused.Field = "permissions"
		return &refused
	}
	return nil
}

// DeleteInterface removes an interface that no application has.
func (s *Service) DeleteInterface(ctx context.Context, by access.Actor, id uint64) error {
	if err := by.Need(access.ApplicationWrite); err != nil {
		return err
	}
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		i, err := s.loadInterface(tx, by, id)
		if err != nil {
			return err
		}
		n := 0
		for _, err := range s.users.Keys(tx, store.Scan{Prefix: store.K().Uint(id)}) {
			if err != nil {
				return err
			}
			n++
		}
		if n > 0 {
			return fault.New(fault.Conflict, "application.interface_used", "id", "%d applications have this interface: take it from them first", n)
		}
		if err := s.interfaces.Delete(tx, store.K().Uint(id)); err != nil {
			return err
		}
		return s.recordInterface(tx, by, "application.interface_delete", i)
	}))
}

func (s *Service) recordInterface(tx *store.Tx, by access.Actor, action string, i *Interface) error {
	return s.Audit.AddTx(tx, by, audit.Entry{Tenant: i.Tenant, Action: action, ObjectKind: "interface", ObjectID: strconv.FormatUint(i.ID, 10),
		ObjectName: i.Name, Changes: []audit.Change{{Field: "url", New: i.URL}, {Field: "permissions", New: strings.Join(i.Permissions, " ")}}})
}

// GrantInterfaces gives an application exactly these interfaces. Nobody gives one
// that allows more than they hold.
func (s *Service) GrantInterfaces(ctx context.Context, by access.Actor, id uint64, interfaces []uint64) (*Application, error) {
	interfaces = slices.Compact(slices.Sorted(slices.Values(interfaces)))
	var out *row
	err := s.change(ctx, by, id, "application.interfaces", func(tx *store.Tx, r *row) ([]audit.Change, error) {
		if len(interfaces) > MaxInterfaces {
			return nil, noInterface()
		}
		for _, one := range interfaces {
			i, err := s.loadInterface(tx, by, one)
			if err != nil {
				return nil, err
			}
			if i.Tenant != r.Tenant {
				return nil, noInterface()
			}
			if !SetOf(i.Permissions).Within(by.Set) && !slices.Contains(r.Interfaces, one) {
				return nil, fault.New(fault.Denied, "application.grant", "interfaces", "nobody grants more than they hold: %s allows more than you hold", i.Name)
			}
		}
		before := r.Application
		r.Interfaces, out = interfaces, r
		return differences(&before, &r.Application), s.save(tx, by, r)
	})
	if err != nil {
		return nil, err
	}
	return &out.Application, nil
}
