package segment_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"stoa/app"
	"stoa/app/apptest"
	"stoa/app/fault"
	"stoa/app/seal"
	"stoa/app/segment"
	"stoa/store/kv"
	"stoa/store/kv/badgerkv"
	"stoa/store/kv/memkv"
)

const drawers = 200

// hurried is a clock on which half an hour passes at every look, so that leases
// stay small and a crash meets one being taken.
func hurried() func() time.Time {
	var looks atomic.Int64
	return func() time.Time {
		return apptest.Start().Add(time.Duration(looks.Add(1)) * 30 * time.Minute)
	}
}

// node is an App on an engine, without an installation on it: segments need none.
// It is abandoned, not closed, by whoever does not close it.
func node(t *testing.T, engine kv.Store) *app.App {
	t.Helper()
	box, err := seal.New(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	c := app.Default()
	c.DataDir = t.TempDir()
	a, err := app.Open(context.Background(), c, app.Options{Clock: hurried(), Engine: engine, Box: box, Hash: apptest.Cheap(),
		Report: func(err error) { t.Errorf("a worker reports: %v", err) }})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func onDisk(t *testing.T, dir string) *app.App {
	t.Helper()
	engine, err := badgerkv.Open(dir, badgerkv.Options{MinFreeBytes: -1, MinFreePercent: -1})
	if err != nil {
		t.Fatal(err)
	}
	return node(t, engine)
}

func size(drawer, i int) int { return 1 + (drawer*7+i)%40 }

// Several nodes on one store: each takes leases of its own, some are abandoned
// with what they hold, others come.
func TestNodesShareATag(t *testing.T) {
	engine := memkv.Open(time.Now)
	t.Cleanup(func() { _ = engine.Close() })
	first := node(t, engine)
	if _, err := first.Segment.Create(t.Context(), admin(), segment.New{Tag: "order", Step: 50}); err != nil {
		t.Fatal(err)
	}
	handed := newSeen()
	for round := range 3 {
		nodes := []*app.App{first, node(t, engine), node(t, engine)}
		var all sync.WaitGroup
		for drawer := range drawers {
			all.Go(func() {
				for i := range 10 {
					ids, err := nodes[drawer%len(nodes)].Segment.Draw(t.Context(), admin(), "order", size(drawer, i))
					if err != nil {
						t.Error(err)
						return
					}
					handed.add(t, drawer+1000*round, ids)
				} // numbers rise for who stays on one node: each round has drawers of its own
			})
		}
		all.Wait()
		if err := nodes[1].Segment.Close(t.Context()); err != nil { // goes in peace; nodes[2] is abandoned
			t.Error(err)
		}
		if _, err := nodes[1].Segment.Draw(t.Context(), admin(), "order", 1); fault.KindOf(err) != fault.Unavailable {
			t.Errorf("a node that stopped draws on: %v", err)
		}
	}
}

// The other process of TestKilledProcess: it draws and tells what it got, until
// it is killed.
func TestDrawingProcess(t *testing.T) {
	dir := os.Getenv("STOA_TEST_DRAW_FROM")
	if dir == "" {
		t.Skip("runs as the child process of TestKilledProcess")
	}
	a := onDisk(t, dir)
	var one sync.Mutex
	var all sync.WaitGroup
	for drawer := range drawers {
		all.Go(func() {
			for i := 0; ; i++ {
				ids, err := a.Segment.Draw(context.Background(), admin(), "order", size(drawer, i))
				if err != nil {
					t.Error(err)
					return
				}
				line := fmt.Appendf(nil, "drawn %d", drawer)
				for _, id := range ids {
					line = strconv.AppendUint(append(line, ' '), id, 10)
				}
				one.Lock()
				_, err = os.Stdout.Write(append(line, '\n'))
				one.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	all.Wait()
}

// 200 drawers of one tag through two kills and a clean stop: no number comes
// twice, and those of every drawer rise.
func TestKilledProcess(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	a := onDisk(t, dir)
	if _, err := a.Segment.Create(t.Context(), admin(), segment.New{Tag: "order", Step: 100}); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	handed := newSeen()
	for range 2 {
		drawUntilKilled(t, dir, handed)
	}
	a = onDisk(t, dir)
	var all sync.WaitGroup
	for drawer := range drawers {
		all.Go(func() {
			for i := range 5 {
				ids, err := a.Segment.Draw(t.Context(), admin(), "order", size(drawer, i))
				if err != nil {
					t.Error(err)
					return
				}
				handed.add(t, drawer, ids)
			}
		})
	}
	all.Wait()
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	var highest uint64
	for _, id := range handed.last {
		highest = max(highest, id)
	}
	a = onDisk(t, dir)
	defer a.Close()
	if ids, err := a.Segment.Draw(t.Context(), admin(), "order", 1); err != nil || ids[0] != highest+1 {
		t.Errorf("after a clean stop numbers go on with %v (%v), want %d", ids, err, highest+1)
	}
	if rep, err := a.DB.Verify(t.Context()); err != nil || len(rep.Problems) > 0 {
		t.Errorf("the store: %v %v", rep.Problems, err)
	}
}

// drawUntilKilled runs the child, kills it in the middle, and notes all it told.
func drawUntilKilled(t *testing.T, dir string, handed *seen) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestDrawingProcess$", "-test.timeout=2m")
	child.Env = append(os.Environ(), "STOA_TEST_DRAW_FROM="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReaderSize(out, 1<<20)
	n := 0
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			break // the last line may be cut: nobody has got those numbers
		}
		fields := strings.Fields(line)
		if len(fields) < 3 || fields[0] != "drawn" {
			t.Errorf("the child says %q", line)
			continue
		}
		handed.add(t, number(t, fields[1]), numbers(t, fields[2:]))
		if n++; n == 3000 {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = child.Wait()
	if n < 3000 {
		t.Fatalf("the child ended after %d draws by itself", n)
	}
}

func number(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func numbers(t *testing.T, fields []string) []uint64 {
	t.Helper()
	ids := make([]uint64, len(fields))
	for i, f := range fields {
		ids[i] = uint64(number(t, f))
	}
	return ids
}

// gated is an engine whose writes wait while the gate is shut, as a slow disk's do.
type gated struct {
	kv.Store
	gate sync.RWMutex
}

func (g *gated) Update(ctx context.Context, fn func(kv.Txn) error) error {
	g.gate.RLock()
	defer g.gate.RUnlock()
	return g.Store.Update(ctx, fn)
}

// A drawer that gives up leaves the lease to the others; another tag goes on.
func TestGivingUpWhileALeaseIsTaken(t *testing.T) {
	engine := &gated{Store: memkv.Open(time.Now)}
	t.Cleanup(func() { _ = engine.Close() })
	a := node(t, engine)
	for _, tag := range []string{"slow", "quick"} {
		if _, err := a.Segment.Create(t.Context(), admin(), segment.New{Tag: tag}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := a.Segment.Draw(t.Context(), admin(), "quick", 1); err != nil {
		t.Fatal(err)
	}
	engine.gate.Lock()
	ctx, cancel := context.WithCancel(t.Context())
	gaveUp, stayed := make(chan error), make(chan error)
	go func() {
		_, err := a.Segment.Draw(ctx, admin(), "slow", 1)
		gaveUp <- err
	}()
	go func() {
		_, err := a.Segment.Draw(t.Context(), admin(), "slow", 1)
		stayed <- err
	}()
	if _, err := a.Segment.Draw(t.Context(), admin(), "quick", 1); err != nil {
		t.Errorf("another tag: %v", err)
	}
	cancel()
	if err := <-gaveUp; !errors.Is(err, context.Canceled) {
		t.Errorf("gave up: %v", err)
	}
	engine.gate.Unlock()
	if err := <-stayed; err != nil {
		t.Errorf("stayed: %v", err)
	}
}
