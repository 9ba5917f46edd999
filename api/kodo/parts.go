package kodo

import (
	"cmp"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"stoa/api/kodo/door"
	"stoa/api/wire"
	"stoa/app/bucket"
	"stoa/app/fault"
	"stoa/app/upload"
)

// Resumable uploads, version 2: parts of 1 MiB at least, put in any order and listed
// at the end.

// resumed is who goes on with an upload, of which file.
type resumed struct {
	*door.Grant
	key *string // nil = the end names it
}

// resume judges the token and the address of an upload in parts.
func (h *handlers) resume(c *wire.Call) (*resumed, error) {
	g, err := h.Grant(c, door.UpToken(c))
	if err != nil {
		return nil, err
	}
	if c.Path("bucket") != g.Bucket.Name {
		return nil, fault.New(fault.Denied, door.CodeScope, "bucket", "bucket doesn't match with scope")
	}
	r := &resumed{Grant: g}
	if encoded := c.Path("key"); encoded != "~" {
		key, err := door.Decode("key", encoded)
		if err != nil {
			return nil, err
		}
		if !bool(g.Policy.ForceSaveKey) {
			if err := g.Covers(key); err != nil {
				return nil, err
			}
		}
		r.key = &key
	}
	return r, nil
}

// same finds the upload of the address; one that was begun for another file is none.
func (h *handlers) same(c *wire.Call, r *resumed, after, limit int) (*upload.Upload, []upload.Part, error) {
	u, parts, err := h.App.Upload.Parts(c.Ctx(), r.By, r.Bucket, c.Path("upload"), after, limit)
	if err == nil && (u.HasKey != (r.key != nil) || u.HasKey && u.Key != *r.key) {
		err = upload.NoUpload()
	}
	return u, parts, err
}

type startedView struct {
	ID      string `json:"uploadId"`
	Expires int64  `json:"expireAt"`
}

func (h *handlers) startParts(c *wire.Call) (any, error) {
	r, err := h.resume(c)
	if err != nil {
		return nil, err
	}
	u, err := h.App.Upload.Start(c.Ctx(), r.By, r.Bucket, r.key)
	if err != nil {
		return nil, err
	}
	return startedView{u.ID, u.Expires.Unix()}, nil
}

type partView struct {
	Etag string `json:"etag"`
	MD5  string `json:"md5"`
}

func (h *handlers) putPart(c *wire.Call) (any, error) {
	n, err := strconv.Atoi(c.Path("part"))
	if err != nil {
		return nil, door.BadRequest("part", "%q is no number of a part", door.Clip(c.Path("part")))
	}
	r, err := h.resume(c)
	if err != nil {
		return nil, err
	}
	if _, _, err := h.same(c, r, 0, 1); err != nil {
		return nil, err
	}
	body, err := c.Stream(0)
	if err != nil {
		return nil, err
	}
	p, err := h.App.Upload.PutPart(c.Ctx(), r.By, r.Bucket, c.Path("upload"), n, body, max(c.Request().ContentLength, 0))
	if err != nil {
		return nil, err
	}
	sum := hex.EncodeToString(p.MD5)
	if want := c.Header("Content-MD5"); want != "" && !strings.EqualFold(want, sum) {
		return nil, fault.New(fault.Invalid, door.CodeSum, "Content-MD5", "Content-MD5 mismatch: the part did not arrive as it was sent; send it again")
	}
	return partView{p.Hash, sum}, nil
}

// completion is what a client lists at the end.
type completion struct {
	Parts []struct {
		Number wire.Int `json:"partNumber"`
		Etag   string   `json:"etag"`
	} `json:"parts"`
	Fname  string               `json:"fname"`
	Type   string               `json:"mimeType"`
	Meta   map[string]wire.Text `json:"metadata"`
	Custom map[string]wire.Text `json:"customVars"`
}

func (in *completion) sent(key *string) (*door.Sent, error) {
	s := &door.Sent{Key: key, Fname: in.Fname, Kind: in.Type}
	for name, value := range in.Meta {
		if err := s.Note(name, string(value)); err != nil {
			return nil, err
		}
	}
	for name, value := range in.Custom {
		if err := s.Note(name, string(value)); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (in *completion) list() []upload.PartRef {
	out := make([]upload.PartRef, 0, len(in.Parts))
	for _, p := range in.Parts {
		out = append(out, upload.PartRef{Number: int(p.Number), Hash: p.Etag})
	}
	slices.SortStableFunc(out, func(a, b upload.PartRef) int { return cmp.Compare(a.Number, b.Number) })
	return out
}

func (h *handlers) completeParts(c *wire.Call) (any, error) {
	r, err := h.resume(c)
	if err != nil {
		return nil, err
	}
	in := completion{}
	if err := c.JSON(&in); err != nil {
		return nil, err
	}
	s, err := in.sent(r.key)
	if err != nil {
		return nil, err
	}
	u, _, err := h.same(c, r, 0, 1)
	if err != nil {
		return nil, err
	}
	id, list := c.Path("upload"), in.list()
	if len(list) == 0 { // a file of no bytes has no parts
		if err := h.App.Upload.Abort(c.Ctx(), r.By, r.Bucket, id); err != nil {
			return nil, err
		}
		return h.empty(c, r.Grant, s)
	}
	all, err := h.assembled(c, r, u, list)
	if err != nil {
		return nil, err
	}
	put, err := h.place(r.Grant, s, door.Arrived{Size: all.Size, Hash: all.Hash})
	if err != nil {
		return nil, err
	}
	o, err := h.App.Upload.Complete(c.Ctx(), r.By, put, id, list)
	if err != nil {
		return nil, err
	}
	return h.finish(c, r.Grant, s, o)
}

// assembled is what the parts make; of an upload that has ended, whose client asks
// again because it missed the answer, what they made.
func (h *handlers) assembled(c *wire.Call, r *resumed, u *upload.Upload, list []upload.PartRef) (*upload.Assembled, error) {
	if u.Done != nil && u.HasKey {
		o, err := h.App.Bucket.Stat(c.Ctx(), r.By, r.Bucket, u.Key)
		if err != nil {
			return nil, err
		}
		return &upload.Assembled{Size: o.Size, Hash: o.Hash}, nil
	}
	return h.App.Upload.Assemble(c.Ctx(), r.By, r.Bucket, u.ID, list)
}

type partsView struct {
	ID      string     `json:"uploadId"`
	Expires int64      `json:"expireAt"`
	Marker  int        `json:"partNumberMarker"` // of the next page; 0 = there is none
	Parts   []partLine `json:"parts"`
}

type partLine struct {
	Size   int64  `json:"size"`
	Etag   string `json:"etag"`
	Number int    `json:"partNumber"`
	Put    int64  `json:"putTime"` // Unix seconds
}

func (h *handlers) listParts(c *wire.Call) (any, error) {
	r, err := h.resume(c)
	if err != nil {
		return nil, err
	}
	var q struct {
		Max    wire.Int `query:"max-parts"`
		Marker wire.Int `query:"part-number_marker"`
	}
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	if q.Max < 0 || q.Max > bucket.MaxList || q.Marker < 0 || q.Marker > upload.MaxParts {
		return nil, door.BadRequest("max-parts", "max-parts is 1 to %d, part-number_marker a part's number", bucket.MaxList)
	}
	limit := int(q.Max)
	if limit == 0 {
		limit = bucket.MaxList
	}
	u, parts, err := h.same(c, r, int(q.Marker), limit)
	if err != nil {
		return nil, err
	}
	v := partsView{ID: u.ID, Expires: u.Expires.Unix(), Parts: []partLine{}}
	for _, p := range parts {
		v.Parts = append(v.Parts, partLine{p.Size, p.Hash, p.Number, p.Put.Unix()})
	}
	if len(parts) == limit {
		v.Marker = parts[limit-1].Number
	}
	return v, nil
}

func (h *handlers) abortParts(c *wire.Call) (any, error) {
	r, err := h.resume(c)
	if err != nil {
		return nil, err
	}
	if _, _, err := h.same(c, r, 0, 1); err != nil {
		return nil, err
	}
	return wire.Bytes(200, "application/json", nil), h.App.Upload.Abort(c.Ctx(), r.By, r.Bucket, c.Path("upload"))
}
