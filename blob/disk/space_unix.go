//go:build unix

package disk

import (
	"os"

	"golang.org/x/sys/unix"
)

// freeBytes is what is free of the disk for this process.
func freeBytes(root *os.Root) (int64, error) {
	d, err := root.Open(".")
	if err != nil {
		return 0, err
	}
	defer d.Close()
	var st unix.Statfs_t
	if err := unix.Fstatfs(int(d.Fd()), &st); err != nil {
		return 0, err
	}
	return int64(st.Bavail) * int64(st.Bsize), nil
}
