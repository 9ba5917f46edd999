//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// machineFacts describes what the figures were measured on: the disk above all.
func machineFacts(dir string) ([]string, error) {
	half, worst, err := syncLatency(dir)
	if err != nil {
		return nil, err
	}
	release, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	return []string{
		fmt.Sprintf("%d cores (%s), Linux %s, %s", runtime.NumCPU(), processor(), strings.TrimSpace(string(release)), runtime.Version()),
		fmt.Sprintf("data on %s; a 4 KiB write and fdatasync takes %.2f ms (median), %.2f ms (99 %%)", fileSystem(dir), ms(half), ms(worst)),
	}, nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func processor() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(info)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

func fileSystem(dir string) string {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return "an unknown file system"
	}
	names := map[int64]string{0xEF53: "ext4", 0x58465342: "XFS", 0x9123683E: "Btrfs", 0x01021994: "tmpfs (not a disk: durable figures mean little)", 0x794c7630: "overlayfs", 0x2fc12fc1: "ZFS"}
	if name, ok := names[s.Type]; ok {
		return name
	}
	return fmt.Sprintf("file system %#x", s.Type)
}

// syncLatency times 500 synced writes of a page into an allocated file.
func syncLatency(dir string) (half, worst time.Duration, err error) {
	file, err := os.Create(filepath.Join(dir, "sync"))
	if err != nil {
		return 0, 0, err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	page := make([]byte, 4096)
	if _, err := file.WriteAt(make([]byte, 1<<20), 0); err != nil {
		return 0, 0, err
	}
	if err := file.Sync(); err != nil {
		return 0, 0, err
	}
	took := make([]time.Duration, 500)
	for i := range took {
		start := time.Now()
		page[0] = byte(i)
		if _, err := file.WriteAt(page, int64(i%256)*4096); err != nil {
			return 0, 0, err
		}
		if err := syscall.Fdatasync(int(file.Fd())); err != nil {
			return 0, 0, err
		}
		took[i] = time.Since(start)
	}
	slices.Sort(took)
	return took[len(took)/2], took[len(took)*99/100], nil
}
