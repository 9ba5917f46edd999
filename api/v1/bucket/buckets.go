// Package bucket is the files of a tenant: buckets, what is in them, uploads in one
// go and in parts, links, and how much room there is. One area of the native API; it
// puts the domain's operations on the wire and knows no other area.
package bucket

import (
	"net/http"
	"slices"
	"time"

	"stoa/api/v1/rest"
	"stoa/api/wire"
	"stoa/app"
	"stoa/app/access"
	"stoa/app/bucket"
)

// Bucket is a named set of files.
type Bucket struct {
	ID         uint64    `json:"id"`
	Tenant     uint64    `json:"tenant"`
	Name       string    `json:"name" description:"unique in the installation; the first part of its files' addresses"`
	Private    bool      `json:"private" description:"its files are read with a signature or a sign-in; those of others by everybody"`
	Domains    []string  `json:"domains" description:"host names that serve its files"`
	Objects    int64     `json:"objects" minimum:"0"`
	Bytes      int64     `json:"bytes" minimum:"0"`
	CreatedAt  time.Time `json:"created_at"`
	ModifiedAt time.Time `json:"modified_at"`
	ModifiedBy string    `json:"modified_by"`
	Version    uint64    `json:"version" description:"for If-Match; files do not change it"`
}

// BucketNew is a new bucket.
type BucketNew struct {
	Name    string   `json:"name" minLength:"3" maxLength:"63" description:"a-z, 0-9 and -; neither begins nor ends with -"`
	Private *bool    `json:"private,omitempty" description:"true if it is left out"`
	Domains []string `json:"domains,omitempty" maxItems:"10" description:"for super administrators"`
}

// BucketChange changes what is given.
type BucketChange struct {
	Private *bool     `json:"private,omitempty"`
	Domains *[]string `json:"domains,omitempty" maxItems:"10" description:"for super administrators"`
}

// BucketQuery selects buckets.
type BucketQuery struct {
	rest.Listing
	Q      string `query:"q" description:"part of the name"`
	Tenant uint64 `query:"tenant" description:"for super administrators; the caller's own if it is left out"`
}

type handlers struct{ app *app.App }

// Routes are the area's calls.
func Routes(a *app.App) []wire.Route {
	h := handlers{a}
	return slices.Concat(h.bucketRoutes(), h.objectRoutes(), h.contentRoutes(), h.uploadRoutes())
}

// Names of the document's groups and of paths.
const (
	tagBuckets = "buckets"
	tagFiles   = "files"
	oneBucket  = "/v1/buckets/{id}"
	inBucket   = oneBucket + "/objects"
)

func (h handlers) bucketRoutes() []wire.Route {
	read, write := access.Of(access.BucketRead), access.Of(access.BucketWrite)
	return []wire.Route{
		{Method: "GET", Path: "/v1/buckets", Name: "v1.buckets.list", Needs: read, Handle: h.bucketList, Query: BucketQuery{}, Out: rest.Page[Bucket]{},
			Long: true, Tag: tagBuckets, Summary: "List buckets with what is in them"},
		{Method: "POST", Path: "/v1/buckets", Name: "v1.buckets.create", Needs: write, Handle: rest.Once(h.app.Idempotency, h.createBucket), In: BucketNew{},
			Out: Bucket{}, Status: http.StatusCreated, Tag: tagBuckets, Summary: "Make a bucket"},
		{Method: "GET", Path: oneBucket, Name: "v1.buckets.get", Needs: read, Handle: h.getBucket, Out: Bucket{}, Tag: tagBuckets, Summary: "Read a bucket"},
		{Method: "PATCH", Path: oneBucket, Name: "v1.buckets.update", Needs: write, Handle: h.updateBucket, In: BucketChange{}, Out: Bucket{}, Tag: tagBuckets,
			Summary: "Change a bucket"},
		{Method: "DELETE", Path: oneBucket, Name: "v1.buckets.delete", Needs: write, Handle: h.deleteBucket, Status: http.StatusNoContent, Tag: tagBuckets,
			Summary: "Delete an empty bucket"},
		{Method: "GET", Path: "/v1/usage", Name: "v1.usage.get", Needs: read, Handle: h.usage, Query: UsageQuery{}, Out: Usage{}, Tag: tagBuckets,
			Summary: "Read what the caller's organisation keeps and may keep"},
	}
}

func (h handlers) bucketList(c *wire.Call) (any, error) {
	var q BucketQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	return rest.List[Bucket]{Name: "buckets", Columns: bucketColumns, Fetch: func(at rest.Listing) (rest.Page[Bucket], error) {
		page, err := h.app.Bucket.List(c.Ctx(), c.Actor, bucket.Filter{Tenant: q.Tenant, Text: q.Q, Page: at.Page, Limit: at.Limit, Cursor: at.Cursor})
		if err != nil {
			return rest.Page[Bucket]{}, err
		}
		items := make([]Bucket, len(page.Items))
		for i := range page.Items {
			items[i] = shown(&page.Items[i])
		}
		return rest.Page[Bucket]{Items: items, Total: page.Total, TotalCapped: page.Capped, Next: page.Next}, nil
	}}.Serve(c, q.Listing)
}

var bucketColumns = []rest.Column[Bucket]{
	rest.Col("name", "名称", func(b *Bucket) any { return b.Name }),
	rest.Col("private", "私有", func(b *Bucket) any { return b.Private }),
	rest.Col("objects", "文件数", func(b *Bucket) any { return b.Objects }),
	rest.Col("bytes", "字节数", func(b *Bucket) any { return b.Bytes }),
	rest.Col("created_at", "创建时间", func(b *Bucket) any { return b.CreatedAt }),
	rest.Col("modified_at", "修改时间", func(b *Bucket) any { return b.ModifiedAt }),
	rest.Col("modified_by", "修改人", func(b *Bucket) any { return b.ModifiedBy }),
}

func shown(b *bucket.Bucket) Bucket {
	v := Bucket{ID: b.ID, Tenant: b.Tenant, Name: b.Name, Private: b.Private, Domains: b.Domains, Objects: b.Count.Objects, Bytes: b.Count.Bytes,
		CreatedAt: b.Created.UTC(), ModifiedAt: b.Modified.UTC(), ModifiedBy: b.ModifiedBy, Version: b.Version}
	if v.Domains == nil {
		v.Domains = []string{}
	}
	return v
}

func (h handlers) createBucket(c *wire.Call) (any, error) {
	var in BucketNew
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	b, err := h.app.Bucket.Create(c.Ctx(), c.Actor, bucket.New{Name: in.Name, Private: in.Private == nil || *in.Private, Domains: in.Domains})
	if err != nil {
		return nil, err
	}
	return rest.Created("buckets", b.ID, shown(b)), nil
}

func (h handlers) getBucket(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	b, err := h.app.Bucket.Get(c.Ctx(), c.Actor, id)
	if err != nil {
		return nil, err
	}
	return rest.Tagged(b.Version, shown(b)), nil
}

func (h handlers) updateBucket(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	var in BucketChange
	version, err := rest.DecodeChange(c, &in)
	if err != nil {
		return nil, err
	}
	b, err := h.app.Bucket.Update(c.Ctx(), c.Actor, id, bucket.Change{Private: in.Private, Domains: in.Domains}, version)
	if err != nil {
		return nil, err
	}
	return rest.Tagged(b.Version, shown(b)), nil
}

func (h handlers) deleteBucket(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	return wire.NoContent{}, h.app.Bucket.Delete(c.Ctx(), c.Actor, id)
}

// in is the bucket of the path, in which the caller may do what needs p.
func (h handlers) in(c *wire.Call, p access.Permission) (*bucket.Bucket, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	return h.app.Bucket.In(c.Ctx(), c.Actor, id, p)
}
