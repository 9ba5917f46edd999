package cli

import (
	"math"
	"os"
	"path"
	"strconv"
	"strings"
)

// leastMemory is the smallest limit that the server sets itself, in bytes.
const leastMemory = 128 << 20

// memoryLimit is the soft limit for the Go runtime in bytes: the configured
// one, else a quarter of what the machine or the control group has. ok is false
// when neither is known.
func memoryLimit(configured int64) (limit int64, ok bool) {
	if configured > 0 {
		return configured, true
	}
	total := int64(math.MaxInt64)
	for _, n := range []int64{machineMemory(), groupMemory()} {
		if n > 0 {
			total = min(total, n)
		}
	}
	if total == math.MaxInt64 {
		return 0, false
	}
	return max(total/4, leastMemory), true
}

// machineMemory is MemTotal of /proc/meminfo; 0 = unknown.
func machineMemory() int64 {
	b, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "MemTotal:" {
			kib, _ := strconv.ParseInt(f[1], 10, 64)
			return kib << 10
		}
	}
	return 0
}

// groupMemory is the smallest memory.max (cgroup v2) from the process's group
// up to the root; 0 = none.
func groupMemory() int64 {
	b, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return 0
	}
	group := "/"
	for line := range strings.Lines(string(b)) {
		if g, ok := strings.CutPrefix(strings.TrimSpace(line), "0::"); ok {
			group = g
		}
	}
	var least int64
	for {
		if b, err := os.ReadFile(path.Join("/sys/fs/cgroup", group, "memory.max")); err == nil {
			if n, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64); err == nil && (least == 0 || n < least) {
				least = n
			}
		}
		if group == "/" || group == "." {
			return least
		}
		group = path.Dir(group)
	}
}
