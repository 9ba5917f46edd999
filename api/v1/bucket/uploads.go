package bucket

import (
	"net/http"
	"strconv"
	"time"

	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/bucket"
	"stoa/app/fault"
	"stoa/app/upload"
)

// Upload is a file that comes in parts and is not finished.
type Upload struct {
	ID        string       `json:"id"`
	Key       string       `json:"key"`
	ExpiresAt time.Time    `json:"expires_at" description:"parts that are there are let go of then"`
	Parts     []UploadPart `json:"parts" description:"those that are there, by number"`
	Next      int          `json:"next" description:"after of the next parts; 0 = no more"`
}

// UploadPart is one part.
type UploadPart struct {
	Number int    `json:"number" minimum:"1" maximum:"10000"`
	Size   int64  `json:"size" minimum:"0"`
	Hash   string `json:"hash" description:"Qiniu's etag of the part"`
}

// UploadNew begins an upload.
type UploadNew struct {
	Key       string `json:"key" minLength:"1" maxLength:"750"`
	Size      int64  `json:"size,omitempty" minimum:"0" description:"bytes of the whole file: what has no room is refused before it is sent"`
	Overwrite bool   `json:"overwrite,omitempty" description:"replace another file of that name; else it is refused"`
}

// UploadComplete names the parts of a file, in their order.
type UploadComplete struct {
	Parts     []UploadRef `json:"parts" minItems:"1" maxItems:"10000"`
	Type      string      `json:"type,omitempty" maxLength:"200" description:"content type; told by the name if it is left out"`
	Overwrite bool        `json:"overwrite,omitempty"`
}

// UploadRef is a part as the client lists it.
type UploadRef struct {
	Number int    `json:"number" minimum:"1" maximum:"10000"`
	Hash   string `json:"hash"`
}

// UploadQuery says behind which number the parts are listed.
type UploadQuery struct {
	After int `query:"after" minimum:"0" maximum:"10000"`
}

type (
	byUpload struct {
		ID     uint64 `path:"id" minimum:"1"`
		Upload string `path:"upload" minLength:"1" maxLength:"64"`
	}
	byPart struct {
		ID     uint64 `path:"id" minimum:"1"`
		Upload string `path:"upload" minLength:"1" maxLength:"64"`
		Number int    `path:"number" minimum:"1" maximum:"10000"`
	}
)

// completeBody is the largest body of a completion: 10,000 parts.
const completeBody = 2 << 20

func (h handlers) uploadRoutes() []wire.Route {
	const one = oneBucket + "/uploads/{upload}"
	write := access.Of(access.ObjectWrite)
	return []wire.Route{
		{Method: "POST", Path: oneBucket + "/uploads", Name: "v1.uploads.create", Needs: write, Handle: h.startUpload, In: UploadNew{}, Out: Upload{},
			Status: http.StatusCreated, Tag: tagFiles, Summary: "Begin a file that comes in parts of 1 MiB to 1 GiB; only the last may be smaller"},
		{Method: "GET", Path: one, Params: byUpload{}, Name: "v1.uploads.get", Needs: write, Handle: h.getUpload, Query: UploadQuery{}, Out: Upload{}, Tag: tagFiles,
			Summary: "List the parts that are there, to go on after a broken connection"},
		{Method: "PUT", Path: one + "/parts/{number}", Params: byPart{}, Name: "v1.uploads.part", Needs: write, Handle: h.putPart, Out: UploadPart{}, Long: true,
			Tag: tagFiles, Summary: "Send a part: the body is its bytes. One of the same number is replaced"},
		{Method: "POST", Path: one + "/complete", Params: byUpload{}, Name: "v1.uploads.complete", Needs: write, Handle: h.completeUpload, In: UploadComplete{},
			MaxBody: completeBody, Out: Object{}, Tag: tagFiles, Summary: "Make the file of its parts. Asked again, it answers the same for a day"},
		{Method: "DELETE", Path: one, Params: byUpload{}, Name: "v1.uploads.delete", Needs: write, Handle: h.abortUpload, Status: http.StatusNoContent, Tag: tagFiles,
			Summary: "Give an upload up"},
	}
}

func (h handlers) startUpload(c *wire.Call) (any, error) {
	var in UploadNew
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	b, err := h.in(c, access.ObjectWrite)
	if err != nil {
		return nil, err
	}
	if err := bucket.CheckKey(in.Key); err != nil {
		return nil, err
	}
	if !in.Overwrite {
		if err := h.app.Bucket.Vacant(c.Ctx(), c.Actor, b, in.Key); err != nil {
			return nil, err
		}
	}
	if err := h.fits(c, b, in.Size); err != nil {
		return nil, err
	}
	u, err := h.app.Upload.Start(c.Ctx(), c.Actor, b, &in.Key)
	if err != nil {
		return nil, err
	}
	return wire.Created{Location: "/v1/buckets/" + strconv.FormatUint(b.ID, 10) + "/uploads/" + u.ID,
		Value: Upload{ID: u.ID, Key: u.Key, ExpiresAt: u.Expires.UTC(), Parts: []UploadPart{}}}, nil
}

// fits refuses what the organisation has no room for.
func (h handlers) fits(c *wire.Call, b *bucket.Bucket, size int64) error {
	if size < 0 {
		return fault.New(fault.Invalid, "upload.size", "size", "size is %d: a file has 0 bytes or more", size)
	}
	m, err := h.app.Usage.Meter(c.Ctx(), b.Tenant)
	if err != nil {
		return err
	}
	defer m.Close()
	return m.Expect(size)
}

// listedParts is how many parts are listed at a time.
const listedParts = 1000

func (h handlers) getUpload(c *wire.Call) (any, error) {
	var q UploadQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	b, err := h.in(c, access.ObjectWrite)
	if err != nil {
		return nil, err
	}
	u, parts, err := h.app.Upload.Parts(c.Ctx(), c.Actor, b, c.Path("upload"), q.After, listedParts)
	if err != nil {
		return nil, err
	}
	out := Upload{ID: u.ID, Key: u.Key, ExpiresAt: u.Expires.UTC(), Parts: make([]UploadPart, len(parts))}
	for i := range parts {
		out.Parts[i] = part(&parts[i])
	}
	if len(parts) == listedParts {
		out.Next = parts[listedParts-1].Number
	}
	return out, nil
}

func part(p *upload.Part) UploadPart {
	return UploadPart{Number: p.Number, Size: p.Size, Hash: p.Hash}
}

func (h handlers) putPart(c *wire.Call) (any, error) {
	n, err := strconv.Atoi(c.Path("number"))
	if err != nil {
		n = 0 // refused by its number
	}
	b, err := h.in(c, access.ObjectWrite)
	if err != nil {
		return nil, err
	}
	body, err := c.Stream(maxPart)
	if err != nil {
		return nil, err
	}
	p, err := h.app.Upload.PutPart(c.Ctx(), c.Actor, b, c.Path("upload"), n, body, max(c.Request().ContentLength, 0))
	if err != nil {
		return nil, err
	}
	return part(p), nil
}

func (h handlers) completeUpload(c *wire.Call) (any, error) {
	var in UploadComplete
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	b, err := h.in(c, access.ObjectWrite)
	if err != nil {
		return nil, err
	}
	id := c.Path("upload")
	u, _, err := h.app.Upload.Parts(c.Ctx(), c.Actor, b, id, 0, 1)
	if err != nil {
		return nil, err
	}
	refs := make([]upload.PartRef, len(in.Parts))
	for i, p := range in.Parts {
		refs[i] = upload.PartRef{Number: p.Number, Hash: p.Hash}
	}
	o, err := h.app.Upload.Complete(c.Ctx(), c.Actor, bucket.Put{Bucket: b, Key: u.Key, Type: in.Type, Mode: modeOf(in.Overwrite)}, id, refs)
	if err != nil {
		return nil, err
	}
	return object(o), nil
}

func (h handlers) abortUpload(c *wire.Call) (any, error) {
	b, err := h.in(c, access.ObjectWrite)
	if err != nil {
		return nil, err
	}
	return wire.NoContent{}, h.app.Upload.Abort(c.Ctx(), c.Actor, b, c.Path("upload"))
}
