package cloud

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/store"
)

func itoa(n int) string { return strconv.Itoa(n) }

func hostOf(url string) string {
	_, host, _ := strings.Cut(url, "://")
	return host
}

// Verify says which credentials of a set are tried out before it is kept.
type Verify string

// Which ones.
const (
	VerifyAll     Verify = "all"
	VerifyChanged Verify = "changed" // new ones, and those of which something is new
	VerifyNone    Verify = "none"
)

// Replace makes in the whole set of by's tenant, all or nothing; an empty one
// brings its files back to the appliance. A fault names the credentials that were
// tried out and can't be used, and why. What lies elsewhere is then moved in the
// background. ifVersion 0 skips the check for a change by somebody else. It needs
// cloud.write.
func (s *Service) Replace(ctx context.Context, by access.Actor, in []New, verify Verify, ifVersion uint64) (*Set, error) {
	if err := by.Need(access.CloudWrite); err != nil {
		return nil, err
	}
	plans, err := s.clean(in)
	if err != nil {
		return nil, err
	}
	before, err := s.matched(ctx, by.Tenant, plans)
	if err != nil {
		return nil, err
	}
	if ifVersion != 0 && ifVersion != before {
		return nil, stale()
	}
	for i := range plans {
		plans[i].try = verify == VerifyAll || verify == VerifyChanged && plans[i].changed()
	}
	checked, err := s.tryAll(ctx, plans)
	if err == nil {
		err = unverified(checked)
	}
	if err == nil {
		err = s.db.Update(ctx, func(tx *store.Tx) error { return s.replaceTx(tx, by, plans, before) })
	}
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return s.view(ctx, by.Tenant)
}

func stale() error {
	return fault.New(fault.Stale, "cloud.stale", "", "the set was changed by somebody else meanwhile: read it again")
}

// matched finds the rows on which the plans go on, and the version they are of.
func (s *Service) matched(ctx context.Context, tenant uint64, plans []plan) (version uint64, err error) {
	err = s.db.View(ctx, func(r store.Reader) error {
		for i := range plans {
			plans[i].old = nil
		}
		rows, err := s.all(r, tenant)
		if err != nil {
			return err
		}
		t, err := s.setOf(r, tenant)
		version = t.Version
		if err != nil {
			return err
		}
		return match(plans, rows)
	})
	return version, fault.Wrap(err)
}

func (s *Service) replaceTx(tx *store.Tx, by access.Actor, plans []plan, before uint64) error {
	t, err := s.setOf(tx, by.Tenant)
	if err != nil {
		return err
	}
	if t.Version != before {
		return stale()
	}
	rows, err := s.all(tx, by.Tenant)
	if err != nil {
		return err
	}
	kept := map[uint64]bool{}
	for i := range plans {
		plans[i].renew(rows)
		id, err := s.keepTx(tx, by.Tenant, i, &plans[i])
		if err != nil {
			return err
		}
		kept[id] = true
	}
	for _, c := range rows {
		if kept[c.ID] || !c.Retired.IsZero() {
			continue
		}
		retired := *c
		retired.Retired, retired.Modified = tx.Now(), tx.Now()
		if err := s.rows.Update(tx, &retired); err != nil {
			return err
		}
	}
	t.Version, t.Modified, t.By, t.Paused = t.Version+1, tx.Now(), by.Name, false
	tx.OnCommit(func() { s.renew(by.Tenant, kept) })
	if err := s.moveTx(tx, t); err != nil {
		return err
	}
	return s.record(tx, by, "cloud.replace", []audit.Change{{Field: "credentials", Old: toldRows(rows), New: toldPlans(plans)}})
}

// renew takes the row as it is now: while the set was tried out its secret may have
// been sealed with another master key.
func (p *plan) renew(rows []*Credential) {
	for _, c := range rows {
		if p.old != nil && c.ID == p.old.ID {
			p.old = c
		}
	}
}

// keepTx writes the row of one credential of the set.
func (s *Service) keepTx(tx *store.Tx, tenant uint64, position int, p *plan) (uint64, error) {
	c := &Credential{Tenant: tenant, Folder: folder(), Created: tx.Now()}
	if p.old != nil {
		fresh := *p.old
		c = &fresh
	} else {
		var err error
		if c.ID, err = s.ids.Next(tx); err != nil {
			return 0, err
		}
	}
	c.Position, c.URL, c.Bucket, c.Region, c.Style, c.Key = position, p.URL, p.Bucket, p.Region, p.Style, p.Key
	c.Modified, c.Retired = tx.Now(), time.Time{}
	if p.try {
		c.Verified = tx.Now()
	}
	if p.Secret != "" {
		var err error
		if c.Secret, err = s.Seal.Seal([]byte(p.Secret), c.record()); err != nil {
			return 0, err
		}
	}
	if p.old != nil {
		return c.ID, s.rows.Update(tx, c)
	}
	return c.ID, s.rows.Insert(tx, c)
}

// renew forgets what was known of a tenant's buckets: they may have another key.
func (s *Service) renew(tenant uint64, ids map[uint64]bool) {
	s.forget(tenant)
	s.mu.Lock()
	for id := range ids {
		delete(s.healths, id)
	}
	s.mu.Unlock()
	s.stir()
}

// toldRows is a set for the action log.
func toldRows(rows []*Credential) string {
	var out []string
	for _, c := range rows {
		if c.Retired.IsZero() {
			out = append(out, fmt.Sprintf("%s at %s as %s", c.Bucket, c.Host(), Masked(c.Key)))
		}
	}
	return strings.Join(out, ", ")
}

func toldPlans(plans []plan) string {
	var out []string
	for _, p := range plans {
		out = append(out, fmt.Sprintf("%s at %s as %s", p.Bucket, hostOf(p.URL), Masked(p.Key)))
	}
	return strings.Join(out, ", ")
}

// Masked is an access key as it is shown: its first four characters.
func Masked(key string) string {
	if len(key) < 8 {
		return "****"
	}
	return key[:4] + "****"
}
