package openid

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"time"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/application"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/app/session"
	"stoa/store"
)

// Why the person at the browser has to be asked.
const (
	AskSignIn   = "sign_in"  // nobody is signed in, or not recently enough
	AskPassword = "password" // the password must be changed first
	AskFactor   = "second_factor"
	AskConsent  = "consent"
)

// Answer is what happens next at the browser: it goes to Redirect, or its person
// is asked.
type Answer struct {
	Redirect string
	Ask      *Ask
}

// Ask is a question to the person at the browser.
type Ask struct {
	Request     string // sealed, to go on with
	Why         string
	Again       bool // somebody is signed in and has to sign in once more
	Hint        string
	Application *application.Application
	Scopes      []string // what is asked for
	Known       []string // of which were allowed before
}

// Authorize begins an authorization (RFC 6749, 4.1.1; OpenID Connect Core,
// 3.1.2). Its errors are for the person at the browser; the application's are in
// Answer.Redirect. unsure says that the browser may have somebody signed in whom
// it did not tell of, as with links from other sites.
func (s *Service) Authorize(ctx context.Context, by access.Actor, v url.Values, unsure bool) (Answer, error) {
	app, err := s.begin(ctx, v)
	if err != nil {
		return Answer{}, err
	}
	req, refused := s.parse(app, v, s.db.Clock())
	if refused != nil {
		return s.refuse(req, refused), nil
	}
	if unsure && !person(by) {
		return s.ask(app, req, Ask{Why: AskSignIn})
	}
	return s.decide(ctx, by, app, req, nil)
}

// Decide goes on with a request that Authorize has sealed, for the person who is
// signed in now. approve is what they said: nil = they were not asked yet.
func (s *Service) Decide(ctx context.Context, by access.Actor, sealed string, approve *bool) (Answer, error) {
	req := &request{}
	if err := s.resume(sealed, req, func() int64 { return req.At }, s.db.Clock()); err != nil {
		return Answer{}, err
	}
	app, err := s.begin(ctx, url.Values{"client_id": {req.Client}, "redirect_uri": {req.Redirect}})
	if err != nil {
		return Answer{}, err
	}
	return s.decide(ctx, by, app, req, approve)
}

// decide asks or answers.
func (s *Service) decide(ctx context.Context, by access.Actor, app *application.Application, req *request, approve *bool) (Answer, error) {
	if approve != nil && !*approve {
		return s.refuse(req, fails(fault.Denied, "access_denied", "", "the person did not agree")), nil
	}
	var proof session.Proof
	var who *account.Account
	var held *Consent
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		proof, who, held = session.Proof{}, nil, nil
		if !person(by) {
			return nil
		}
		if proof, err = s.Session.Proof(r, by.Session); err != nil {
			return ignoreMissing(err)
		}
		if who, err = s.Account.Row(r, by.Account); err != nil {
			return err
		}
		held, err = s.consent(r, by.Account, app.ID)
		return err
	})
	if err != nil {
		return Answer{}, fault.Wrap(err)
	}
	if who == nil || s.stale(req, proof) || req.Subject != "" && req.Subject != subject(by.Account) {
		if req.asks("none") {
			return s.refuse(req, fails(fault.Unauthenticated, "login_required", "", "nobody is signed in, or not recently enough")), nil
		}
		return s.ask(app, req, Ask{Why: AskSignIn, Again: who != nil})
	}
	if who.Tenant != app.Tenant && !app.Everyone {
		return s.refuse(req, fails(fault.Denied, "access_denied", "", "%s is for the people of its own organisation", app.Name)), nil
	}
	covered := held != nil && within(req.Scopes, held.Scopes) || app.Trusted && who.Tenant == app.Tenant
	agreed := approve != nil || covered && !req.asks("consent") && !req.asks("select_account")
	switch {
	case req.asks("none") && (who.MustChange || by.Weak):
		return s.refuse(req, fails(fault.Denied, "interaction_required", "", "the person must choose a new password or show a second factor first")), nil
	case by.Weak:
		return s.ask(app, req, Ask{Why: AskFactor})
	case who.MustChange:
		return s.ask(app, req, Ask{Why: AskPassword})
	case req.asks("none") && !agreed:
		return s.refuse(req, fails(fault.Denied, "consent_required", "", "the person has not agreed to this yet")), nil
	case !agreed:
		ask := Ask{Why: AskConsent}
		if held != nil {
			ask.Known = held.Scopes
		}
		return s.ask(app, req, ask)
	}
	return s.issue(ctx, by, app, req, proof)
}

// stale reports whether a sign-in is too old for a request.
func (s *Service) stale(req *request, p session.Proof) bool {
	return req.asks("login") && p.At.UnixNano() <= req.At || req.MaxAge >= 0 && s.db.Clock().Sub(p.At) > time.Duration(req.MaxAge)*time.Second
}

func (s *Service) ask(app *application.Application, req *request, a Ask) (Answer, error) {
	sealed, err := s.keep(req)
	if err != nil {
		return Answer{}, fault.Wrap(err)
	}
	a.Request, a.Application, a.Scopes, a.Hint = sealed, app, req.Scopes, req.Hint
	return Answer{Ask: &a}, nil
}

// issue writes a code, and what the person has agreed to.
func (s *Service) issue(ctx context.Context, by access.Actor, app *application.Application, req *request, p session.Proof) (Answer, error) {
	secret := newSecret()
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		if err := s.agree(tx, by, app, req.Scopes); err != nil {
			return err
		}
		return s.codes.Insert(tx, &code{Hash: hash(secret), Client: app.ID, Account: by.Account, Session: by.Session, Redirect: req.Redirect,
			Scopes: req.Scopes, Nonce: req.Nonce, Challenge: req.Challenge, AuthTime: p.At, Methods: p.Methods, Created: tx.Now()})
	})
	if err != nil {
		return Answer{}, fault.Wrap(err)
	}
	return Answer{Redirect: s.back(req.Redirect, req.State, url.Values{"code": {secret}})}, nil
}

// agree remembers what an account allows an application, beside what it allowed
// before.
func (s *Service) agree(tx *store.Tx, by access.Actor, app *application.Application, scopes []string) error {
	held, err := s.consent(tx, by.Account, app.ID)
	if err != nil {
		return err
	}
	if held == nil {
		held = &Consent{Account: by.Account, Application: app.ID, Created: tx.Now()}
	}
	fresh := !within(scopes, held.Scopes)
	if fresh {
		held.Scopes = slices.Compact(slices.Sorted(slices.Values(slices.Concat(held.Scopes, scopes))))
	}
	held.Used = tx.Now()
	if err := s.consents.Put(tx, held); err != nil || !fresh {
		return err
	}
	return s.Audit.AddTx(tx, by, audit.Entry{Action: "application.allow", ObjectKind: "application", ObjectID: strconv.FormatUint(app.ID, 10),
		ObjectName: app.Name, Changes: []audit.Change{{Field: "scopes", New: join(held.Scopes)}}})
}

func (s *Service) consent(r store.Reader, account, app uint64) (*Consent, error) {
	c, err := s.consents.Get(r, consentKey(account, app))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return c, err
}

func ignoreMissing(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// within reports whether all of a is in b.
func within(a, b []string) bool {
	return !slices.ContainsFunc(a, func(name string) bool { return !slices.Contains(b, name) })
}

// subject is an account as the claim "sub" has it.
func subject(account uint64) string { return strconv.FormatUint(account, 10) }
