package wire

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"stoa/api/wire/outlet"
	"stoa/app/fault"
)

// heartbeat is how often a quiet stream sends a comment, so that proxies keep
// the connection and a client that is gone is noticed.
const heartbeat = 20 * time.Second

// stream answers by server-sent events (WHATWG HTML, 9.2).
func (x *exchange) stream(s Stream) {
	m := x.server.mux
	if !m.streams.enter() {
		x.fail(fault.New(fault.Unavailable, codeBusy, "", "too many streams are open; try again later").After(10 * time.Second))
		return
	}
	defer m.streams.leave()
	m.gate.leave() // a stream mostly waits: it has a bound of its own
	defer m.gate.n.Add(1)
	ctx, cancel := context.WithCancel(x.r.Context())
	defer cancel()
	h := x.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	e := &events{x: x, control: http.NewResponseController(x.out.ResponseWriter)}
	x.unhurried()
	if e.write([]byte(": open\n\n")) != nil {
		return
	}
	go e.beat(ctx, cancel, x.deps.Draining)
	last := x.r.Header.Get("Last-Event-ID")
	if last == "" {
		last = x.Query().Get("last_event_id")
	}
	err := s.Run(ctx, e.send, clip(last, 128))
	if err != nil && ctx.Err() == nil && !errors.Is(err, context.Canceled) {
		x.fault = fault.Of(fault.Wrap(err))
	}
	cancel()
	e.close()
}

// events writes the events of one stream, one at a time.
type events struct {
	mu      sync.Mutex
	x       *exchange
	control *http.ResponseController
	closed  bool
}

var errClosed = errors.New("the stream is closed")

func (e *events) write(b []byte) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return errClosed
	}
	e.control.SetWriteDeadline(time.Now().Add(outlet.Patience))
	if _, err := e.x.out.Write(b); err != nil {
		return err
	}
	return e.control.Flush()
}

// close keeps a late heartbeat from touching an answered request.
func (e *events) close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
}

// beat sends heartbeats until the stream ends; the server's stop ends it.
func (e *events) beat(ctx context.Context, cancel context.CancelFunc, draining <-chan struct{}) {
	defer cancel()
	t := time.NewTicker(heartbeat)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-draining:
			return
		case <-t.C:
			if e.write([]byte(":\n\n")) != nil {
				return
			}
		}
	}
}

func (e *events) send(v Event) error {
	var b bytes.Buffer
	if v.ID != "" {
		b.WriteString("id: " + oneLine(v.ID) + "\n")
	}
	if v.Type != "" {
		b.WriteString("event: " + oneLine(v.Type) + "\n")
	}
	if v.Data == nil {
		b.WriteString(":\n")
	} else {
		b.WriteString("data: ")
		if err := encode(&b, v.Data); err != nil {
			return err
		}
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	return e.write(b.Bytes())
}

func oneLine(s string) string {
	return strings.NewReplacer("\r", "", "\n", "", "\x00", "").Replace(s)
}
