package roster

import (
	"context"
	"errors"
	"strings"

	"stoa/app/account"
	"stoa/app/fault"
	"stoa/app/source"
	"stoa/app/source/claim"
	"stoa/app/source/ldap"
	"stoa/store"
)

// What a synchronisation does to one person.
const (
	Add      = "add"      // an account is made
	Join     = "link"     // one that is there is linked, as the policy says
	Update   = "update"   // fields are changed
	Disable  = "disable"  // the person is gone, or marked
	Enable   = "enable"   // the person is back whom a synchronisation had disabled
	Conflict = "conflict" // nothing: an administrator must look
)

// Step is what a synchronisation does, or would do, to one person.
type Step struct {
	Action  string
	Login   string // at the directory
	Account uint64 // 0 = none yet
	Detail  string // changed fields, or what the conflict is

	person     claim.Person
	identity   *claim.Identity
	department []string
}

// Counts of a synchronisation.
type Counts struct {
	People    int `cbor:"1,keyasint,omitempty"` // whom the directory shows
	Added     int `cbor:"2,keyasint,omitempty"`
	Linked    int `cbor:"3,keyasint,omitempty"`
	Updated   int `cbor:"4,keyasint,omitempty"`
	Disabled  int `cbor:"5,keyasint,omitempty"`
	Enabled   int `cbor:"6,keyasint,omitempty"`
	Conflicts int `cbor:"7,keyasint,omitempty"`
	Looked    int `cbor:"8,keyasint,omitempty"` // active accounts that the source looks after
}

// plan is what is to be done for one source.
type plan struct {
	service *Service
	source  *source.Source
	tree    *source.Tree
	seen    map[string]bool   // subjects
	names   map[string]string // user names of those to be added, and whose they are
	steps   []Step
	counts  Counts
}

// plan compares the accounts of a source with its directory and changes nothing.
func (s *Service) plan(ctx context.Context, x *source.Source) (*plan, error) {
	secret, err := s.Source.Secret(x)
	if err != nil {
		return nil, err
	}
	p := &plan{service: s, source: x, tree: source.NewTree(s.Source, x), seen: map[string]bool{}, names: map[string]string{}}
	name := x.Mapping.Name
	var all []*claim.Identity
	err = ldap.People(ctx, x.LDAP, secret, x.Mapping.Attributes(), x.Mapping.Groups, name, func(id *claim.Identity) error {
		all = append(all, id)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, fault.New(fault.Conflict, "source.nobody", "", "the directory shows nobody: nothing is changed")
	}
	p.counts.People = len(all)
	for _, id := range all {
		if err := p.compare(ctx, id); err != nil {
			return nil, err
		}
	}
	return p, p.gone(ctx)
}

func (p *plan) add(step Step) {
	count := map[string]*int{Add: &p.counts.Added, Join: &p.counts.Linked, Update: &p.counts.Updated, Disable: &p.counts.Disabled,
		Enable: &p.counts.Enabled, Conflict: &p.counts.Conflicts}[step.Action]
	*count++
	p.steps = append(p.steps, step)
}

// compare looks at one person of the directory.
func (p *plan) compare(ctx context.Context, id *claim.Identity) error {
	x := p.source
	if p.seen[id.Subject] {
		p.add(Step{Action: Conflict, Login: id.Login, Detail: "two people have the same " + x.LDAP.Subject})
		return nil
	}
	person, err := x.Person(id)
	if err != nil {
		return nil // who does not meet the conditions is as good as not there
	}
	p.seen[id.Subject] = true
	department, err := p.tree.Find(ctx, person.Department, false)
	if err != nil || !x.Policy.Departments {
		department = 0
	}
	if err != nil {
		return err
	}
	step := Step{Login: id.Login, person: person, identity: id, department: person.Department}
	return p.service.db.View(ctx, func(r store.Reader) error {
		a, i, err := p.service.Source.Match(r, x, id, person)
		switch {
		case errors.Is(err, claim.ErrRefused):
			step.Action, step.Detail = Conflict, err.Error()
		case err != nil:
			return err
		case a == nil:
			p.newcomer(r, &step)
		default:
			step.Account = a.ID
			missing := x.Policy.Departments && len(person.Department) > 0 && department == 0
			step.judge(x, a, i, department, missing)
		}
		if i != nil && i.Made && a.State == account.Active {
			p.counts.Looked++
		}
		if step.Action != "" {
			p.add(step)
		}
		return nil
	})
}

// newcomer is somebody who has no account.
func (p *plan) newcomer(r store.Reader, step *Step) {
	switch {
	case step.identity.Disabled:
		return
	case step.person.Name == "":
		step.Action, step.Detail = Conflict, "the mapping gives no user name"
		return
	case p.names[strings.ToLower(step.person.Name)] != "":
		step.Action, step.Detail = Conflict, "another person has the same user name: "+p.names[strings.ToLower(step.person.Name)]
		return
	}
	step.Action = Add
	p.names[strings.ToLower(step.person.Name)] = step.Login
	a := p.service.Account
	if taken, err := a.NameTaken(r, step.person.Name); err != nil || taken {
		step.Action, step.Detail = Conflict, "an account here has the user name "+step.person.Name
	} else if taken, err := a.EmailTaken(r, step.person.Email); step.person.Email != "" && (err != nil || taken) {
		step.Action, step.Detail = Conflict, "an account here has the e-mail "+step.person.Email
	}
}

// judge is what becomes of somebody who has an account.
func (step *Step) judge(x *source.Source, a *account.Account, i *source.Identity, department uint64, missing bool) {
	switch {
	case i == nil:
		step.Action = Join
	case !i.Made: // an account of ours: the directory proves its password and no more
	case step.identity.Disabled && a.State == account.Active:
		step.Action, step.Detail = Disable, "disabled in the directory"
	case step.identity.Disabled:
	case a.State != account.Active && i.Put:
		step.Action = Enable
	default:
		_, fields := x.Change(a, step.person, department)
		if missing {
			fields = append(fields, "department")
		}
		if len(fields) > 0 {
			step.Action, step.Detail = Update, strings.Join(fields, ", ")
		}
	}
}

// gone finds the accounts whose people the directory does not show any more.
func (p *plan) gone(ctx context.Context) error {
	return p.service.db.View(ctx, func(r store.Reader) error {
		for i, err := range p.service.Source.People(r, p.source.ID) {
			if err != nil {
				return err
			}
			if p.seen[i.Subject] || !i.Made {
				continue
			}
			a, err := p.service.Account.Row(r, i.Account)
			if errors.Is(err, store.ErrNotFound) || err == nil && (a.State != account.Active || !p.source.Belongs(a)) {
				continue
			}
			if err != nil {
				return err
			}
			p.counts.Looked++
			p.add(Step{Action: Disable, Login: i.Login, Account: a.ID, Detail: "no longer in the directory",
				identity: &claim.Identity{Subject: i.Subject}})
		}
		return nil
	})
}

// guard refuses a plan that disables more than is allowed: a directory that is
// half restored, or a filter that was changed, must not lock a house out. One
// account may always go.
func (p *plan) guard() error {
	if p.counts.Disabled > 1 && p.counts.Disabled*100 > p.source.Policy.MaxDisable*p.counts.Looked {
		return fault.New(fault.Conflict, "source.mass_disable", "", "%d of %d accounts would be disabled, more than %d %%: nothing is changed",
			p.counts.Disabled, p.counts.Looked, p.source.Policy.MaxDisable)
	}
	return nil
}
