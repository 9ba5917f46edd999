package wire_test

import (
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"stoa/api/wire"
)

// drip is a body that comes a byte at a time, for two seconds and more.
type drip struct{ rest string }

func (d *drip) Read(p []byte) (int, error) {
	if d.rest == "" {
		return 0, io.EOF
	}
	time.Sleep(100 * time.Millisecond)
	p[0], d.rest = d.rest[0], d.rest[1:]
	return 1, nil
}

// Who is let in may send a body in its own time. A stranger has the time that every
// request has, whatever it sends: else it would hold a place of the server's by a
// byte now and then, and a few thousand of them all places there are.
func TestStrangersAreNotWaitedFor(t *testing.T) {
	stream := func(known func(*wire.Call)) wire.Handler {
		return func(c *wire.Call) (any, error) {
			body, err := c.Stream(0)
			if err != nil {
				return nil, err
			}
			known(c)
			n, err := io.Copy(io.Discard, body)
			return n, err
		}
	}
	long := func(path string, known func(*wire.Call)) wire.Route {
		r := route("POST", path, stream(known))
		r.Long = true
		return r
	}
	s := httptest.NewUnstartedServer(mux(wire.Deps{}, long("/t/stranger", func(*wire.Call) {}), long("/t/known", func(c *wire.Call) { c.Known() })))
	s.Config.ReadTimeout = 500 * time.Millisecond
	s.Start()
	defer s.Close()
	for _, c := range []struct {
		path, token string
		whole       bool
	}{{"/t/stranger", "", false}, {"/t/stranger", "good", true}, {"/t/known", "", true}} {
		req := httptest.NewRequest("POST", s.URL+c.path, &drip{strings.Repeat("x", 20)})
		req.RequestURI, req.ContentLength = "", -1
		if c.token != "" {
			req.Header.Set("X-Auth-Token", c.token)
		}
		res, err := s.Client().Do(req)
		whole := false
		if err == nil {
			body, failed := io.ReadAll(res.Body)
			res.Body.Close()
			whole = failed == nil && strings.Contains(string(body), `"data":20`)
		}
		if whole != c.whole {
			t.Errorf("%s with token %q: came whole %v, %v", c.path, c.token, whole, err)
		}
	}
}
