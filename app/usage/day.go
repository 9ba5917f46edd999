package usage

import (
	"context"
	"time"

	"stoa/app/fault"
	"stoa/store"
)

// Day is what a tenant kept at the end of a day, as far as it was looked at.
type Day struct {
	Tenant  uint64 `cbor:"1,keyasint"`
	Date    string `cbor:"2,keyasint"` // 2006-01-02
	Bytes   int64  `cbor:"3,keyasint,omitempty"`
	Objects int64  `cbor:"4,keyasint,omitempty"`
}

// keptDays is how many days a tenant's history goes back.
const keptDays = 800

const noted = 100 // tenants a transaction

func dayKey(tenant uint64, date string) store.Key { return store.K().Uint(tenant).Str(date) }

// Note writes down what every tenant keeps today, over what was noted of today
// before. It is called now and then, and at the end of a day for its last figures.
func (s *Service) Note(ctx context.Context) error {
	var after store.Key
	for more := true; more; {
		err := s.db.Update(ctx, func(tx *store.Tx) error {
			at, n := after, 0
			today := tx.Now().In(s.zone)
			for u, err := range s.rows.Scan(tx, store.Scan{After: after, Limit: noted}) {
				if err != nil {
					return err
				}
				n++
				at = store.K().Uint(u.Tenant)
				if err := s.note(tx, u, today); err != nil {
					return err
				}
			}
			more, after = n == noted, at
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// note writes a day and removes the one that is too old.
func (s *Service) note(tx *store.Tx, u *Usage, today time.Time) error {
	if err := s.days.Put(tx, &Day{Tenant: u.Tenant, Date: today.Format(time.DateOnly), Bytes: u.Used(), Objects: u.Objects}); err != nil {
		return err
	}
	last := today.AddDate(0, 0, -keptDays).Format(time.DateOnly)
	for d, err := range s.days.Scan(tx, store.Scan{Prefix: store.K().Uint(u.Tenant), Limit: 2}) {
		if err != nil {
			return err
		}
		if d.Date >= last {
			return nil
		}
		if err := s.days.Delete(tx, dayKey(d.Tenant, d.Date)); err != nil {
			return err
		}
	}
	return nil
}

// Days is DaysTx in a transaction of its own.
func (s *Service) Days(ctx context.Context, tenant uint64, from, to string) (out []Day, err error) {
	err = s.db.View(ctx, func(r store.Reader) error {
		out, err = s.DaysTx(r, tenant, from, to)
		return err
	})
	return out, fault.Wrap(err)
}

// DaysTx is the history of a tenant from a day to another, both included, oldest
// first; days on which nothing was noted are left out.
func (s *Service) DaysTx(r store.Reader, tenant uint64, from, to string) ([]Day, error) {
	out := []Day{}
	for d, err := range s.days.Scan(r, store.Scan{Prefix: store.K().Uint(tenant), After: dayKey(tenant, before(from)), Limit: keptDays}) {
		if err != nil {
			return nil, err
		}
		if d.Date > to {
			break
		}
		if d.Date >= from {
			out = append(out, *d)
		}
	}
	return out, nil
}

// before is a text that is ordered right before a date: its first nine characters.
func before(date string) string { return date[:max(0, len(date)-1)] }
