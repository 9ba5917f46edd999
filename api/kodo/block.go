package kodo

import (
	"io"
	"strconv"
	"strings"

	"stoa/api/kodo/door"
	"stoa/api/wire"
	"stoa/app/accesskey/signature"
	"stoa/app/upload"
)

// Resumable uploads, version 1: blocks of 4 MiB, each in chunks, joined at the end.

// blockView is a block as its client goes on with it.
type blockView struct {
	Ctx      string `json:"ctx"`
	Checksum string `json:"checksum"`
	CRC32    uint32 `json:"crc32"` // of the chunk
	Offset   int64  `json:"offset"`
	Host     string `json:"host"` // where the next chunk goes
	Expires  int64  `json:"expired_at"`
}

func viewBlock(c *wire.Call, b *upload.Block) blockView {
	return blockView{Ctx: door.Encode(b.ID), Checksum: b.Chunk, CRC32: b.CRC32, Offset: b.Got, Host: door.Base(c), Expires: b.Expires.Unix()}
}

// makeBlock is POST /mkblk/<size>, with the first chunk as the body.
func (h *handlers) makeBlock(c *wire.Call) (any, error) {
	size, err := strconv.ParseInt(c.Path("size"), 10, 64)
	if err != nil {
		return nil, door.BadRequest("size", "%q is no size in bytes", door.Clip(c.Path("size")))
	}
	g, err := h.Grant(c, door.UpToken(c))
	if err != nil {
		return nil, err
	}
	body, err := c.Stream(0)
	if err != nil {
		return nil, err
	}
	b, err := h.App.Upload.MakeBlock(c.Ctx(), g.By, size, body, max(c.Request().ContentLength, 0))
	if err != nil {
		return nil, err
	}
	return viewBlock(c, b), nil
}

// appendBlock is POST /bput/<ctx>/<offset>, with the next chunk.
func (h *handlers) appendBlock(c *wire.Call) (any, error) {
	offset, err := strconv.ParseInt(c.Path("offset"), 10, 64)
	if err != nil || offset < 0 {
		return nil, door.BadRequest("offset", "%q is no offset in bytes", door.Clip(c.Path("offset")))
	}
	id, err := signature.Decode(c.Path("ctx"))
	if err != nil {
		return nil, upload.NoBlock()
	}
	g, err := h.Grant(c, door.UpToken(c))
	if err != nil {
		return nil, err
	}
	body, err := c.Stream(0)
	if err != nil {
		return nil, err
	}
	b, err := h.App.Upload.Append(c.Ctx(), g.By, id, offset, body, max(c.Request().ContentLength, 0))
	if err != nil {
		return nil, err
	}
	return viewBlock(c, b), nil
}

// maxContexts bounds the body of mkfile, in bytes.
const maxContexts = 4 << 20

// makeFile is POST /mkfile/<size>/key/<key>…, with the blocks' contexts, joined by
// commas, as the body.
func (h *handlers) makeFile(c *wire.Call) (any, error) {
	size, more, err := door.SizeAnd(c.Path("rest"))
	if err != nil {
		return nil, err
	}
	s, _, err := described(more)
	if err != nil {
		return nil, err
	}
	g, err := h.Grant(c, door.UpToken(c))
	if err != nil {
		return nil, err
	}
	body, err := c.Stream(maxContexts)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	ids, err := contexts(string(text))
	if err != nil {
		return nil, err
	}
	if len(ids) == 0 && size <= 0 {
		return h.empty(c, g, &s)
	}
	all, err := h.App.Upload.Blocks(c.Ctx(), g.By, ids)
	if err != nil {
		return nil, err
	}
	if size >= 0 && all.Size != size {
		return nil, door.BadRequest("size", "the file was announced with %d bytes, its blocks have %d", size, all.Size)
	}
	put, err := h.place(g, &s, door.Arrived{Size: all.Size, Hash: all.Hash})
	if err != nil {
		return nil, err
	}
	o, err := h.App.Upload.Join(c.Ctx(), g.By, put, ids)
	if err != nil {
		return nil, err
	}
	return h.finish(c, g, &s, o)
}

func contexts(text string) ([][]byte, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	var ids [][]byte
	for one := range strings.SplitSeq(text, ",") {
		id, err := signature.Decode(strings.TrimSpace(one))
		if err != nil {
			return nil, upload.NoBlock()
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// empty makes a file of no bytes.
func (h *handlers) empty(c *wire.Call, g *door.Grant, s *door.Sent) (any, error) {
	d, err := h.App.Bucket.Receive(c.Ctx(), g.By.Tenant, strings.NewReader(""), 0)
	if err != nil {
		return nil, err
	}
	defer d.Discard(c.Ctx()) //nolint:errcheck // what is left is found by the sweep
	return h.commit(c, g, s, d)
}
