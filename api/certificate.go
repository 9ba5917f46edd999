package api

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"time"
)

// certificate is a pair of PEM files that is read again when one of them changes.
type certificate struct {
	cert, key string
	clock     func() time.Time

	mu      sync.Mutex
	current *tls.Certificate
	state   [2]fileState
	looked  time.Time
}

// fileState tells whether a file has changed.
type fileState struct {
	modified time.Time
	size     int64
}

// lookEvery is the shortest time between two looks at the files.
const lookEvery = time.Second

func openCertificate(cert, key string, clock func() time.Time) (*certificate, error) {
	c := &certificate{cert: cert, key: key, clock: clock}
	if err := c.load(); err != nil {
		return nil, err
	}
	return c, nil
}

// load reads the files now. What can't be used leaves the old pair in place.
func (c *certificate) load() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.read(c.states())
}

func (c *certificate) read(state [2]fileState) error {
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return fmt.Errorf("tls.cert and tls.key (%s, %s) can't be used: %w", c.cert, c.key, err)
	}
	c.current, c.state = &pair, state
	return nil
}

func (c *certificate) states() [2]fileState {
	var out [2]fileState
	for i, name := range []string{c.cert, c.key} {
		if info, err := os.Stat(name); err == nil {
			out[i] = fileState{info.ModTime(), info.Size()}
		}
	}
	return out
}

// get is called at every handshake. New files are taken up by the first
// handshake that sees them; a pair that is half written yet does not fit
// together, and is tried again.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.clock(); now.Sub(c.looked) >= lookEvery {
		c.looked = now
		if state := c.states(); state != c.state {
			// The error is told by Reload; serving on with the old pair is better than none.
			_ = c.read(state)
		}
	}
	return c.current, nil
}
