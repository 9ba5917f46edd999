package session

import (
	"context"
	"errors"
	"slices"
	"time"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/application"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/app/org"
	"stoa/store"
)

// ClientTTL is how long an access token of OAuth lasts; use does not extend it.
const ClientTTL = time.Hour

// extend moves the end of a session: by its idle time, or to the fixed end of an
// application's token.
func (r *row) extend(now time.Time) {
	ttl := r.Idle
	if ttl == 0 {
		ttl = ClientTTL
	}
	r.Expires = sooner(now.Add(ttl), r.Absolute)
}

// Delegation is a session in which an application acts for a person who has
// allowed it to.
type Delegation struct {
	Account     uint64
	Application *application.Application
	Scopes      []string
	Under       uint64   // the person's own session
	Offline     bool     // it outlives that session, by refresh tokens
	Methods     []string // how the person proved to be it
}

// LoginApplication signs an application in by itself: it acts with what was
// granted to it.
func (s *Service) LoginApplication(ctx context.Context, o access.Origin, clientID, secret string, shape Shape) (*Grant, error) {
	app, err := s.Application.Check(ctx, o, clientID, secret)
	if err != nil {
		return nil, err
	}
	if !app.Allows(application.GrantClient) {
		return nil, application.Unauthorized(application.GrantClient)
	}
	return s.openApplication(ctx, o, app, opening{shape: shape, device: app.Name}, nil)
}

// OpenApplication is a session of an application that acts by itself with some of
// what was granted to it, for ClientTTL. Whoever calls has checked the secret.
func (s *Service) OpenApplication(ctx context.Context, o access.Origin, app *application.Application, scopes []string) (*Grant, error) {
	return s.openApplication(ctx, o, app, opening{device: app.Name}, func(r *row) {
		r.Scopes, r.Idle = scopes, 0
		r.extend(r.Created)
	})
}

func (s *Service) openApplication(ctx context.Context, o access.Origin, app *application.Application, open opening, edit func(*row)) (*Grant, error) {
	token := open.shape.token()
	var g *Grant
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		a, _, err := s.active(tx, app.Owner)
		if err != nil {
			return err
		}
		r := s.draft(tx.Now(), o, a, open)
		r.Application, r.Hash = app.ID, hash(token)
		if edit != nil {
			edit(r)
		}
		if g, err = s.open(tx, o, a, r, ""); err != nil {
			return err
		}
		g.Token = token
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, application.Refused()
	}
	return g, fault.Wrap(err)
}

// DelegateTx opens a session in which an application acts for a person;
// store.ErrNotFound where either may not act.
func (s *Service) DelegateTx(tx *store.Tx, o access.Origin, d Delegation) (*Grant, error) {
	a, _, err := s.active(tx, d.Account)
	if err != nil {
		return nil, err
	}
	above, err := s.byID.Get(tx, store.K().Uint(d.Under))
	if err != nil {
		return nil, err
	}
	token, refreshToken := newSecret(sessionPrefix), ""
	r := s.draft(tx.Now(), o, a, opening{device: d.Application.Name})
	r.Strong = above.Strong
	r.Hash, r.Application, r.Delegated, r.Methods, r.Idle = hash(token), d.Application.ID, true, d.Methods, 0
	r.Scopes, r.Offered, r.Under = d.Scopes, d.Scopes, d.Under
	if d.Offline {
		refreshToken, r.Under = newSecret(refreshPrefix), 0
	}
	r.extend(r.Created)
	g, err := s.open(tx, o, a, r, refreshToken)
	if err != nil {
		return nil, err
	}
	g.Token = token
	return g, nil
}

// asApplication narrows an actor to what an application of its may do. It is
// nobody's account then: what people do with their own is not an application's.
func (s *Service) asApplication(r store.Reader, actor access.Actor, row *row) (access.Actor, error) {
	app, err := s.alive(r, row)
	if err != nil {
		return access.Actor{}, err
	}
	set, err := s.Application.Set(r, app)
	if err != nil {
		return access.Actor{}, err
	}
	if len(row.Scopes) > 0 {
		set = set.And(application.SetOf(row.Scopes))
	}
	roles := []uint64(nil)
	if actor.Scope() >= access.ScopeTenant {
		roles = []uint64{access.RoleAdmin}
	}
	return access.Actor{Name: "app:" + app.Name, Tenant: actor.Tenant, Home: actor.Home, Roles: roles, Sight: min(actor.Sight, access.ScopeTenant),
		Units: actor.Units, Set: actor.Set.And(set), Session: actor.Session, Program: app.ID}, nil
}

// asClient narrows a person to what it allowed an application: the permissions
// among the scopes that the application may still ask for, within one tenant.
func (s *Service) asClient(r store.Reader, actor access.Actor, row *row) (access.Actor, error) {
	app, err := s.alive(r, row)
	if err != nil {
		return access.Actor{}, err
	}
	if row.Under != 0 {
		above, err := s.byID.Get(r, store.K().Uint(row.Under))
		if err != nil {
			return access.Actor{}, err
		}
		if !above.live(r.Now()) {
			return access.Actor{}, store.ErrNotFound
		}
	}
	allowed := slices.DeleteFunc(slices.Clone(row.Scopes), func(name string) bool { return !slices.Contains(app.Scopes, name) })
	actor.Set = actor.Set.And(application.SetOf(allowed))
	if actor.Scope() >= access.ScopeTenant {
		actor.Roles, actor.Sight = []uint64{access.RoleAdmin}, access.ScopeTenant
	}
	actor.Client, actor.Program = app.ID, app.ID
	return actor, nil
}

// alive is the application of a session, while it and its tenant may act.
func (s *Service) alive(r store.Reader, row *row) (*application.Application, error) {
	app, err := s.Application.Row(r, row.Application)
	if err != nil {
		return nil, err
	}
	if app.State != application.Normal || !app.Ended.IsZero() && !row.Created.After(app.Ended) {
		return nil, store.ErrNotFound
	}
	home, err := s.Org.TenantTx(r, app.Tenant)
	if err != nil && fault.KindOf(err) == fault.NotFound || err == nil && home.State == org.Frozen {
		return nil, store.ErrNotFound
	}
	return app, err
}

// RefreshClient gives an application new tokens for a refresh token, once; scopes
// are those wanted, nil = all that it had. A refresh token that comes back a
// second time is stolen: the session ends.
func (s *Service) RefreshClient(ctx context.Context, o access.Origin, app uint64, refreshToken string, scopes []string) (*Grant, []string, error) {
	refused := fault.New(fault.Unauthenticated, "openid.invalid_grant", "refresh_token", "the refresh token is unknown, used, ended or another application's")
	if kindOf(refreshToken) != kindRefresh {
		return nil, nil, refused
	}
	var g *Grant
	var held []string
	stolen := false
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		stolen = false
		r, err := s.refreshable(tx, hash(refreshToken))
		if err == nil && (!r.Delegated || r.Application != app) {
			err = store.ErrNotFound
		}
		if err != nil {
			return err
		}
		if string(r.Refresh) != string(hash(refreshToken)) {
			stolen = true
			return s.endStolen(tx, o, r)
		}
		r.Scopes = r.Offered
		if scopes != nil {
			r.Scopes = scopes
		}
		for _, name := range r.Scopes {
			if !slices.Contains(r.Offered, name) {
				return fault.New(fault.Invalid, "openid.invalid_scope", "scope", "the scope %s was not granted: a refresh gives no more than there was", clip(name))
			}
		}
		held = r.Scopes
		g, err = s.renew(tx, o, r)
		return err
	})
	if errors.Is(err, store.ErrNotFound) || err == nil && stolen {
		return nil, nil, refused
	}
	return g, held, fault.Wrap(err)
}

// ClientToken is what an application's token is good for.
type ClientToken struct {
	Session     uint64
	Account     *account.Account // whom it acts for; nil where the application acts by itself
	Application *application.Application
	Scopes      []string
	Refresh     bool // a refresh token
	Methods     []string
	Under       uint64
	Created     time.Time
	Expires     time.Time
}

// Inspect tells what a token of an application is good for now; store.ErrNotFound
// for every other one.
func (s *Service) Inspect(r store.Reader, token string) (*ClientToken, error) {
	row, err := s.ofClient(r, token)
	if err != nil {
		return nil, err
	}
	if _, err := s.actor(r, row); err != nil {
		return nil, err
	}
	app, err := s.Application.Row(r, row.Application)
	if err != nil {
		return nil, err
	}
	t := &ClientToken{Session: row.ID, Application: app, Scopes: row.Scopes, Methods: row.Methods, Under: row.Under, Created: row.Created, Expires: row.Expires}
	if kindOf(token) == kindRefresh {
		t.Refresh, t.Scopes, t.Expires = true, row.Offered, row.Absolute
		if string(row.Refresh) != string(hash(token)) {
			return nil, store.ErrNotFound
		}
	} else if !row.live(r.Now()) {
		return nil, store.ErrNotFound
	}
	if row.Delegated {
		t.Account, err = s.Account.Row(r, row.Account)
	}
	return t, err
}

// ofClient is the application's session that a token belongs to.
func (s *Service) ofClient(r store.Reader, token string) (found *row, err error) {
	switch kindOf(token) {
	case kindSession:
		found, err = s.rows.Get(r, store.K().Bytes(hash(token)))
	case kindRefresh:
		var t *refresh
		if t, err = s.refresh.Get(r, store.K().Bytes(hash(token))); err == nil {
			found, err = s.byID.Get(r, store.K().Uint(t.Session))
		}
	default:
		err = store.ErrNotFound
	}
	if err == nil && found.Application == 0 {
		return nil, store.ErrNotFound
	}
	return found, err
}

// Revoke ends the session of a token, access or refresh, that is the
// application's; any other one is left alone in silence (RFC 7009, 2.2).
func (s *Service) Revoke(ctx context.Context, o access.Origin, app uint64, token string) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		r, err := s.ofClient(tx, token)
		if err != nil || r.Application != app {
			return err
		}
		return s.endOne(tx, access.Nobody(o), r, "revoked by its application")
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return fault.Wrap(err)
}

// EndClientTx ends the sessions in which an application acts for an account, and
// tells how many those were.
func (s *Service) EndClientTx(tx *store.Tx, account, app uint64) (int, error) {
	n := 0
	for r, err := range s.of.Scan(tx, store.Scan{Prefix: store.K().Uint(account)}) {
		if err != nil {
			return n, err
		}
		if !r.Delegated || r.Application != app {
			continue
		}
		n++
		if err := s.drop(tx, r); err != nil {
			return n, err
		}
	}
	return n, nil
}

// EndIDTx ends one session, whoever's, with the reason in the action log; none is
// no error.
func (s *Service) EndIDTx(tx *store.Tx, o access.Origin, id uint64, reason string) error {
	r, err := s.byID.Get(tx, store.K().Uint(id))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.endOne(tx, access.Nobody(o), r, reason)
}

func (s *Service) endOne(tx *store.Tx, by access.Actor, r *row, reason string) error {
	if err := s.drop(tx, r); err != nil {
		return err
	}
	return s.Audit.AddTx(tx, by, audit.Entry{Tenant: r.Tenant, Account: r.Account, Action: "session.end", ObjectKind: "session", ObjectID: number(r.ID),
		Reason: reason})
}

// ClientCount is how many live sessions an application has for an account.
func (s *Service) ClientCount(r store.Reader, account, app uint64) (int, error) {
	n := 0
	for row, err := range s.of.Scan(r, store.Scan{Prefix: store.K().Uint(account)}) {
		if err != nil {
			return n, err
		}
		if row.Delegated && row.Application == app && (row.live(r.Now()) || len(row.Refresh) > 0 && r.Now().Before(row.Absolute)) {
			n++
		}
	}
	return n, nil
}

// Proof is when and how a session's person proved to be it.
type Proof struct {
	At      time.Time
	Methods []string // RFC 8176; empty = not known
}

// Proof is a person's own session's; store.ErrNotFound for one that has ended or
// is an application's.
func (s *Service) Proof(r store.Reader, id uint64) (Proof, error) {
	row, err := s.byID.Get(r, store.K().Uint(id))
	if err == nil && (row.Application != 0 || !row.live(r.Now())) {
		err = store.ErrNotFound
	}
	if err != nil {
		return Proof{}, err
	}
	return Proof{At: row.Created, Methods: row.Methods}, nil
}
