package cli

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
)

// A file goes over the socket in pieces, each after its length (4 bytes, big
// endian); a length of 0 ends it, and a reply follows.

// callPieces asks the server that has the directory open for a file.
func callPieces(dir string, in request, out io.Writer) error {
	c, done, err := dial(dir)
	if err != nil {
		return err
	}
	defer done()
	if err := json.NewEncoder(c).Encode(in); err != nil {
		return fmt.Errorf("asking the server: %w", err)
	}
	for {
		var size [4]byte
		if _, err := io.ReadFull(c, size[:]); err != nil {
			return fmt.Errorf("the server ended before it was done: %w", err)
		}
		n := binary.BigEndian.Uint32(size[:])
		if n == 0 {
			break
		}
		if _, err := io.CopyN(out, c, int64(n)); err != nil {
			return fmt.Errorf("copying from the server: %w", err)
		}
	}
	var r reply
	if err := json.NewDecoder(c).Decode(&r); err != nil {
		return fmt.Errorf("the server ended before it answered: %w", err)
	}
	if r.Error != "" {
		return errors.New(r.Error)
	}
	return nil
}

// answerPieces sends what write writes to the other end.
func answerPieces(conn net.Conn, write func(io.Writer) error) {
	var r reply
	if err := write(pieces{conn}); err != nil {
		r.Error = said(err).Error()
	}
	if _, err := conn.Write(make([]byte, 4)); err == nil {
		_ = json.NewEncoder(conn).Encode(r) // who asked may have gone
	}
}

type pieces struct{ out io.Writer }

func (p pieces) Write(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	if _, err := p.out.Write(binary.BigEndian.AppendUint32(nil, uint32(len(b)))); err != nil {
		return 0, err
	}
	return p.out.Write(b)
}
