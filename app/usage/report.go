package usage

import (
	"context"
	"time"

	"stoa/app/access"
	"stoa/app/fault"
)

// Report is what a tenant keeps, what it may keep, and how that came about.
type Report struct {
	Room
	Days []Day // oldest first, the last one is today as it stands
}

// Report is the report of the caller's own tenant over the last days, 1 to 800.
func (s *Service) Report(ctx context.Context, by access.Actor, days int) (*Report, error) {
	if err := by.Need(access.BucketRead); err != nil {
		return nil, err
	}
	if days < 1 || days > keptDays {
		return nil, fault.New(fault.Invalid, "usage.days", "days", "days is %d: 1 to %d are kept", days, keptDays)
	}
	room, err := s.RoomOf(ctx, by.Tenant)
	if err != nil {
		return nil, err
	}
	today := s.db.Clock().In(s.zone)
	yesterday := today.AddDate(0, 0, -1).Format(time.DateOnly)
	past, err := s.Days(ctx, by.Tenant, today.AddDate(0, 0, 1-days).Format(time.DateOnly), yesterday)
	if err != nil {
		return nil, err
	}
	now := Day{Tenant: by.Tenant, Date: today.Format(time.DateOnly), Bytes: room.Used(), Objects: room.Objects}
	return &Report{Room: room, Days: append(past, now)}, nil
}
