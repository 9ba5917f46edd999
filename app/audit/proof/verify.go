package proof

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"
	"time"

	"stoa/app/audit/chain"
)

// Report is what is in a file, and what is wrong with it.
type Report struct {
	Product string    // version of the program that wrote it
	At      time.Time // when
	Key     string    // fingerprint of the key that signed it
	Rounds  int
	Entries int
	Tenants int
	From    time.Time // of the earliest entry
	To      time.Time // of the latest
	Cuts    []Cut
	Head    string // number and hash of the last round, as `stoa audit verify` prints them

	Problems []Problem // in the order of the file; none = it is what was written
}

// Cut is what was cut of a tenant's entries before.
type Cut struct {
	Tenant  uint64
	Entries uint64
	Until   time.Time
	Days    int
}

// Problem is something that is not as it was written.
type Problem struct {
	Line int
	Text string
}

// maxProblems bounds a report.
const maxProblems = 20

// verifier goes through a file, a round at a time.
type verifier struct {
	key    ed25519.PublicKey
	line   int
	report Report
	sum    hash.Hash
	chains map[uint64]*state
	round  *round
	skip   bool // until the next round
	end    *end
}

// state is a chain as far as it was read.
type state struct {
	at     chain.Head
	cut    uint64 // the last block that was cut
	blamed bool
}

// errStop ends the reading where going on would only repeat what was said.
var errStop = errors.New("stop")

// Verify reads a whole file. key is the fingerprint that must have signed it; ""
// takes the key of the file, which proves nothing unless it is compared. Errors are
// those of in, and ErrForeign.
func Verify(ctx context.Context, in io.Reader, key string) (Report, error) {
	v := &verifier{sum: sha256.New(), chains: map[uint64]*state{}}
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 0, 64<<10), MaxLine)
	lines.Split(wholeLines)
	for lines.Scan() {
		v.line++
		err := v.take(lines.Bytes(), key)
		if errors.Is(err, errStop) {
			return v.done(), nil
		}
		if err == nil && v.line%1000 == 0 {
			err = ctx.Err()
		}
		if err != nil {
			return Report{}, err
		}
	}
	switch err := lines.Err(); {
	case v.key == nil && (err == nil || errors.Is(err, bufio.ErrTooLong)):
		return Report{}, fmt.Errorf("%w: it does not begin as one", ErrForeign)
	case errors.Is(err, bufio.ErrTooLong):
		v.line++
		v.blame("this line is longer than any that is written")
		return v.done(), nil
	case err != nil:
		return Report{}, err
	}
	v.line++
	if v.end == nil {
		v.close()
		v.blame("the file ends here, and should not: what followed was cut off")
	}
	return v.done(), nil
}

// wholeLines splits at line feeds; a last line without one is a line too, and keeps
// that it has none by a carriage return that no line has.
func wholeLines(data []byte, atEOF bool) (int, []byte, error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF && len(data) > 0 {
		return len(data), append(bytes.Clone(data), '\r'), nil
	}
	return 0, nil, nil
}

func (v *verifier) blame(format string, args ...any) {
	v.blameAt(v.line, format, args...)
}

func (v *verifier) blameAt(line int, format string, args ...any) {
	if len(v.report.Problems) < maxProblems {
		v.report.Problems = append(v.report.Problems, Problem{line, fmt.Sprintf(format, args...)})
	}
}

// chain is the state of a chain.
func (v *verifier) chain(of uint64) *state {
	c := v.chains[of]
	if c == nil {
		c = &state{at: chain.Head{Chain: of}}
		v.chains[of] = c
	}
	return c
}

// take takes one line.
func (v *verifier) take(text []byte, key string) error {
	if v.key == nil {
		return v.begin(text, key)
	}
	if v.end != nil {
		v.blame("this line stands behind the end of the export: it was put in")
		return errStop
	}
	l, err := parse(text)
	if err != nil {
		return v.unread(text, err)
	}
	if v.skip && (l.Block != nil || l.Entry != nil) {
		return nil // of a round whose own line can't be read
	}
	switch {
	case l.Export != nil:
		v.blame("a second beginning of an export: the line was put in")
		return errStop
	case l.Checkpoint != nil:
		v.checkpoint(l.Checkpoint.row())
	case l.Round != nil:
		v.close()
		v.skip = false
		v.round = &round{line: v.line, block: l.Round.row(), blocks: map[uint64]*sealed{}, unread: map[uint64]bool{}}
	case l.Block != nil:
		v.block(l.Block)
	case l.Entry != nil:
		return v.entry(l.Entry.row(), text)
	case l.End != nil:
		v.close()
		v.finish(l.End)
		return nil
	}
	v.add(text)
	return nil
}

func (v *verifier) add(text []byte) {
	v.sum.Write(text)
	v.sum.Write([]byte{'\n'})
}

// unread goes on behind a line that is not as it was written. The id of an entry is
// taken from where it stands.
func (v *verifier) unread(text []byte, err error) error {
	const head = `{"entry":{"id":"`
	what := "the line was changed"
	start := string(text[:min(len(text), len(head)+16)])
	if n, ok := chain.ParseID(strings.TrimPrefix(start, head)); ok {
		what = "entry " + chain.FormatID(n) + " was changed"
		if v.round != nil {
			v.round.unread[n], v.round.bad = true, true
		}
	}
	v.blame("%s: %v", what, err)
	if !strings.HasPrefix(start, `{"entry":`) {
		v.close()
		v.skip = true
	}
	if len(v.report.Problems) >= maxProblems {
		return errStop
	}
	return nil
}

// begin reads the first line.
func (v *verifier) begin(text []byte, key string) error {
	if !bytes.HasPrefix(text, []byte(`{"export":`)) {
		return fmt.Errorf("%w: it does not begin as one", ErrForeign)
	}
	l, err := parse(text)
	if err != nil || l.Export == nil || len(l.Export.Key) != ed25519.PublicKeySize {
		return fmt.Errorf("%w: its first line was changed, or is of another version of the program", ErrForeign)
	}
	if l.Export.Format != Format {
		return fmt.Errorf("%w that this version can read: its form is %d, this version knows %d", ErrForeign, l.Export.Format, Format)
	}
	v.key = ed25519.PublicKey(l.Export.Key)
	v.report.Product, v.report.At, v.report.Key = l.Export.Product, time.Unix(0, int64(l.Export.At)).UTC(), Fingerprint(v.key)
	if key != "" && !strings.EqualFold(strings.TrimSpace(key), v.report.Key) {
		v.blame("it is signed by another key than the one given: %s", v.report.Key)
	}
	v.add(text)
	return nil
}

// checkpoint begins a chain where it was cut.
func (v *verifier) checkpoint(c *chain.Checkpoint) {
	s := v.chain(c.Chain)
	if v.round != nil || v.report.Rounds > 0 || s.at.Number > 0 {
		v.blame("the checkpoint of %s stands in the wrong place: it was put in", named(c.Chain))
		return
	}
	text, err := c.Text()
	if err != nil || !ed25519.Verify(v.key, text, c.Sign) {
		v.blame("the checkpoint of %s was changed: its signature does not fit", named(c.Chain))
		s.blamed = true
	}
	s.at, s.cut = c.Head(), c.Number
	if c.Chain != chain.All {
		v.report.Cuts = append(v.report.Cuts, Cut{Tenant: c.Chain - 1, Entries: c.Total, Until: time.Unix(0, c.High).UTC(), Days: c.Days})
	}
}

// finish reads the last line.
func (v *verifier) finish(e *end) {
	v.end = e
	text, err := e.text()
	all := v.chain(chain.All)
	switch {
	case err != nil || !ed25519.Verify(v.key, text, e.Sign):
		v.blame("the end of the export was changed: its signature does not fit")
	case e.Number > all.at.Number:
		v.blame("rounds %d to %d are missing: lines were removed", all.at.Number+1, e.Number)
	case len(v.report.Problems) > 0:
	case !bytes.Equal(e.SHA256, v.sum.Sum(nil)):
		v.blame("lines were changed, removed or put in, though every entry that is here is as it was written")
	case e.Rounds != uint64(v.report.Rounds) || e.Entries != uint64(v.report.Entries) || !bytes.Equal(e.Hash, all.at.Hash):
		v.blame("the counts at the end of the export do not fit it")
	}
}

func (v *verifier) done() Report {
	slices.SortStableFunc(v.report.Problems, func(a, b Problem) int { return a.Line - b.Line })
	at := v.chain(chain.All).at
	v.report.Head = fmt.Sprintf("%d:%s", at.Number, hex.EncodeToString(at.Hash))
	for of := range v.chains {
		if of != chain.All && of != chain.Of(0) {
			v.report.Tenants++
		}
	}
	return v.report
}

// named is a chain as people call it.
func named(of uint64) string {
	if of == chain.All {
		return "all tenants"
	}
	return fmt.Sprintf("tenant %d", of-1)
}
