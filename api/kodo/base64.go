package kodo

import (
	"encoding/base64"
	"io"
	"strconv"
	"strings"

	"stoa/api/wire"
	"stoa/app/accesskey/signature"
	"stoa/app/fault"
)

func encode(b []byte) string { return signature.Encode(b) }

// decode reads base64url of the address.
func decode(field, s string) (string, error) {
	b, err := signature.Decode(s)
	if err != nil {
		return "", badRequest(field, "%s is no base64 as addresses have it (with - and _)", field)
	}
	return string(b), nil
}

// pairs are what follows in an address: /name/value/name/value…
func pairs(rest string) ([][2]string, error) {
	if rest == "" {
		return nil, nil
	}
	parts := strings.Split(rest, "/")
	if len(parts)%2 != 0 || len(parts) > 2*maxFields {
		return nil, badRequest("", "the address is /name/value/name/value")
	}
	out := make([][2]string, 0, len(parts)/2)
	for i := 0; i < len(parts); i += 2 {
		out = append(out, [2]string{parts[i], parts[i+1]})
	}
	return out, nil
}

// sizeAnd splits an address's first part, a size in bytes, from what follows.
func sizeAnd(rest string) (size int64, more [][2]string, err error) {
	first, rest, _ := strings.Cut(rest, "/")
	size, err = strconv.ParseInt(first, 10, 64)
	if err != nil || size < -1 {
		return 0, nil, badRequest("size", "%q is no size in bytes", clip(first))
	}
	more, err = pairs(rest)
	return size, more, err
}

// clip shortens what is repeated in a message.
func clip(s string) string {
	if len(s) > 64 {
		s = s[:64]
	}
	return strings.ToValidUTF8(s, "?")
}

// described takes what an address says of a file; crc32 is given apart.
func described(more [][2]string) (s sent, crc string, err error) {
	for _, p := range more {
		if p[0] == "crc32" {
			crc = p[1]
			continue
		}
		value, err := decode(p[0], p[1])
		if err != nil {
			return s, "", err
		}
		switch p[0] {
		case "key":
			s.key = &value
		case "mimeType":
			s.kind = value
		case "fname":
			s.fname = value
		default:
			if err := s.note(p[0], value); err != nil {
				return s, "", err
			}
		}
	}
	return s, crc, nil
}

// base64 is POST /putb64/<size>/key/<key>…: a whole file in base64.
func (h *handlers) base64(c *wire.Call) (any, error) {
	size, more, err := sizeAnd(c.Path("rest"))
	if err != nil {
		return nil, err
	}
	s, crc, err := described(more)
	if err != nil {
		return nil, err
	}
	g, err := h.grant(c, upToken(c))
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
		return nil, badRequest("size", "%d bytes were announced, %d have come", size, d.Size)
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
		err = fault.New(fault.Malformed, codeRequest, "", "the body is no base64").With(err)
	}
	return n, err
}
