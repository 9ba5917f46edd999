package badgerkv

import (
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

func fdatasync(f *os.File) error { return unix.Fdatasync(int(f.Fd())) }

// allocate takes the space of the file's first size bytes. A file system that
// cannot is none the worse for it.
func allocate(f *os.File, size int64) {
	_ = unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_KEEP_SIZE, 0, size)
}

// yieldToOthers lets the calling goroutine, which must end soon, go behind all
// others: it keeps a thread of its own, of the lowest priority, that ends with it.
func yieldToOthers() {
	runtime.LockOSThread()
	_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), 19)
}

// diskBytes is what the files of dir take up; logs are sparse.
func diskBytes(dir string) (total int64) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if info, err := os.Lstat(filepath.Join(dir, e.Name())); err == nil {
			if st, ok := info.Sys().(*syscall.Stat_t); ok {
				total += st.Blocks * 512
			}
		}
	}
	return total
}
