package message

import (
	"context"
	"errors"
	"sync"
	"time"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/duty"
	"stoa/app/fault"
	"stoa/store"
)

// How the worker delivers.
const (
	batch       = 16
	sendTime    = 30 * time.Second // of one try
	maxAttempts = 8
	firstWait   = 5 * time.Second // doubled with each try: 5 s … 5 min
	longestWait = 5 * time.Minute
	idleWait    = 15 * time.Second
	leaseTTL    = 2 * sendTime // a batch is delivered within sendTime
)

// Run delivers until ctx ends; report is told of errors other than a gateway's,
// which are in the messages. Of the nodes of a cluster the one that holds the
// lease works. A crash between a gateway's yes and its record sends a message
// twice; none is lost.
func (s *Service) Run(ctx context.Context, node string, report func(error)) {
	duty.Duty{Name: "message/deliver", TTL: leaseTTL, Every: idleWait, Wake: s.wake, Round: func(ctx context.Context) (bool, error) {
		n, err := s.Deliver(ctx)
		return n > 0, err
	}}.Run(ctx, s.db.Engine(), node, report)
}

// Deliver makes one try for each of up to 16 messages that are due, side by
// side, and says how many there were.
func (s *Service) Deliver(ctx context.Context) (int, error) {
	var rows []*row
	err := s.db.View(ctx, func(r store.Reader) error {
		rows = nil
		for m, err := range s.due.Scan(r, store.Scan{Limit: batch}) {
			if err != nil {
				return err
			}
			if m.Next.After(r.Now()) {
				break
			}
			rows = append(rows, m)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	errs := make([]error, len(rows))
	var all sync.WaitGroup
	for i, m := range rows {
		all.Go(func() { errs[i] = s.deliver(ctx, m) })
	}
	all.Wait()
	return len(rows), errors.Join(errs...)
}

// deliver tries once and writes down what came of it.
func (s *Service) deliver(ctx context.Context, m *row) error {
	sent := s.try(ctx, m)
	if ctx.Err() != nil && sent != nil {
		return nil // stopping: the try does not count
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		now, err := s.messages.Get(tx, store.K().Uint(m.ID))
		if errors.Is(err, store.ErrNotFound) || err == nil && now.State != Queued {
			return nil // expired or settled meanwhile
		}
		if err != nil {
			return err
		}
		now.settle(sent, tx.Now())
		return s.messages.Update(tx, now)
	})
}

func (s *Service) try(ctx context.Context, m *row) error {
	full, err := s.full(m)
	if err != nil {
		return errors.Join(ErrPermanent, err)
	}
	to := s.sender(m.Channel)
	if to == nil {
		return errors.Join(ErrPermanent, errors.New("no gateway is configured for this channel any more"))
	}
	if !m.ExpiresAt.After(s.db.Clock()) {
		return errors.Join(ErrPermanent, errors.New("it expired before it could be delivered"))
	}
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	return to.Send(ctx, full)
}

// settle sets the state after a try.
func (r *row) settle(sent error, now time.Time) {
	r.Attempts++
	if sent == nil {
		r.State, r.Error, r.Sealed, r.Next = Sent, "", nil, time.Time{}
		return
	}
	r.Error = reason(sent)
	wait := min(firstWait<<(r.Attempts-1), longestWait)
	r.Next = now.Add(wait)
	if errors.Is(sent, ErrPermanent) || r.Attempts >= maxAttempts || !r.Next.Before(r.ExpiresAt) {
		r.State, r.Next = Failed, time.Time{}
	}
}

// reason is the error as an administrator reads it.
func reason(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "the gateway did not answer in time"
	}
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		for _, e := range joined.Unwrap() {
			if !errors.Is(e, ErrPermanent) {
				return e.Error()
			}
		}
	}
	return err.Error()
}

// Test sends a test message now and answers what the gateway said: nil, or an
// Unavailable fault with the reason. Without a gateway the message goes into the
// outbox. Super administrators only.
func (s *Service) Test(ctx context.Context, by access.Actor, channel, to string) error {
	if err := need(by); err != nil {
		return err
	}
	m := Message{Channel: channel, To: to, Purpose: TestMessage, Tenant: by.Tenant}
	if err := check(m); err != nil {
		return err
	}
	entry := audit.Entry{Action: "message.test", ObjectKind: "message", ObjectName: to}
	if !s.Delivers(channel) {
		return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
			if err := s.SendTx(tx, m); err != nil {
				return err
			}
			return s.deps.Audit.AddTx(tx, by, entry)
		}))
	}
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		m.Subject, m.Body, err = s.Compose(r, m.Purpose, nil)
		return err
	})
	if err != nil {
		return fault.Wrap(err)
	}
	limited, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	sent := s.sender(channel).Send(limited, m)
	if sent != nil {
		entry.Outcome, entry.Reason = audit.Failed, reason(sent)
	}
	if err := s.deps.Audit.Add(ctx, by, entry); err != nil || sent == nil {
		return err
	}
	return fault.New(fault.Unavailable, "message.not_sent", "", "the message was not sent: %s", reason(sent)).With(sent)
}
