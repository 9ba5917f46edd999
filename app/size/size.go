// Package size is numbers of bytes as people write them.
package size

import (
	"fmt"
	"strconv"
	"strings"
)

// Size is a number of bytes, written "64KiB", "1MiB", "2GiB" or plain.
type Size int64

// units of Size, the largest first.
var units = [...]struct {
	name  string
	bytes int64
}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}

// UnmarshalText reads a size.
func (s *Size) UnmarshalText(b []byte) error {
	text, factor := strings.TrimSpace(string(b)), int64(1)
	for _, u := range units {
		if n, ok := strings.CutSuffix(text, u.name); ok {
			text, factor = strings.TrimSpace(n), u.bytes
			break
		}
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > (1<<62)/factor {
		return fmt.Errorf("%q is no size: a number of bytes or one such as 64KiB, 1MiB, 2GiB is expected", b)
	}
	*s = Size(n * factor)
	return nil
}

// MarshalText writes a size in its largest whole unit.
func (s Size) MarshalText() ([]byte, error) {
	for _, u := range units[:4] {
		if s > 0 && int64(s)%u.bytes == 0 {
			return fmt.Appendf(nil, "%d%s", int64(s)/u.bytes, u.name), nil
		}
	}
	return strconv.AppendInt(nil, int64(s), 10), nil
}
