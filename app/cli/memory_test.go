package cli

import "testing"

func TestMemoryLimit(t *testing.T) {
	if got, ok := memoryLimit(300 << 20); !ok || got != 300<<20 {
		t.Errorf("configured: %d %v", got, ok)
	}
	got, ok := memoryLimit(0)
	if !ok {
		t.Skip("neither /proc/meminfo nor a control group tells how much memory there is")
	}
	if total := machineMemory(); got < leastMemory || total > 0 && got > max(total/4, leastMemory) {
		t.Errorf("unconfigured: %d of %d", got, total)
	}
}
