package cli

import (
	"io"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"stoa/app"
)

// levels filters by a level that can be changed while the server runs.
type levels struct {
	io.Writer
	least atomic.Int32
}

// WriteLevel drops what is below the level.
func (l *levels) WriteLevel(level zerolog.Level, p []byte) (int, error) {
	if int32(level) < l.least.Load() {
		return len(p), nil
	}
	return l.Write(p)
}

// set takes one of the names that Config.Check lets through.
func (l *levels) set(name string) {
	level, err := zerolog.ParseLevel(name)
	if err != nil {
		level = zerolog.InfoLevel
	}
	l.least.Store(int32(level))
}

// newLog makes the server's log, in UTC.
func newLog(w io.Writer, c app.Log) (*zerolog.Logger, *levels) {
	if c.Format == "text" {
		w = zerolog.ConsoleWriter{Out: w, NoColor: true, TimeFormat: time.RFC3339}
	}
	l := &levels{Writer: w}
	l.set(c.Level)
	logger := zerolog.New(l).With().Timestamp().Logger()
	return &logger, l
}
