package openid

import (
	"context"
	"errors"
	"strconv"

	"stoa/app/access"
	"stoa/app/application"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/store"
)

// Connection is an application that somebody signs in to.
type Connection struct {
	Consent
	Name     string // of the application, or of the account, whichever is asked for
	Logo     string
	Home     string
	Sessions int // in which it acts for the account now
}

// ConnectionPage is one page of a list.
type ConnectionPage struct {
	Items []Connection
	Total int
}

// Connected lists the applications that by signs in to.
func (s *Service) Connected(ctx context.Context, by access.Actor) ([]Connection, error) {
	if !by.SignedIn() {
		return nil, access.SignIn()
	}
	out := []Connection{}
	err := s.db.View(ctx, func(r store.Reader) error {
		out = out[:0]
		for c, err := range s.consents.Scan(r, store.Scan{Prefix: store.K().Uint(by.Account)}) {
			if err != nil {
				return err
			}
			app, err := s.Application.Row(r, c.Application)
			if errors.Is(err, store.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			n, err := s.Session.ClientCount(r, c.Account, c.Application)
			if err != nil {
				return err
			}
			out = append(out, Connection{Consent: *c, Name: app.Name, Logo: app.Logo, Home: app.Home, Sessions: n})
		}
		return nil
	})
	return out, fault.Wrap(err)
}

// Consents lists who signs in to an application of by's tenant, by account.
func (s *Service) Consents(ctx context.Context, by access.Actor, app uint64, page, limit int) (ConnectionPage, error) {
	if _, err := s.Application.Get(ctx, by, app); err != nil {
		return ConnectionPage{}, err
	}
	p := ConnectionPage{Items: []Connection{}}
	err := s.db.View(ctx, func(r store.Reader) error {
		rows, total, err := s.ofApp.Page(r, store.K().Uint(app), (max(page, 1)-1)*limit, limit, false)
		if err != nil {
			return err
		}
		p.Total, p.Items = total, p.Items[:0]
		for _, c := range rows {
			one := Connection{Consent: *c}
			a, err := s.Account.Row(r, c.Account)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			if err == nil {
				one.Name = a.Name
			}
			if one.Sessions, err = s.Session.ClientCount(r, c.Account, c.Application); err != nil {
				return err
			}
			p.Items = append(p.Items, one)
		}
		return nil
	})
	return p, fault.Wrap(err)
}

// Forget takes back what an account has allowed an application, and ends the
// sessions in which it acts for it: one's own, or as one who looks after the
// application.
func (s *Service) Forget(ctx context.Context, by access.Actor, account, app uint64) error {
	if !by.SignedIn() {
		return access.SignIn()
	}
	missing := fault.New(fault.NotFound, "openid.not_connected", "id", "there is no such connection with an application")
	if account != by.Account || by.Account == 0 {
		if err := by.Need(access.ApplicationWrite); err != nil {
			return err
		}
		if _, err := s.Application.Get(ctx, by, app); err != nil {
			return err
		}
	}
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		err := s.consents.Delete(tx, consentKey(account, app))
		if errors.Is(err, store.ErrNotFound) {
			return missing
		}
		if err != nil {
			return err
		}
		n, err := s.Session.EndClientTx(tx, account, app)
		if err != nil {
			return err
		}
		return s.recordForget(tx, by, account, app, n)
	}))
}

func (s *Service) recordForget(tx *store.Tx, by access.Actor, account, id uint64, sessions int) error {
	app, err := s.Application.Row(tx, id)
	if errors.Is(err, store.ErrNotFound) {
		app, err = &application.Application{ID: id, Tenant: by.Tenant}, nil
	}
	if err != nil {
		return err
	}
	return s.Audit.AddTx(tx, by, audit.Entry{Action: "application.forget", ObjectKind: "application", ObjectID: strconv.FormatUint(id, 10),
		ObjectName: app.Name, Changes: []audit.Change{{Field: "account", Old: strconv.FormatUint(account, 10)}, {Field: "sessions", Old: strconv.Itoa(sessions)}}})
}
