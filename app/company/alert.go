package company

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/app/notice"
	"stoa/app/org"
	"stoa/app/usage"
	"stoa/store"
)

// Who is told: a company's administrators, and its channel's.
const (
	toCompany uint64 = iota
	toChannel
	audiences
)

// rearm is how many percent a company has to fall below what it was told of, so
// that it is told again.
const rearm = 5

// alert is what somebody was told of a company.
type alert struct {
	Company  uint64    `cbor:"1,keyasint"`
	Audience uint64    `cbor:"2,keyasint"`
	Percent  int       `cbor:"3,keyasint,omitempty"` // of the quota; 0 = nothing
	Days     int       `cbor:"4,keyasint,omitempty"` // before Expires; 0 = nothing
	Expires  time.Time `cbor:"5,keyasint,omitzero"`  // the expiry that Days is about
}

func alertKey(company, audience uint64) store.Key { return key(company).Uint(audience) }

// reached is the highest threshold that a quota has come to: 0, 80, 90 or 100 %.
func reached(used, limit int64) int {
	if limit <= 0 {
		return 0
	}
	out := 0
	for _, percent := range []int{80, 90, 100} {
		if float64(used) >= float64(limit)*float64(percent)/100 {
			out = percent
		}
	}
	return out
}

// ahead is the nearest threshold before an expiry: 0, 1, 7 or 30 days.
func ahead(now, expires time.Time) int {
	if expires.IsZero() || !now.Before(expires) {
		return 0
	}
	for _, days := range []int{1, 7, 30} {
		if expires.Sub(now) <= time.Duration(days)*24*time.Hour {
			return days
		}
	}
	return 0
}

// next is what there is to tell beyond what was told: quota and days are 0 where
// that is nothing. a becomes what was told then.
func (a *alert) next(u *org.Unit, used usage.Usage, now time.Time) (quota, days int) {
	switch percent := reached(used.Used(), limit(u)); {
	case percent > a.Percent:
		a.Percent, quota = percent, percent
	case percent < a.Percent && reached(used.Used()+limit(u)/100*rearm, limit(u)) < a.Percent:
		a.Percent = percent
	}
	if !a.Expires.Equal(u.ExpiresAt) {
		a.Expires, a.Days = u.ExpiresAt, 0
	}
	if left := ahead(now, u.ExpiresAt); left > 0 && (a.Days == 0 || left < a.Days) {
		a.Days, days = left, left
	}
	return quota, days
}

// Alert tells of every company whose quota is nearly reached or about to end those
// who look after it, once each.
func (s *Service) Alert(ctx context.Context) error {
	var all []org.Unit
	err := s.db.View(ctx, func(r store.Reader) error {
		all = all[:0]
		return s.Org.EachCompanyTx(r, 0, func(u *org.Unit) bool {
			if u.State == org.Active {
				all = append(all, *u)
			}
			return true
		})
	})
	for i := range all {
		for audience := range audiences {
			err = errors.Join(err, s.tell(ctx, &all[i], audience))
		}
	}
	return err
}

// tell sends one audience what there is to tell of a company; that it was told is
// in the same commit.
func (s *Service) tell(ctx context.Context, u *org.Unit, audience uint64) error {
	a := &alert{Company: u.ID, Audience: audience}
	var was alert
	var used usage.Usage
	quota, days := 0, 0
	err := s.db.View(ctx, func(r store.Reader) error {
		found, err := s.alerts.Get(r, alertKey(u.ID, audience))
		if err == nil {
			*a = *found
		} else if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		was = *a
		if used, err = s.Usage.Tx(r, u.ID); err != nil {
			return err
		}
		quota, days = a.next(u, used, r.Now())
		return nil
	})
	if err != nil || *a == was {
		return err
	}
	told := func(tx *store.Tx) error {
		if _, err := s.Org.CompanyTx(tx, u.ID); err != nil {
			return err // deleted meanwhile
		}
		return s.alerts.Put(tx, a)
	}
	if quota == 0 && days == 0 {
		return s.db.Update(ctx, told)
	}
	by := access.System("company")
	by.Tenant = u.ID
	roles := []uint64{access.RoleCompanyAdmin}
	if audience == toChannel {
		by.Tenant, roles = u.Channel, []uint64{access.RoleChannelAdmin}
		if u.Channel == org.Default {
			roles = append(roles, access.RoleSuper)
		}
	}
	title, text := s.words(u, used, quota, days)
	_, err = s.Notice.SendWith(ctx, by, notice.New{Title: title, Text: text, For: notice.Audience{Scope: notice.Roles, IDs: roles}}, told)
	if kind := fault.KindOf(err); err != nil && (kind == fault.Conflict || kind == fault.NotFound) {
		return nil // there is nobody to tell yet
	}
	return err
}

// words are the notice's title and text, in the language of the installation's messages.
func (s *Service) words(u *org.Unit, used usage.Usage, quota, days int) (title, text string) {
	chinese := s.Language == "zh"
	size, most := gib(used.Used()), gib(limit(u))
	until := u.ExpiresAt.In(s.Zone).Format(time.DateTime)
	switch {
	case quota > 0 && chinese:
		title = fmt.Sprintf("%s：存储配额已用 %d%%", u.Name, quota)
		text = fmt.Sprintf("已使用 %s GiB，配额 %s GiB。用满后无法再上传文件，已有文件不受影响。", size, most)
	case quota > 0:
		title = fmt.Sprintf("%s: %d %% of the storage quota is used", u.Name, quota)
		text = fmt.Sprintf("%s GiB of %s GiB are used. When all of it is, nothing more can be uploaded; what is there stays.", size, most)
	}
	if days == 0 {
		return title, text
	}
	ends, then := fmt.Sprintf("%s: the paid quota ends in less than %s", u.Name, plural(days)), fmt.Sprintf("It ends on %s. From then on nothing can be uploaded; files can still be read.", until)
	if chinese {
		ends, then = fmt.Sprintf("%s：付费配额将在 %d 天内到期", u.Name, days), fmt.Sprintf("到期时间 %s。到期后无法再上传文件，已有文件仍可读取。", until)
	}
	if title == "" {
		return ends, then
	}
	return title, text + "\n" + ends + "\n" + then
}

func plural(days int) string {
	if days == 1 {
		return "a day"
	}
	return strconv.Itoa(days) + " days"
}

func gib(n int64) string { return strconv.FormatFloat(float64(n)/float64(GiB), 'f', 2, 64) }
