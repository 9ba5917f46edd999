package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
)

// Intake reads what is put and holds it to what was announced. Drivers read the
// body through it; it gives up when ctx ends.
type Intake struct {
	ctx  context.Context
	body io.Reader
	o    Put
	size int64
	sum  interface {
		io.Writer
		Sum([]byte) []byte
	}
}

// NewIntake wraps the body of a Put.
func NewIntake(ctx context.Context, body io.Reader, o Put) *Intake {
	return &Intake{ctx: ctx, body: body, o: o, sum: sha256.New()}
}

// Read gives the next bytes, or the reason why no more are taken.
func (in *Intake) Read(p []byte) (int, error) {
	if err := in.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := in.body.Read(p)
	in.size += int64(n)
	if in.o.Limit > 0 && in.size > in.o.Limit {
		return 0, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, in.o.Limit)
	}
	_, _ = in.sum.Write(p[:n]) // a hash never fails
	return n, err
}

// Done gives size and SHA-256 of all that was read, or ErrSum.
func (in *Intake) Done() (size int64, sum string, err error) {
	sum = hex.EncodeToString(in.sum.Sum(nil))
	switch {
	case in.o.Size > 0 && in.o.Size != in.size:
		return 0, "", fmt.Errorf("%w: %d bytes of %d", ErrSum, in.size, in.o.Size)
	case in.o.SHA256 != "" && in.o.SHA256 != sum:
		return 0, "", fmt.Errorf("%w: SHA-256 %s, not %s", ErrSum, sum, in.o.SHA256)
	}
	return in.size, sum, nil
}

// Check reads a blob through and says what differs from what a row tells of it;
// nil = nothing.
func Check(ctx context.Context, s Store, name string, size int64, sum string) error {
	body, _, err := s.Get(ctx, name, Range{})
	if err != nil {
		return err
	}
	defer body.Close()
	in := NewIntake(ctx, body, Put{Size: size, SHA256: sum})
	if _, err := io.Copy(io.Discard, in); err != nil {
		return err
	}
	_, _, err = in.Done()
	return err
}
