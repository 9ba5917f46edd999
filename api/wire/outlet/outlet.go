// Package outlet writes long answers: slow clients get time for as long as they
// take something, and files go to the connection by the kernel.
package outlet

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

// Patience is how long one write to a slow client may take.
const Patience = 30 * time.Second

// Writer gives each write of a long answer its own deadline, in place of the
// server's for the whole answer.
type Writer struct {
	to     http.ResponseWriter
	direct bool // nothing stands between a file and the connection
}

// New is a Writer of the answer to r.
func New(to http.ResponseWriter, r *http.Request) Writer { return Writer{to, r.TLS == nil} }

func (w Writer) Write(b []byte) (int, error) {
	w.wait()
	return w.to.Write(b)
}

func (w Writer) wait() {
	_ = http.NewResponseController(w.to).SetWriteDeadline(time.Now().Add(Patience)) // a recorder in a test has none
}

// ReadFrom has the kernel copy a file to the connection. A client that took some
// of it in time gets time for more.
func (w Writer) ReadFrom(body io.Reader) (total int64, err error) {
	conn, direct := w.to.(io.ReaderFrom)
	part, limited := body.(*io.LimitedReader)
	if limited {
		_, limited = part.R.(*os.File)
	}
	if !direct || !limited || !w.direct {
		return io.Copy(struct{ io.Writer }{w}, body)
	}
	w.wait()
	if err := http.NewResponseController(w.to).Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	for part.N > 0 {
		w.wait()
		n, err := conn.ReadFrom(part)
		total += n
		if n == 0 || err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return total, err
		}
	}
	return total, nil
}

// Noted tells whether anything was written before a failure.
type Noted struct {
	Writer
	Wrote bool
}

func (n *Noted) Write(p []byte) (int, error) {
	n.Wrote = n.Wrote || len(p) > 0
	done, err := n.Writer.Write(p)
	if err != nil {
		return done, fmt.Errorf("client: %w", err)
	}
	return done, nil
}

// ReadFrom is Write for all of body.
func (n *Noted) ReadFrom(body io.Reader) (int64, error) {
	return io.Copy(struct{ io.Writer }{n}, body)
}
