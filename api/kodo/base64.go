package kodo

import (
	"encoding/base64"
	"io"

	"stoa/api/kodo/door"
	"stoa/api/wire"
	"stoa/app/fault"
)

// described takes what an address says of a file; crc32 is given apart.
func described(more [][2]string) (s door.Sent, crc string, err error) {
	for _, p := range more {
		if p[0] == "crc32" {
			crc = p[1]
			continue
		}
		value, err := door.Decode(p[0], p[1])
		if err != nil {
			return s, "", err
		}
		switch p[0] {
		case "key":
			s.Key = &value
		case "mimeType":
			s.Kind = value
		case "fname":
			s.Fname = value
		default:
			if err := s.Note(p[0], value); err != nil {
				return s, "", err
			}
		}
	}
	return s, crc, nil
}

// base64 is POST /putb64/<size>/key/<key>…: a whole file in base64.
func (h *handlers) base64(c *wire.Call) (any, error) {
	size, more, err := door.SizeAnd(c.Path("rest"))
	if err != nil {
		return nil, err
	}
	s, crc, err := described(more)
	if err != nil {
		return nil, err
	}
	g, err := h.Grant(c, door.UpToken(c))
	if err != nil {
		return nil, err
	}
	body, err := c.Stream(0)
	if err != nil {
		return nil, err
	}
	d, err := h.receive(c, g, &plainBytes{base64.NewDecoder(base64.StdEncoding, body)}, max(size, 0))
	if err != nil {
		return nil, err
	}
	defer d.Discard(c.Ctx()) //nolint:errcheck // what is left is found by the sweep
	if size >= 0 && d.Size != size {
		return nil, door.BadRequest("size", "%d bytes were announced, %d have come", size, d.Size)
	}
	if crc != "" {
		if err := checkSum(crc, d.CRC32); err != nil {
			return nil, err
		}
	}
	return h.commit(c, g, &s, d)
}

// plainBytes makes a fault of what is no base64.
type plainBytes struct{ body io.Reader }

func (p *plainBytes) Read(b []byte) (int, error) {
	n, err := p.body.Read(b)
	if err != nil && err != io.EOF && fault.Of(err).Kind == fault.Internal { //nolint:errorlint // a Reader's end is io.EOF itself
		err = fault.New(fault.Malformed, door.CodeRequest, "", "the body is no base64").With(err)
	}
	return n, err
}
