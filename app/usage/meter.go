package usage

import (
	"context"
	"io"

	"stoa/store"
)

// flight is the uploads of one tenant that are under way in this process.
type flight struct {
	meters  int
	room    Room
	used    int64  // committed bytes
	version uint64 // of the count that said so
	coming  int64  // bytes that meters have let through and that are not committed
}

// counted takes the newer of two counts: commits are told in no certain order.
func (f *flight) counted(u Usage) {
	if u.Version >= f.version {
		f.used, f.version = u.Used(), u.Version
	}
}

// Meter lets the bytes of one upload through as long as the tenant has room for
// them, together with those of all uploads that are under way in this process.
// What other processes take is seen at the commit.
type Meter struct {
	service *Service
	tenant  uint64
	flight  *flight
	taken   int64
	closed  bool
}

// Meter begins an upload. A tenant that may not upload at all is refused at once.
// The caller closes it.
func (s *Service) Meter(ctx context.Context, tenant uint64) (*Meter, error) {
	var m *Meter
	err := s.db.View(ctx, func(r store.Reader) error {
		room, err := s.RoomTx(r, tenant)
		if err != nil {
			return err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		f := s.flights[tenant]
		if f == nil {
			f = &flight{}
		}
		f.room = room
		f.counted(room.Usage)
		if err := room.refusal(f.used+f.coming, 0); err != nil {
			return err
		}
		f.meters++
		s.flights[tenant] = f
		m = &Meter{service: s, tenant: tenant, flight: f}
		return nil
	})
	return m, err
}

// settled counts what a commit changed, for the uploads that are still under way.
func (s *Service) settled(u Usage, m *Meter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.flights[u.Tenant]; f != nil {
		f.counted(u)
	}
	if m != nil && !m.closed {
		m.flight.coming -= m.taken
		m.taken = 0
	}
}

// Expect refuses an upload whose size is known beforehand and which does not fit.
func (m *Meter) Expect(size int64) error {
	m.service.mu.Lock()
	defer m.service.mu.Unlock()
	return m.flight.room.refusal(m.flight.used+m.flight.coming, size)
}

// Reader gives the bytes of body until there is no room for the next one: then it
// fails with an OverQuota fault.
func (m *Meter) Reader(body io.Reader) io.Reader { return metered{m, body} }

type metered struct {
	m    *Meter
	body io.Reader
}

func (r metered) Read(p []byte) (int, error) {
	n, err := r.body.Read(p)
	if refused := r.m.take(int64(n)); refused != nil {
		return 0, refused
	}
	return n, err
}

func (m *Meter) take(n int64) error {
	m.service.mu.Lock()
	defer m.service.mu.Unlock()
	if err := m.flight.room.refusal(m.flight.used+m.flight.coming, n); err != nil {
		return err
	}
	m.flight.coming += n
	m.taken += n
	return nil
}

// Close ends the upload; what was not committed is no longer on its way. Closing
// twice is once.
func (m *Meter) Close() {
	m.service.mu.Lock()
	defer m.service.mu.Unlock()
	if m.closed {
		return
	}
	m.closed = true
	m.flight.coming -= m.taken
	if m.flight.meters--; m.flight.meters == 0 {
		delete(m.service.flights, m.tenant)
	}
}
