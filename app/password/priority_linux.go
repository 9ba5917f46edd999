package password

import "syscall"

// lowerPriority makes the calling thread yield to all others. On Linux the
// priority belongs to a thread and needs no privilege to lower; a kernel that
// refuses costs fairness and nothing else.
func lowerPriority() { _ = syscall.Setpriority(syscall.PRIO_PROCESS, syscall.Gettid(), 10) }
