package proof

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"hash"
	"io"
	"time"

	"stoa/app/audit/chain"
)

// Writer writes a log in the order of the file: New, Checkpoint, then Round, Block
// and Entry of each round, and Close.
type Writer struct {
	out  *bufio.Writer
	sum  hash.Hash
	key  ed25519.PrivateKey
	last end
}

// New begins a file.
func New(out io.Writer, key ed25519.PrivateKey, product string, at time.Time) (*Writer, error) {
	w := &Writer{out: bufio.NewWriterSize(out, 64<<10), sum: sha256.New(), key: key}
	public, _ := key.Public().(ed25519.PublicKey)
	return w, w.write(&line{Export: &header{Format: Format, Product: product, At: nanos(at.UnixNano()), Key: hexBytes(public)}})
}

func (w *Writer) write(l *line) error {
	text, err := l.marshal()
	if err != nil {
		return err
	}
	w.sum.Write(text)
	_, err = w.out.Write(text)
	return err
}

// Checkpoint says where a chain begins.
func (w *Writer) Checkpoint(c *chain.Checkpoint) error {
	if c.Chain == chain.All {
		w.last.Number, w.last.Hash = c.Number, c.Hash
	}
	return w.write(&line{Checkpoint: checkpointLine(c)})
}

// Round begins a round.
func (w *Writer) Round(b *chain.Block) error {
	w.last.Rounds++
	w.last.Number, w.last.Hash = b.Number, b.Hash
	return w.write(&line{Round: blockLine(b)})
}

// Block is a tenant's block of the round: with the hashes that were kept of its
// entries when it was sealed, which are made whole by those of the entries that are
// there now; nil kept takes the latter.
func (w *Writer) Block(b *chain.Block, kept *chain.Leaves, rows []*chain.Row) error {
	l := blockLine(b)
	now := map[uint64][]byte{}
	for _, r := range rows {
		h, err := chain.LeafHash(r)
		if err != nil {
			return err
		}
		now[r.ID] = h
		if kept == nil {
			l.Entries = append(l.Entries, leaf{ID: id(r.ID), Hash: h})
		}
	}
	if kept != nil {
		l.Entries = whole(kept, now)
	}
	return w.write(&line{Block: l})
}

func whole(kept *chain.Leaves, now map[uint64][]byte) []leaf {
	out := make([]leaf, 0, len(kept.Steps))
	at, sums := uint64(0), kept.Sums
	for _, step := range kept.Steps {
		at += step
		sum := sums[:min(chain.LeafSize, len(sums))]
		sums = sums[len(sum):]
		if h := now[at]; len(sum) > 0 && bytes.HasPrefix(h, sum) {
			sum = h
		}
		out = append(out, leaf{ID: id(at), Hash: sum})
	}
	return out
}

// Entry is an entry of the round.
func (w *Writer) Entry(r *chain.Row) error {
	w.last.Entries++
	return w.write(&line{Entry: entryLine(r)})
}

// Close ends and signs the file.
func (w *Writer) Close() error {
	w.last.SHA256 = w.sum.Sum(nil)
	text, err := w.last.text()
	if err != nil {
		return err
	}
	w.last.Sign = ed25519.Sign(w.key, text)
	if err := w.write(&line{End: &w.last}); err != nil {
		return err
	}
	return w.out.Flush()
}
