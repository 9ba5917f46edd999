//go:build !unix

package disk

import "os"

// freeBytes is not told on this system.
func freeBytes(*os.Root) (int64, error) { return -1, nil }
