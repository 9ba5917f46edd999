package badgerkv

import (
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
)

// engineLog is Badger's logger. It listens, too: Badger opens without a table
// whose checksum is wrong and says so here only.
type engineLog struct {
	out       *slog.Logger
	lostTable atomic.Bool
}

func (l *engineLog) Errorf(format string, args ...any) {
	if strings.HasPrefix(format, "Ignoring table") {
		l.lostTable.Store(true)
	}
	if l.out != nil {
		l.out.Error("badger: " + strings.TrimSpace(fmt.Sprintf(format, args...)))
	}
}

func (l *engineLog) Warningf(format string, args ...any) {
	if l.out != nil {
		l.out.Warn("badger: " + strings.TrimSpace(fmt.Sprintf(format, args...)))
	}
}

func (l *engineLog) Infof(string, ...any)  {}
func (l *engineLog) Debugf(string, ...any) {}
