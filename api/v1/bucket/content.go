package bucket

import (
	"context"
	"io"
	"mime"
	"net/http"
	"path"

	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/bucket"
)

// Limits of bodies, in bytes. What is larger comes in parts.
const (
	maxContent = 5 << 30
	maxPart    = 1 << 30
)

// ContentQuery names the file to read.
type ContentQuery struct {
	KeyQuery
	Download bool `query:"download" description:"as a file, though a browser could show it"`
}

// PutQuery names the file to write.
type PutQuery struct {
	KeyQuery
	Overwrite bool `query:"overwrite" description:"replace another file of that name; else it is refused"`
}

func (h handlers) contentRoutes() []wire.Route {
	const path = inBucket + "/content"
	return []wire.Route{
		{Method: "GET", Path: path, Name: "v1.objects.content", Needs: access.Of(access.BucketRead), Handle: h.content, Query: ContentQuery{}, Long: true,
			Tag: tagFiles, Summary: "Read a file, whole or by ranges; HEAD gives its headers. Pictures, sound, films, PDF and plain text may be shown, all else is a download"},
		{Method: "PUT", Path: path, Name: "v1.objects.put", Needs: access.Of(access.ObjectWrite), Handle: h.put, Query: PutQuery{}, Out: Object{}, Long: true,
			Status: http.StatusCreated, Tag: tagFiles, Summary: "Write a file: the body is its content, of up to 5 GiB, with its Content-Type"},
	}
}

func (h handlers) content(c *wire.Call) (any, error) {
	var q ContentQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	b, err := h.in(c, access.BucketRead)
	if err != nil {
		return nil, err
	}
	f, err := h.app.Bucket.Open(c.Ctx(), c.Actor, b, q.Key)
	if err != nil {
		return nil, err
	}
	kind, shown := safe(f.Type)
	return wire.Content{Name: path.Base(f.Key), Inline: shown && !q.Download, Type: kind, Size: f.Size, ETag: f.Hash, Modified: f.Put, Cache: "private, no-cache",
		Open: func(offset, length int64) (io.ReadCloser, error) {
			return f.Range(context.WithoutCancel(c.Ctx()), offset, length)
		}}, nil
}

func (h handlers) put(c *wire.Call) (any, error) {
	var q PutQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	b, err := h.in(c, access.ObjectWrite)
	if err != nil {
		return nil, err
	}
	if err := bucket.CheckKey(q.Key); err != nil {
		return nil, err // before the body
	}
	if !q.Overwrite {
		if err := h.app.Bucket.Vacant(c.Ctx(), c.Actor, b, q.Key); err != nil && c.Request().ContentLength > bucket.SmallObject {
			return nil, err // before a long body; a short one may be the same
		}
	}
	body, err := c.Stream(maxContent)
	if err != nil {
		return nil, err
	}
	d, err := h.app.Bucket.Receive(c.Ctx(), b.Tenant, body, max(c.Request().ContentLength, 0))
	if err != nil {
		return nil, err
	}
	defer d.Discard(c.Ctx()) //nolint:errcheck // what is left is found by the sweep
	o, err := h.app.Bucket.Commit(c.Ctx(), c.Actor, d, bucket.Put{Bucket: b, Key: q.Key, Type: sentType(c), Mode: modeOf(q.Overwrite)})
	if err != nil {
		return nil, err
	}
	return wire.Created{Location: c.Request().URL.RequestURI(), Value: object(o)}, nil
}

// sentType is the content type of the body; "" where the client says none, or only
// what clients say by themselves.
func sentType(c *wire.Call) string {
	t := c.Header("Content-Type")
	switch kind, _, err := mime.ParseMediaType(t); {
	case err != nil, kind == octets, kind == "application/x-www-form-urlencoded":
		return ""
	}
	return t
}
