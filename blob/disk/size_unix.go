//go:build unix

package disk

import "golang.org/x/sys/unix"

// Size is the size in bytes of the disk that a folder is on; 0 = not known.
func Size(dir string) int64 {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0
	}
	return int64(st.Blocks) * int64(st.Bsize)
}
