package wire

import "time"

// TimeLeft is for tests: they can't wait so long.
func TimeLeft(n int64, took time.Duration) time.Duration { return timeLeft(n, took) }
