package wire

import (
	"bufio"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"time"

	"stoa/api/wire/pace"
	"stoa/app/fault"
)

// readPatience is how long a client may pause in the middle of a streamed body.
const readPatience = 30 * time.Second

// Stream is the request body as it comes in, for calls that keep none of it in
// memory. It is read once, in place of Body, Decode and Upload; at most limit bytes
// (0 = any number), then with a TooLarge fault. Each pause of a client that is signed
// in, or Known, has a time limit, in place of the server's for the whole body.
func (c *Call) Stream(limit int64) (io.Reader, error) {
	if c.read {
		return nil, errors.New("wire: the body was read already")
	}
	c.read, c.readErr = true, errors.New("wire: the body is streamed")
	if limit > 0 && c.r.ContentLength > limit {
		return nil, tooBig(limit)
	}
	return &streamed{call: c, limit: limit, began: time.Now()}, nil
}

// Known lets the streamed body of a caller who proved itself take its time.
func (c *Call) Known() { c.known = true }

// streamed is a body on its way.
type streamed struct {
	call     *Call
	limit, n int64
	began    time.Time
	next     time.Time // when the deadlines are moved on
}

// Read gives the body's errors as faults.
func (s *streamed) Read(p []byte) (int, error) {
	s.patience()
	n, err := s.call.r.Body.Read(p)
	s.n += int64(n)
	if s.limit > 0 && s.n > s.limit {
		return 0, tooBig(s.limit)
	}
	switch {
	case errors.Is(err, io.EOF) || s.n == s.call.r.ContentLength:
		s.call.unhurried() // what follows may take longer than a pause of the client
	case err != nil:
		err = unread(err)
	}
	return n, err
}

// patience moves the connection's deadlines on, that for the answer too; not those of
// a client that is not known, or has sent too little for the time it took.
func (s *streamed) patience() {
	now := time.Now()
	if now.Before(s.next) || !s.call.known && s.call.Actor.Account == 0 {
		return
	}
	s.next = now.Add(time.Second)
	conn := http.NewResponseController(s.call.w)
	_ = conn.SetReadDeadline(now.Add(min(readPatience, pace.Left(s.n, now.Sub(s.began))))) // a recorder in a test has none
	_ = conn.SetWriteDeadline(now.Add(readPatience + answerPatience))
}

// answerPatience is how long the answer to a streamed body may take.
const answerPatience = 5 * time.Minute

func unread(err error) error {
	return fault.New(fault.Malformed, "body.unread", "", "the request body ended early or came too slowly; send it again").With(err)
}

// Multipart is the parts of a streamed form (multipart/form-data), one after the
// other, as they come in.
func (c *Call) Multipart(limit int64) (*multipart.Reader, error) {
	kind, params, err := mime.ParseMediaType(c.Header("Content-Type"))
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" {
		return nil, fault.New(fault.Malformed, "body.type", "", "this call takes a form with a file (multipart/form-data)")
	}
	body, err := c.Stream(limit)
	if err != nil {
		return nil, err
	}
	if n := c.r.ContentLength; n < 0 || n > readAhead/4 {
		body = bufio.NewReaderSize(body, readAhead)
	}
	return multipart.NewReader(body, params["boundary"]), nil
}

// readAhead is how much of a large form is read at a time: the form's reader
// itself asks for 4 KiB.
const readAhead = 256 << 10

// BrokenForm is the fault for an error of Multipart's reader, unless that is one
// already.
func BrokenForm(err error) error {
	var f *fault.Fault
	if errors.As(err, &f) {
		return err
	}
	return brokenForm(err)
}
