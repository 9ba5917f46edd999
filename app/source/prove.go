package source

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"stoa/app/access"
	"stoa/app/admission"
	"stoa/app/fault"
	"stoa/app/org"
	"stoa/app/source/claim"
	"stoa/app/source/ldap"
	"stoa/app/throttle"
	"stoa/store"
)

// settled is how long a refused sign-in takes at least where directories are
// asked, so that its time does not tell whether one knew the name.
const settled = 600 * time.Millisecond

// Prove asks the directories that keep the password: the one that the account is
// linked to, or, for a name that is not known here, those that may sign it in.
func (s *Service) Prove(ctx context.Context, o access.Origin, p admission.Proof) (admission.Verdict, error) {
	var all []*Source
	var linked *Identity
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		all, linked, err = s.directories(r, p)
		return err
	})
	if err != nil || len(all) == 0 || p.Password == "" {
		return admission.Verdict{}, fault.Wrap(err)
	}
	even := make(chan struct{})
	time.AfterFunc(settled, func() { close(even) })
	said, err := s.ask(ctx, o, p, all, linked)
	said.Settled = even
	return said, err
}

// directories are those to be asked, in their order, and the link of the account
// if it has one.
func (s *Service) directories(r store.Reader, p admission.Proof) (all []*Source, linked *Identity, err error) {
	enabled, err := s.Enabled(r, LDAP)
	if err != nil {
		return nil, nil, err
	}
	if len(enabled) == 0 || p.Account == nil {
		return slices.DeleteFunc(enabled, func(x *Source) bool { return !x.asks(p.Tenant) }), nil, nil
	}
	rows, err := s.links(r, p.Account.ID)
	if err != nil {
		return nil, nil, err
	}
	for _, i := range rows {
		for _, x := range enabled {
			if x.ID == i.Source && x.Belongs(p.Account) {
				return []*Source{x}, i, nil
			}
		}
	}
	return slices.DeleteFunc(enabled, func(x *Source) bool { return !x.Belongs(p.Account) || x.Policy.Link == LinkByHand }), nil, nil
}

// asks reports whether a name that is not known is tried at the source. Without a
// tenant only those for everybody are, and the default organisation's: what
// people type is not shown to other organisations' directories.
func (x *Source) asks(tenant uint64) bool {
	return x.Tenant == 0 || x.Tenant == tenant || tenant == 0 && x.Tenant == org.Default
}

func (s *Service) ask(ctx context.Context, o access.Origin, p admission.Proof, all []*Source, linked *Identity) (admission.Verdict, error) {
	select {
	case s.asking <- struct{}{}:
		defer func() { <-s.asking }()
	case <-ctx.Done():
		return admission.Verdict{}, fault.Wrap(ctx.Err())
	}
	switch {
	case linked != nil:
		return s.askLinked(ctx, o, p, all[0], linked)
	case p.Account != nil && (p.Own || p.Account.Administrator() || p.Account.Parent != 0):
		return admission.Verdict{}, nil
	case p.Account != nil:
		return s.askUnlinked(ctx, o, p, all)
	}
	return s.askUnknown(ctx, o, p, all)
}

func (x *Source) asked(p admission.Proof, linked *Identity) ldap.Ask {
	a := ldap.Ask{Login: p.Login, Password: p.Password, Mapped: x.Mapping.Attributes(), Groups: x.Mapping.Groups}
	if linked != nil {
		a.Login, a.Subject = cmp.Or(linked.Login, p.Login), linked.Subject
	}
	return a
}

// askLinked asks the directory that keeps an account's password. Out of reach, it
// keeps out whom it looks after, but no administrator with a password here.
func (s *Service) askLinked(ctx context.Context, o access.Origin, p admission.Proof, x *Source, linked *Identity) (admission.Verdict, error) {
	secret, err := s.Secret(x)
	if err != nil {
		return admission.Verdict{}, fault.Wrap(err)
	}
	id, err := ldap.Prove(ctx, x.LDAP, secret, x.asked(p, linked))
	if err == nil {
		_, err = s.Resolve(ctx, o, x, id)
	}
	switch {
	case err == nil:
		return admission.Verdict{Asked: true, Right: true, Account: linked.Account, Second: x.Second(id)}, nil
	case errors.Is(err, claim.ErrRefused):
		return admission.Verdict{Asked: true, Reason: "refused by " + x.Name}, nil
	case errors.Is(err, claim.ErrDown) && p.Own && p.Account.Administrator():
		return admission.Verdict{}, nil
	}
	return admission.Verdict{}, s.Down(x, err)
}

// askUnlinked tries whether an account here is that of a person of a directory,
// where the policy would link the two.
func (s *Service) askUnlinked(ctx context.Context, o access.Origin, p admission.Proof, all []*Source) (admission.Verdict, error) {
	said, err := s.askUnknown(ctx, o, p, all)
	if err != nil || !said.Right || said.Account != p.Account.ID {
		return admission.Verdict{}, nil // what is wrong here stays wrong
	}
	return said, nil
}

// askUnknown finds the one directory that knows a login and asks that one.
func (s *Service) askUnknown(ctx context.Context, o access.Origin, p admission.Proof, all []*Source) (admission.Verdict, error) {
	var down error
	for _, x := range all {
		secret, err := s.Secret(x)
		if err != nil {
			return admission.Verdict{}, fault.Wrap(err)
		}
		if len(all) > 1 {
			knows, err := ldap.Knows(ctx, x.LDAP, secret, p.Login)
			if err != nil {
				down = s.Down(x, err)
				continue
			}
			if !knows {
				continue
			}
		}
		id, err := ldap.Prove(ctx, x.LDAP, secret, x.asked(p, nil))
		if errors.Is(err, claim.ErrRefused) {
			continue
		}
		if err != nil {
			down = s.Down(x, err)
			continue
		}
		a, err := s.Resolve(ctx, o, x, id)
		if errors.Is(err, claim.ErrRefused) {
			return admission.Verdict{Asked: true, Reason: err.Error()}, nil
		}
		if err != nil {
			return admission.Verdict{}, s.Down(x, err)
		}
		return admission.Verdict{Asked: true, Right: true, Account: a.ID, Second: x.Second(id)}, nil
	}
	return admission.Verdict{}, down
}

// Second reports whether the source has asked for a second factor already.
func (x *Source) Second(id *claim.Identity) bool {
	return x.Policy.Second == SecondTrust || x.Policy.Second == SecondClaimed && id.SecondFactor
}

// Down is the answer to somebody whose source can't be asked: it says nothing of
// the network, the cause is for the log.
func (s *Service) Down(x *Source, err error) error {
	if !errors.Is(err, claim.ErrDown) {
		return fault.Wrap(err)
	}
	return fault.New(fault.Unavailable, "source.down", "", "%s, which keeps the password, can't be reached at the moment: try again later", x.Name).With(err)
}

// LinkLogin links the person of a directory to by's own account, proven by the
// person's password there.
func (s *Service) LinkLogin(ctx context.Context, by access.Actor, source uint64, login, password string) error {
	if by.Account == 0 {
		return access.SignIn()
	}
	at := throttle.LoginKey("account "+number(by.Account), by.Origin.Address)
	if err := s.Throttle.Allow(ctx, throttle.Login, at); err != nil {
		return err
	}
	x, err := s.Open(ctx, source)
	if err == nil && x.Kind != LDAP {
		err = missing()
	}
	if err != nil {
		return err
	}
	secret, err := s.Secret(x)
	if err != nil {
		return fault.Wrap(err)
	}
	id, err := ldap.Prove(ctx, x.LDAP, secret, x.asked(admission.Proof{Login: login, Password: password}, nil))
	if err == nil {
		_, err = x.Person(id)
	}
	if errors.Is(err, claim.ErrRefused) {
		if err := s.Throttle.Fail(ctx, throttle.Login, at); err != nil {
			return err
		}
		return fault.New(fault.Invalid, "source.wrong_password", "password", "%s does not know this name with this password", x.Name)
	}
	if err != nil {
		return s.Down(x, err)
	}
	return s.Link(ctx, by, source, id.Subject, login, nil)
}
