package task

import (
	"errors"
	"os"
	"path/filepath"
)

// HolderOf is this node as a holder of leases: the machine and the data directory,
// which no two processes have open at a time; node where these can't be told.
func HolderOf(dataDir, node string) string {
	host, err := os.Hostname()
	dir, err2 := filepath.Abs(dataDir)
	if errors.Join(err, err2) != nil {
		return node
	}
	return host + ":" + dir
}
