package depot_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"stoa/app/depot"
	"stoa/blob"
)

// endless is a place whose list never ends, as that of a server of anybody's may be.
type endless struct {
	blob.Store
	t     *testing.T
	asked []string // cursors
}

func (e *endless) List(ctx context.Context, _, cursor string, _ int) ([]blob.Info, string, error) {
	e.asked = append(e.asked, cursor)
	if _, ends := ctx.Deadline(); !ends {
		e.t.Error("it may take for ever")
		return nil, "", nil
	}
	if len(e.asked)%3 == 0 {
		return nil, "", context.DeadlineExceeded // as if the time had passed
	}
	name := fmt.Sprintf("piece/%032x", len(e.asked))
	return []blob.Info{{Name: name, Modified: time.Now().Add(time.Hour)}}, name, nil
}

// All tenants' places are swept in one go. One that takes its time has a share of it,
// and is gone on with the next time: the others are swept all the same.
func TestOnePlaceDoesNotHoldUpTheOthers(t *testing.T) {
	y := open(t)
	slow := &endless{Store: y.stores[1], t: t}
	y.stores[1] = slow
	y.order = []uint64{1, 0}
	w, err := y.Write(t.Context(), 7, bytes.NewReader([]byte("left by a crash")), 0)
	if err != nil {
		t.Fatal(err)
	}
	y.Release(w)
	age(t, y.dirs[0])
	for range 2 {
		_ = y.Sweep(t.Context()) // it says which place did not come to an end
		y.now = y.now.Add(time.Hour)
	}
	if _, err := y.stores[0].Stat(t.Context(), depot.Ref{ID: w.ID}.Name()); err == nil {
		t.Error("the other place was not swept")
	}
	if got, want := fmt.Sprint(slow.asked), fmt.Sprintf("[ piece/%032x piece/%032x piece/%032x piece/%032x piece/%032x]", 1, 2, 2, 4, 5); got != want {
		t.Errorf("asked from %s, want %s", got, want)
	}
}
