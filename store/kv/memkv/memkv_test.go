package memkv_test

import (
	"testing"
	"time"

	"stoa/store/kv"
	"stoa/store/kv/kvtest"
	"stoa/store/kv/memkv"
)

func TestContract(t *testing.T) {
	kvtest.Run(t, func(_ *testing.T, clock func() time.Time) kv.Store { return memkv.Open(clock) })
}
