package source

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/app/source/claim"
	"stoa/app/source/ldap"
	"stoa/store"
)

// Probe is what a test of a source found.
type Probe struct {
	OK     bool
	Steps  []ldap.Step
	Sample []Attribute // somebody as the directory has them; empty if nobody was looked at
	Person *claim.Person
}

// Attribute is a name with its values; passwords are never among them.
type Attribute struct {
	Name   string
	Values []string
}

// Test tries a source as it is, or, with in, as it is about to be. With a login a
// directory looks that person up, with a password it lets them in.
func (s *Service) Test(ctx context.Context, by access.Actor, id uint64, in *New, login, password string) (*Probe, error) {
	if err := by.Need(access.SourceWrite); err != nil {
		return nil, err
	}
	x, secret, err := s.tested(ctx, by, id, in)
	if err != nil {
		return nil, fault.Wrap(err)
	}
	out := &Probe{}
	if x.Kind == LDAP {
		var sample *claim.Identity
		out.Steps, sample = ldap.Probe(ctx, x.LDAP, secret, ldap.Ask{Login: login, Password: password, Mapped: x.Mapping.Attributes(),
			Groups: x.Mapping.Groups})
		out.show(x, sample)
	} else {
		found, err := x.provider(secret, s).Probe(ctx)
		step := ldap.Step{Name: "connect", OK: err == nil, Detail: found}
		if err != nil {
			step.Detail, _ = strings.CutPrefix(err.Error(), claim.ErrDown.Error()+": ")
		}
		out.Steps = []ldap.Step{step}
	}
	out.OK = !slices.ContainsFunc(out.Steps, func(step ldap.Step) bool { return !step.OK })
	e := audit.Entry{Tenant: x.Tenant, Action: "source.test", ObjectKind: "source", ObjectID: number(id), ObjectName: x.Name}
	if !out.OK {
		e.Outcome, e.Reason = audit.Failed, out.Steps[len(out.Steps)-1].Detail
	}
	return out, s.Audit.Add(ctx, by, e)
}

// tested is the source to be tried and its secret: that of in, else the kept one
// where it goes to the same place.
func (s *Service) tested(ctx context.Context, by access.Actor, id uint64, in *New) (*Source, string, error) {
	x := &Source{}
	if id != 0 {
		err := s.db.View(ctx, func(r store.Reader) (err error) {
			x, err = s.Load(r, by, id)
			return err
		})
		if err != nil {
			return nil, "", err
		}
	}
	if err := s.Allowed(ctx, by, x); err != nil && id != 0 {
		return nil, "", err
	}
	secret, err := s.Secret(x)
	if err != nil || in == nil {
		return x, secret, err
	}
	before := *x
	if err := x.apply(*in); err != nil {
		return nil, "", err
	}
	if err := s.Allowed(ctx, by, x); err != nil {
		return nil, "", err
	}
	switch {
	case in.Secret != nil:
		secret = *in.Secret
	case secret != "" && (before.Kind != x.Kind || before.where() != x.where()):
		return nil, "", fault.New(fault.Missing, "source.secret", "secret", "the source is at another address now: give its secret again")
	}
	return x, secret, nil
}

// show adds a sample and what would become of it.
func (p *Probe) show(x *Source, sample *claim.Identity) {
	if sample == nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(sample.Claims)) {
		values := sample.Claims[name]
		p.Sample = append(p.Sample, Attribute{Name: name, Values: values[:min(len(values), 20)]})
	}
	person, err := x.Person(sample)
	if errors.Is(err, claim.ErrRefused) {
		p.Steps = append(p.Steps, ldap.Step{Name: "mapping", Detail: err.Error()})
		return
	}
	p.Person = &person
	step := ldap.Step{Name: "mapping", OK: person.Name != "", Detail: "user name " + person.Name}
	if !step.OK {
		step.Detail = "the mapping gives this person no user name: choose another attribute"
	}
	if len(person.Dropped) > 0 {
		step.Detail += "; not in a form that can be kept: " + strings.Join(person.Dropped, ", ")
	}
	p.Steps = append(p.Steps, step)
}
