// Package pace says how long a client is waited for that sends slowly.
package pace

import (
	"math"
	"time"
)

const slowStart = 2 * time.Minute

// Left is how long a client that has sent n bytes in a time is still waited for: two
// minutes, and a second for each KiB. Below nothing is none.
func Left(n int64, took time.Duration) time.Duration {
	return slowStart + time.Duration(min(n>>10, math.MaxInt32))*time.Second - took
}
