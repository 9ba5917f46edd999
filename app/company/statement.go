package company

import (
	"context"
	"fmt"
	"time"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/app/listing"
	"stoa/app/org"
	"stoa/app/usage"
	"stoa/store"
)

// maxStatement is how many companies a statement lists.
const maxStatement = 10_000

const monthLayout = "2006-01"

// Month is what a company kept in a month.
type Month struct {
	Month   string `cbor:"1,keyasint"` // 2006-01
	Peak    int64  `cbor:"2,keyasint,omitempty"`
	Average int64  `cbor:"3,keyasint,omitempty"` // over the days that were noted
	Last    int64  `cbor:"4,keyasint,omitempty"` // at the end of the last day
	Days    int    `cbor:"5,keyasint,omitempty"` // that were noted
}

// Line is a company in a statement.
type Line struct {
	Company   uint64
	Name      string
	State     State     // as it is now
	Opened    time.Time // when it was made
	Deleted   time.Time // zero = it is there
	Limit     int64     // bytes, as it is now
	Free      int64
	Paid      int64
	ExpiresAt time.Time
	Month     // what it kept
}

// Statement is what a channel's companies kept in a month.
type Statement struct {
	Channel     uint64
	ChannelName string
	Month       string
	Lines       []Line
	Limit       int64 // sums
	Peak        int64 // of the companies' peaks
	Average     int64
}

// Statement is the statement of a channel (0 = the caller's) for a month (2006-01).
// Companies that were opened after it or deleted before it are not in it.
func (s *Service) Statement(ctx context.Context, by access.Actor, channel uint64, month string) (*Statement, error) {
	if err := by.Need(access.CompanyRead); err != nil {
		return nil, err
	}
	from, err := time.ParseInLocation(monthLayout, month, s.Zone)
	if err != nil || from.Year() < 2000 {
		return nil, fault.New(fault.Invalid, "statement.month", "month", "a month is written 2026-11")
	}
	until := from.AddDate(0, 1, 0)
	var out *Statement
	err = s.view(ctx, func(r store.Reader) error {
		u, err := s.reseller(r, by, channel)
		if err != nil {
			return err
		}
		out = &Statement{Channel: u.ID, ChannelName: u.Name, Month: month, Lines: []Line{}}
		if err := s.standing(r, out, until); err != nil {
			return err
		}
		return s.deleted(r, out, from, until)
	})
	if err != nil {
		return nil, err
	}
	for _, l := range out.Lines {
		out.Limit, out.Peak, out.Average = out.Limit+l.Limit, out.Peak+l.Peak, out.Average+l.Average
	}
	return out, nil
}

// standing adds the companies that are there.
func (s *Service) standing(r store.Reader, out *Statement, until time.Time) error {
	var failed error
	err := s.Org.EachCompanyTx(r, out.Channel, func(u *org.Unit) bool {
		if !u.Created.Before(until) {
			return true
		}
		if len(out.Lines) == maxStatement {
			failed = fault.New(fault.TooLarge, "statement.long", "", "a statement lists at most %d companies", maxStatement)
			return false
		}
		var m Month
		m, failed = s.monthTx(r, u.ID, out.Month)
		out.Lines = append(out.Lines, Line{Company: u.ID, Name: u.Name, State: StateOf(u, r.Now()), Opened: u.Created, Limit: limit(u),
			Free: u.Quota, Paid: u.PaidQuota, ExpiresAt: u.ExpiresAt, Month: m})
		return failed == nil
	})
	if failed != nil {
		return failed
	}
	return err
}

// deleted adds the companies that are gone but were there in the month.
func (s *Service) deleted(r store.Reader, out *Statement, from, until time.Time) error {
	return listing.Each(r, s.ended, key(out.Channel), func(p *Purge) bool {
		if p.Kind() != org.KindCompany {
			return true
		}
		if p.Ended.Before(from) || !p.Opened.Before(until) || len(out.Lines) == maxStatement {
			return true
		}
		l := Line{Company: p.Company, Name: p.Name, Opened: p.Opened, Deleted: p.Ended, Limit: p.Limit, Month: Month{Month: out.Month}}
		for _, m := range p.Months {
			if m.Month == out.Month {
				l.Month = m
			}
		}
		out.Lines = append(out.Lines, l)
		return true
	})
}

// monthTx is what a company kept in a month.
func (s *Service) monthTx(r store.Reader, company uint64, month string) (Month, error) {
	days, err := s.Usage.DaysTx(r, company, month+"-01", month+"-31")
	if err != nil {
		return Month{}, err
	}
	return sum(month, days), nil
}

// monthsTx is the last 13 months of a company.
func (s *Service) monthsTx(r store.Reader, company uint64) ([]Month, error) {
	var out []Month
	now := r.Now().In(s.Zone)
	first := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, s.Zone)
	for back := 12; back >= 0; back-- {
		m, err := s.monthTx(r, company, first.AddDate(0, -back, 0).Format(monthLayout))
		if err != nil {
			return nil, err
		}
		if m.Days > 0 {
			out = append(out, m)
		}
	}
	return out, nil
}

func sum(month string, days []usage.Day) Month {
	m := Month{Month: month, Days: len(days)}
	if len(days) == 0 {
		return m
	}
	n, rest := int64(len(days)), int64(0)
	for _, d := range days { // the sum of a month may be too large a number
		m.Peak = max(m.Peak, d.Bytes)
		m.Average += d.Bytes / n
		rest += d.Bytes % n
	}
	m.Average, m.Last = m.Average+rest/n, days[len(days)-1].Bytes
	return m
}

// Days is what a company kept at the end of each of its last days, oldest first.
func (s *Service) Days(ctx context.Context, by access.Actor, id uint64, n int) ([]usage.Day, error) {
	if n < 1 || n > 800 {
		return nil, fault.New(fault.Invalid, "company.days", "days", "1 to 800 days are shown")
	}
	if err := by.Need(access.CompanyRead); err != nil {
		return nil, err
	}
	var out []usage.Day
	err := s.view(ctx, func(r store.Reader) error {
		if _, err := s.load(r, by, id); err != nil {
			return err
		}
		now := r.Now().In(s.Zone)
		var err error
		out, err = s.Usage.DaysTx(r, id, now.AddDate(0, 0, 1-n).Format(time.DateOnly), now.Format(time.DateOnly))
		return err
	})
	return out, err
}

// LastMonth is the month before the one that it is.
func (s *Service) LastMonth() string {
	now := s.db.Clock().In(s.Zone)
	return fmt.Sprintf("%04d-%02d", now.AddDate(0, 0, -now.Day()).Year(), now.AddDate(0, 0, -now.Day()).Month())
}
