package powercut

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// diskSize is how big the file system is, in bytes. The file has holes.
const diskSize = 768 << 20

// Disk is ext4 in a file in memory.
type Disk struct {
	image, spare, dir string
	mounted           bool
}

// NewDisk makes a file system, or skips the test.
func NewDisk(t *testing.T) *Disk {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root to mount a file system")
	}
	for _, tool := range []string{"mkfs.ext4", "mount", "umount", "cp"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("needs %s", tool)
		}
	}
	memory, err := os.MkdirTemp("/dev/shm", "powercut")
	if err != nil {
		t.Skipf("needs a file system in memory: %v", err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(memory) })
	d := &Disk{image: filepath.Join(memory, "disk"), spare: filepath.Join(memory, "copy"), dir: t.TempDir()}
	if err := os.WriteFile(d.image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(d.image, diskSize); err != nil {
		t.Fatal(err)
	}
	run(t, "mkfs.ext4", "-q", "-F", d.image)
	if out, err := d.tryMount(); err != nil {
		t.Skipf("needs loop devices: %v: %s", err, out)
	}
	d.Unmount(t)
	return d
}

// tryMount asks the journal not to commit by itself: while the child is stopped
// nothing may reach the disk.
func (d *Disk) tryMount() ([]byte, error) {
	out, err := exec.Command("mount", "-o", "loop,commit=300", d.image, d.dir).CombinedOutput()
	d.mounted = err == nil
	return out, err
}

// Mount mounts the file system and says where.
func (d *Disk) Mount(t *testing.T) string {
	t.Helper()
	if out, err := d.tryMount(); err != nil {
		t.Fatalf("mount: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if d.mounted {
			d.Unmount(t)
		}
	})
	return d.dir
}

// Unmount unmounts it.
func (d *Disk) Unmount(t *testing.T) {
	t.Helper()
	run(t, "umount", d.dir)
	d.mounted = false
}

// Cut takes the power from a child that is stopped: what it had not synced is gone.
// The disk is not mounted then.
func (d *Disk) Cut(t *testing.T, c *Child) {
	t.Helper()
	run(t, "cp", "--sparse=always", d.image, d.spare)
	c.kill()
	d.Unmount(t)
	if err := os.Rename(d.spare, d.image); err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", name, err, out)
	}
}

// Child is this test program again, running one test, with a pipe (descriptor 3) to
// say what was acknowledged: a line each.
type Child struct {
	command *exec.Cmd
	pipe    *os.File
	stderr  bytes.Buffer
}

// Start starts a child that runs one test; env are variables more.
func Start(t *testing.T, test string, env ...string) *Child {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c := &Child{command: exec.Command(os.Args[0], "-test.run=^"+test+"$"), pipe: read}
	c.command.Env = append(os.Environ(), env...)
	c.command.ExtraFiles = []*os.File{write}
	c.command.Stdout, c.command.Stderr = io.Discard, &c.stderr
	if err := c.command.Start(); err != nil {
		t.Fatal(err)
	}
	_ = write.Close()
	t.Cleanup(c.kill)
	return c
}

// Acknowledged is where a child says what was acknowledged.
func Acknowledged() *os.File { return os.NewFile(3, "acknowledged") }

func (c *Child) kill() {
	_ = c.command.Process.Kill()
	_ = c.command.Wait()
	_ = c.pipe.Close()
}

// StopAfter lets the child work for d after its first line, stops it, and calls line
// with each whole line that it wrote.
func (c *Child) StopAfter(t *testing.T, d time.Duration, line func(string)) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	_ = c.pipe.SetReadDeadline(deadline)
	in, first := bufio.NewReader(c.pipe), true
	for {
		text, err := in.ReadString('\n')
		if err != nil {
			break // the end, or a line cut off by the stop
		}
		line(strings.TrimSuffix(text, "\n"))
		if first {
			first = false
			time.AfterFunc(d, func() {
				_ = c.command.Process.Signal(syscall.SIGSTOP)
				c.waitStopped(deadline)
				_ = c.pipe.SetReadDeadline(time.Now().Add(50 * time.Millisecond)) // what is in the pipe, then end
			})
		}
	}
	if first || !c.stopped() {
		t.Fatalf("the child did not get to work and stop: %s", c.stderr.String())
	}
}

func (c *Child) waitStopped(deadline time.Time) {
	for !c.stopped() && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
}

// stopped says whether every thread is: one inside a sync finishes that first.
func (c *Child) stopped() bool {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", c.command.Process.Pid))
	for _, task := range tasks {
		stat, err := os.ReadFile(task)
		if err == nil && !strings.Contains(string(stat), ") T ") {
			return false
		}
	}
	return len(tasks) > 0
}
