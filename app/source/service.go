package source

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/app/org"
	"stoa/app/seal"
	"stoa/app/throttle"
	"stoa/store"
)

// Deps are the neighbours of the service.
type Deps struct {
	Account  *account.Service
	Org      *org.Service
	Audit    *audit.Service
	Seal     *seal.Box
	Throttle *throttle.Service
	// Deleted removes what a neighbour above keeps of a source, in the commit that
	// deletes it; nil if there is nothing.
	Deleted func(tx *store.Tx, source uint64) error
}

// Service is the sources and the people who came from them.
type Service struct {
	Deps
	db         *store.DB
	ids        *store.Sequence
	rows       store.Table[Source]
	enabled    store.Index[Source]
	identities store.Table[Identity]
	of         store.Index[Identity]

	asking chan struct{} // a place for each directory being asked

	mu        sync.Mutex
	providers map[uint64]*known
}

// maxAsking is how many directories are asked at once.
const maxAsking = 32

// NewService defines the tables; Bind completes the service.
func NewService(schema *store.Schema, d Deps) *Service {
	s := &Service{Deps: d, asking: make(chan struct{}, maxAsking), providers: map[uint64]*known{}}
	s.ids = store.NewSequence(schema, 140, "source_id", 1)
	s.rows = store.Define(schema, 141, "source", func(x *Source) store.Key { return key(x.ID) })
	s.enabled = s.rows.Index(1, "enabled", func(x *Source) []store.Key {
		if !x.Enabled {
			return nil
		}
		return []store.Key{store.K().Str(string(x.Kind)).Uint(uint64(x.Order + 1000))}
	})
	seal.Register(d.Seal, s.rows, func(x *Source, at seal.At) { at(secretRecord(x.ID), &x.Sealed) })
	s.identities = store.Define(schema, 142, "source_identity", func(i *Identity) store.Key { return identityKey(i.Source, i.Subject) })
	s.of = s.identities.Index(1, "account", func(i *Identity) []store.Key { return []store.Key{key(i.Account)} })
	return s
}

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }

func key(id uint64) store.Key       { return store.K().Uint(id) }
func number(n uint64) string        { return strconv.FormatUint(n, 10) }
func secretRecord(id uint64) string { return fmt.Sprintf("source/%d/secret", id) }

// Load is a source that by may see.
func (s *Service) Load(r store.Reader, by access.Actor, id uint64) (*Source, error) {
	x, err := s.rows.Get(r, key(id))
	if errors.Is(err, store.ErrNotFound) || err == nil && !by.Super() && x.Tenant != by.Tenant {
		return nil, missing()
	}
	return x, err
}

// Get is a source of by's tenant; super administrators see all.
func (s *Service) Get(ctx context.Context, by access.Actor, id uint64) (*Source, error) {
	if err := by.Need(access.SourceRead); err != nil {
		return nil, err
	}
	var x *Source
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		x, err = s.Load(r, by, id)
		return err
	})
	return x, fault.Wrap(err)
}

// List is the sources that by may see, by order and id.
func (s *Service) List(ctx context.Context, by access.Actor) ([]Source, error) {
	if err := by.Need(access.SourceRead); err != nil {
		return nil, err
	}
	out := []Source{}
	err := s.db.View(ctx, func(r store.Reader) error {
		out = out[:0]
		for x, err := range s.rows.Scan(r, store.Scan{Limit: MaxSources}) {
			if err != nil {
				return err
			}
			if by.Super() || x.Tenant == by.Tenant {
				out = append(out, *x)
			}
		}
		return nil
	})
	slices.SortStableFunc(out, func(a, b Source) int { return a.Order - b.Order })
	return out, fault.Wrap(err)
}

// Public is the enabled sources, for the sign-in page.
func (s *Service) Public(ctx context.Context) ([]Public, error) {
	var rows []*Source
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		rows = rows[:0]
		for x, err := range s.enabled.Scan(r, store.Scan{Limit: MaxSources}) {
			if err != nil {
				return err
			}
			rows = append(rows, x)
		}
		return nil
	})
	slices.SortStableFunc(rows, func(a, b *Source) int { return a.Order - b.Order })
	out := make([]Public, len(rows))
	for i, x := range rows {
		out[i] = Public{ID: x.ID, Tenant: x.Tenant, Kind: x.Kind, Name: x.Name}
	}
	return out, fault.Wrap(err)
}

// Enabled are the enabled sources of a kind, by their order.
func (s *Service) Enabled(r store.Reader, kind Kind) ([]*Source, error) {
	var out []*Source
	for x, err := range s.enabled.Scan(r, store.Scan{Prefix: store.K().Str(string(kind)), Limit: MaxSources}) {
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// Open is an enabled source, whoever asks.
func (s *Service) Open(ctx context.Context, id uint64) (*Source, error) {
	var x *Source
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		if x, err = s.rows.Get(r, key(id)); errors.Is(err, store.ErrNotFound) || err == nil && !x.Enabled {
			return missing()
		}
		return err
	})
	return x, fault.Wrap(err)
}

// Create makes a source.
func (s *Service) Create(ctx context.Context, by access.Actor, in New) (*Source, error) {
	if err := by.Need(access.SourceWrite); err != nil {
		return nil, err
	}
	draft := &Source{Version: 1, ModifiedBy: by.Name}
	if err := draft.apply(in); err != nil {
		return nil, fault.Wrap(err)
	}
	if err := s.Allowed(ctx, by, draft); err != nil {
		return nil, err
	}
	var made *Source
	err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
		fresh := *draft
		made = &fresh
		n := 0
		for _, err := range s.rows.Scan(tx, store.Scan{Limit: MaxSources}) {
			if err != nil {
				return err
			}
			n++
		}
		if n >= MaxSources {
			return fault.New(fault.Conflict, "source.too_many", "", "there are %d sign-in sources: no more can be kept", n)
		}
		if err := s.places(tx, made); err != nil {
			return err
		}
		if made.ID, err = s.ids.Next(tx); err != nil {
			return err
		}
		if err := s.seal(made, in.Secret); err != nil {
			return err
		}
		made.Created, made.Modified = tx.Now(), tx.Now()
		if err := s.rows.Insert(tx, made); err != nil {
			return err
		}
		return s.record(tx, by, "source.create", made, nil)
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return made, nil
}

// Allowed refuses a source that reaches further than by does.
func (s *Service) Allowed(ctx context.Context, by access.Actor, x *Source) error {
	return fault.Wrap(s.db.View(ctx, func(r store.Reader) error { return s.allowed(r, by, x) }))
}

func (s *Service) allowed(r store.Reader, by access.Actor, x *Source) error {
	if !by.Super() && x.Tenant != by.Tenant {
		return fault.New(fault.Denied, "source.tenant", "tenant", "you set up sources of your own organisation; others, and those for everybody, are a super administrator's")
	}
	if !by.Super() && x.private() {
		return fault.New(fault.Denied, "source.private", string(x.Kind)+".private", "only a super administrator lets a source be in a private network")
	}
	if err := s.Account.Role.CheckAssignTx(r, by, &account.Account{Tenant: x.Tenant}, x.gives()); err != nil {
		f := fault.Of(err)
		return fault.New(f.Kind, f.Code, "policy.roles", "%s", f.Text)
	}
	return nil
}

// places checks that the organisations named are there.
func (s *Service) places(r store.Reader, x *Source) error {
	for field, id := range map[string]uint64{"tenant": x.Tenant, "policy.home": x.Policy.Home} {
		if id == 0 {
			continue
		}
		if _, err := s.Org.TenantTx(r, id); err != nil {
			if fault.KindOf(err) == fault.NotFound {
				return fault.New(fault.Invalid, "source.tenant", field, "there is no organisation %d", id)
			}
			return err
		}
	}
	return nil
}

func (s *Service) seal(x *Source, secret *string) error {
	switch {
	case secret == nil:
		return nil
	case len(*secret) > maxSecret:
		return invalid("secret", "a secret has at most %d bytes", maxSecret)
	case *secret == "":
		x.Sealed = nil
		return nil
	}
	var err error
	x.Sealed, err = s.Seal.Seal([]byte(*secret), secretRecord(x.ID))
	return err
}

// Secret is a source's, in clear.
func (s *Service) Secret(x *Source) (string, error) {
	if len(x.Sealed) == 0 {
		return "", nil
	}
	plain, err := s.Seal.Unseal(x.Sealed, secretRecord(x.ID))
	return string(plain), err
}

// Modify changes a source to what in says; its kind stays. ifVersion 0 skips the
// check for a change by somebody else. A new address needs the secret anew, so
// that nobody has it sent elsewhere who does not know it.
func (s *Service) Modify(ctx context.Context, by access.Actor, id uint64, in New, ifVersion uint64) (*Source, error) {
	if err := by.Need(access.SourceWrite); err != nil {
		return nil, err
	}
	var x *Source
	err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
		if x, err = s.Load(tx, by, id); err != nil {
			return err
		}
		if ifVersion != 0 && x.Version != ifVersion {
			return fault.New(fault.Stale, "source.stale", "", "it was changed by %s meanwhile: read it again", x.ModifiedBy)
		}
		if err := s.allowed(tx, by, x); err != nil {
			return err
		}
		before := *x
		if in.Kind != x.Kind {
			return invalid("kind", "the kind of a source stays: make another one")
		}
		if err := x.apply(in); err != nil {
			return err
		}
		if err := s.allowed(tx, by, x); err != nil {
			return err
		}
		if in.Secret == nil && len(x.Sealed) > 0 && x.where() != before.where() {
			return fault.New(fault.Missing, "source.secret", "secret", "the source is at another address now: give its secret again")
		}
		if err := s.places(tx, x); err != nil {
			return err
		}
		if err := s.seal(x, in.Secret); err != nil {
			return err
		}
		x.Modified, x.ModifiedBy = tx.Now(), by.Name
		x.Version++
		if err := s.rows.Update(tx, x); err != nil {
			return err
		}
		return s.record(tx, by, "source.update", x, diff(&before, x, in.Secret != nil))
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	s.forgetProvider(id)
	return x, nil
}

// where is the place that a secret is sent to.
func (s *Source) where() string {
	switch s.Kind {
	case LDAP:
		return s.LDAP.Host + " " + strconv.Itoa(s.LDAP.Port) + " " + s.LDAP.Security + " " + s.LDAP.CA
	case OpenID:
		return s.OpenID.Issuer
	case WeCom:
		return s.WeCom.API
	case DingTalk:
		return s.DingTalk.API
	}
	return ""
}

// Delete removes a source. Its people's accounts stay, without their links.
func (s *Service) Delete(ctx context.Context, by access.Actor, id uint64) error {
	if err := by.Need(access.SourceWrite); err != nil {
		return err
	}
	for {
		done := false
		err := s.db.Update(ctx, func(tx *store.Tx) error {
			x, err := s.Load(tx, by, id)
			if err != nil {
				return err
			}
			if err := s.allowed(tx, by, x); err != nil {
				return err
			}
			if done, err = s.dropIdentities(tx, id); err != nil || !done {
				return err
			}
			if s.Deleted != nil {
				if err := s.Deleted(tx, id); err != nil {
					return err
				}
			}
			if err := s.rows.Delete(tx, key(id)); err != nil {
				return err
			}
			return s.record(tx, by, "source.delete", x, nil)
		})
		if err != nil || done {
			s.forgetProvider(id)
			return fault.Wrap(err)
		}
	}
}

func (s *Service) record(tx *store.Tx, by access.Actor, action string, x *Source, changes []audit.Change) error {
	return s.Audit.AddTx(tx, by, audit.Entry{Tenant: x.Tenant, Action: action, ObjectKind: "source", ObjectID: number(x.ID),
		ObjectName: x.Name, Changes: changes})
}

// diff names the changed fields for the action log; settings as a whole.
func diff(a, b *Source, secret bool) []audit.Change {
	var out []audit.Change
	add := func(field string, old, new any) {
		if o, n := fmt.Sprintf("%+v", old), fmt.Sprintf("%+v", new); o != n {
			out = append(out, audit.Change{Field: field, Old: o, New: n})
		}
	}
	add("name", a.Name, b.Name)
	add("tenant", a.Tenant, b.Tenant)
	add("enabled", a.Enabled, b.Enabled)
	add("order", a.Order, b.Order)
	add("settings", a.settings(), b.settings())
	add("mapping", a.Mapping, b.Mapping)
	add("policy", a.Policy, b.Policy)
	if secret {
		out = append(out, audit.Change{Field: "secret", Old: "***", New: "***"})
	}
	return out
}
