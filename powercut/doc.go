// Package powercut cuts the power of a process in a test. The process is a child
// that works on a file system in a file in memory. It is stopped, the file is copied
// (the copy holds what the disk would hold, and nothing that the kernel still had to
// write), the child is killed, and the copy takes the file's place.
//
// It needs root, ext4 and loop devices; without them the test is skipped.
package powercut
