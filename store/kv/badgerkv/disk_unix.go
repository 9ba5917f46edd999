//go:build unix

package badgerkv

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"stoa/store/kv"
)

// lockDir locks the directory for as long as the file it returns is open. The
// kernel lets go when the process ends, however it ends.
func lockDir(dir string) (*os.File, error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("kv: %w", err)
	}
	err = unix.Flock(int(d.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if err == nil {
		return d, nil
	}
	_ = d.Close()
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, fmt.Errorf("%w: %s", kv.ErrLocked, dir)
	}
	return nil, fmt.Errorf("kv: locking %s: %w", dir, err)
}

// freeSpace is what this process may still use, and the size of the file system.
func freeSpace(dir string) (free, total int64, err error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, 0, err
	}
	return int64(st.Bavail) * int64(st.Bsize), int64(st.Blocks) * int64(st.Bsize), nil
}
