package bucket

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"stoa/api/v1/rest"
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/bucket"
	"stoa/app/fault"
	"stoa/app/share"
)

// Object is a file.
type Object struct {
	Key       string            `json:"key" description:"its name in the bucket; / divides folders"`
	Size      int64             `json:"size" minimum:"0" description:"bytes"`
	Hash      string            `json:"hash" description:"Qiniu's etag of the content"`
	Type      string            `json:"type" description:"content type"`
	PutAt     time.Time         `json:"put_at"`
	EndUser   string            `json:"end_user" description:"who put it, as the program that let them says; empty = not said"`
	Account   uint64            `json:"account" description:"the account that put it; 0 = unknown"`
	Meta      map[string]string `json:"meta"`
	ExpiresAt *time.Time        `json:"expires_at,omitempty" description:"when it is removed; left out = never"`
}

// Objects is a part of a bucket, in the order of names.
type Objects struct {
	Objects  []Object `json:"objects"`
	Prefixes []string `json:"prefixes" description:"common beginnings up to the delimiter: folders"`
	Next     string   `json:"next" description:"after of the next part; empty at the end"`
}

// ObjectQuery says which files to list.
type ObjectQuery struct {
	Prefix    string `query:"prefix" maxLength:"750" description:"beginning of the names"`
	After     string `query:"after" description:"next of the part before"`
	Delimiter string `query:"delimiter" description:"names that have it behind the prefix are given once, up to it: / for folders"`
	Limit     int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

// KeyQuery names a file.
type KeyQuery struct {
	Key string `query:"key" required:"true" minLength:"1" maxLength:"750"`
}

// PrefixQuery is the beginning of names.
type PrefixQuery struct {
	Prefix string `query:"prefix" maxLength:"750"`
}

// ObjectCount is how much begins with a prefix.
type ObjectCount struct {
	Objects int64 `json:"objects" minimum:"0"`
	Bytes   int64 `json:"bytes" minimum:"0"`
	More    bool  `json:"more" description:"there are more than the 10,000 files that were counted"`
}

// ObjectsDelete names the files to delete.
type ObjectsDelete struct {
	Keys []string `json:"keys" minItems:"1" maxItems:"500"`
}

// ObjectsDeleted is how many files went.
type ObjectsDeleted struct {
	Deleted int `json:"deleted" minimum:"0" description:"those that were not there are not counted"`
}

// ObjectTransfer says where a file goes.
type ObjectTransfer struct {
	Key       string `json:"key" minLength:"1" maxLength:"750"`
	ToBucket  uint64 `json:"to_bucket,omitempty" description:"id of a bucket of the same organisation; this one if it is left out"`
	ToKey     string `json:"to_key" minLength:"1" maxLength:"750"`
	Overwrite bool   `json:"overwrite,omitempty" description:"replace another file of that name; else it is refused"`
}

// ObjectRetype changes what is known of a file.
type ObjectRetype struct {
	Key       string             `json:"key" minLength:"1" maxLength:"750"`
	Type      string             `json:"type,omitempty" maxLength:"200" description:"content type; stays if it is left out"`
	Meta      *map[string]string `json:"meta,omitempty" description:"stays if it is left out"`
	ExpiresAt *time.Time         `json:"expires_at,omitempty" description:"when it is removed; stays if it is left out, and 0001-01-01T00:00:00Z is never"`
}

// ObjectShare says to which file a link leads and for how long it works.
type ObjectShare struct {
	Key     string `json:"key" minLength:"1" maxLength:"750"`
	Seconds int64  `json:"seconds,omitempty" description:"60 to 7776000 in a private bucket; a day if it is left out. Of no meaning in a public one"`
}

// ObjectLink is a link that works without a sign-in.
type ObjectLink struct {
	URL       string     `json:"url"`
	ExpiresAt *time.Time `json:"expires_at,omitempty" description:"left out where the link does not end: the bucket is public"`
	AccessKey string     `json:"access_key" description:"that signed it: the link ends with it. Empty in a public bucket"`
}

func (h handlers) objectRoutes() []wire.Route {
	read, write := access.Of(access.BucketRead), access.Of(access.ObjectWrite)
	return []wire.Route{
		{Method: "GET", Path: inBucket, Name: "v1.objects.list", Needs: read, Handle: h.objectList, Query: ObjectQuery{}, Out: Objects{}, Tag: tagFiles,
			Summary: "List files, by folder or all"},
		{Method: "GET", Path: inBucket + "/stat", Name: "v1.objects.stat", Needs: read, Handle: h.stat, Query: KeyQuery{}, Out: Object{}, Tag: tagFiles,
			Summary: "Read what is known of a file"},
		{Method: "GET", Path: inBucket + "/count", Name: "v1.objects.count", Needs: read, Handle: h.count, Query: PrefixQuery{}, Out: ObjectCount{}, Tag: tagFiles,
			Summary: "Count the files of a folder"},
		{Method: "DELETE", Path: inBucket, Name: "v1.objects.delete", Needs: write, Handle: h.deleteObject, Query: KeyQuery{}, Status: http.StatusNoContent,
			Tag: tagFiles, Summary: "Delete a file"},
		{Method: "POST", Path: inBucket + "/delete", Name: "v1.objects.delete_many", Needs: write, Handle: h.deleteObjects, In: ObjectsDelete{},
			Out: ObjectsDeleted{}, Tag: tagFiles, Summary: "Delete files"},
		{Method: "POST", Path: inBucket + "/copy", Name: "v1.objects.copy", Needs: write, Handle: h.copyObject, In: ObjectTransfer{}, Status: http.StatusNoContent,
			Tag: tagFiles, Summary: "Copy a file; the copy counts against the quota"},
		{Method: "POST", Path: inBucket + "/move", Name: "v1.objects.move", Needs: write, Handle: h.moveObject, In: ObjectTransfer{}, Status: http.StatusNoContent,
			Tag: tagFiles, Summary: "Move or rename a file"},
		{Method: "POST", Path: inBucket + "/move-folder", Name: "v1.objects.move_folder", Needs: write, Handle: h.moveFolder, In: FolderMove{}, Out: FolderMoved{},
			Tag: tagFiles, Summary: "Move or rename a folder: a small one at once, a large one by a task"},
		{Method: "POST", Path: inBucket + "/retype", Name: "v1.objects.retype", Needs: write, Handle: h.retype, In: ObjectRetype{}, Status: http.StatusNoContent,
			Tag: tagFiles, Summary: "Change a file's content type, metadata or end"},
		{Method: "POST", Path: inBucket + "/share", Name: "v1.objects.share", Needs: read, Handle: h.share, In: ObjectShare{}, Out: ObjectLink{}, Tag: tagFiles,
			Summary: "Make a link to a file that works without a sign-in"},
	}
}

func object(o *bucket.Object) Object {
	v := Object{Key: o.Key, Size: o.Size, Hash: o.Hash, Type: o.Type, PutAt: o.Put.UTC(), EndUser: o.EndUser, Account: o.By, Meta: o.Meta,
		ExpiresAt: rest.Moment(o.Expires)}
	if v.Meta == nil {
		v.Meta = map[string]string{}
	}
	return v
}

func (h handlers) objectList(c *wire.Call) (any, error) {
	var q ObjectQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	if q.Limit == 0 && c.Query().Get("limit") == "" {
		q.Limit = 100
	}
	if q.Limit < 1 || q.Limit > rest.MaxLimit {
		return nil, fault.New(fault.Invalid, "list.limit", "limit", "limit is %d: 1 to %d are allowed", q.Limit, rest.MaxLimit)
	}
	b, err := h.in(c, access.BucketRead)
	if err != nil {
		return nil, err
	}
	l, err := h.app.Bucket.Objects(c.Ctx(), c.Actor, b, bucket.Ask{Prefix: q.Prefix, After: q.After, Delimiter: q.Delimiter, Limit: q.Limit})
	if err != nil {
		return nil, err
	}
	out := Objects{Objects: make([]Object, len(l.Objects)), Prefixes: l.Prefixes, Next: l.Next}
	for i := range l.Objects {
		out.Objects[i] = object(&l.Objects[i])
	}
	return out, nil
}

func (h handlers) stat(c *wire.Call) (any, error) {
	b, err := h.in(c, access.BucketRead)
	if err != nil {
		return nil, err
	}
	o, err := h.app.Bucket.Stat(c.Ctx(), c.Actor, b, c.Query().Get("key"))
	if err != nil {
		return nil, err
	}
	return object(o), nil
}

func (h handlers) count(c *wire.Call) (any, error) {
	b, err := h.in(c, access.BucketRead)
	if err != nil {
		return nil, err
	}
	n, more, err := h.app.Bucket.Measure(c.Ctx(), c.Actor, b, c.Query().Get("prefix"))
	if err != nil {
		return nil, err
	}
	return ObjectCount{Objects: n.Objects, Bytes: n.Bytes, More: more}, nil
}

func (h handlers) deleteObject(c *wire.Call) (any, error) {
	b, err := h.in(c, access.ObjectWrite)
	if err != nil {
		return nil, err
	}
	return wire.NoContent{}, h.app.Bucket.Remove(c.Ctx(), c.Actor, b, c.Query().Get("key"))
}

func (h handlers) deleteObjects(c *wire.Call) (any, error) {
	var in ObjectsDelete
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	b, err := h.in(c, access.ObjectWrite)
	if err != nil {
		return nil, err
	}
	n, err := h.app.Bucket.RemoveMany(c.Ctx(), c.Actor, b, in.Keys)
	if err != nil {
		return nil, err
	}
	return ObjectsDeleted{Deleted: n}, nil
}

// transfer reads what is moved or copied.
func (h handlers) transfer(c *wire.Call) (in ObjectTransfer, from, to *bucket.Bucket, mode bucket.Mode, err error) {
	if err = c.Decode(&in); err != nil {
		return in, nil, nil, 0, err
	}
	if from, err = h.in(c, access.ObjectWrite); err != nil {
		return in, nil, nil, 0, err
	}
	to = from
	if in.ToBucket != 0 && in.ToBucket != from.ID {
		to, err = h.app.Bucket.In(c.Ctx(), c.Actor, in.ToBucket, access.ObjectWrite)
	}
	return in, from, to, modeOf(in.Overwrite), err
}

// modeOf says what becomes of a file that has the name already.
func modeOf(overwrite bool) bucket.Mode {
	if overwrite {
		return bucket.Overwrite
	}
	return bucket.Insert
}

func (h handlers) copyObject(c *wire.Call) (any, error) {
	in, from, to, mode, err := h.transfer(c)
	if err != nil {
		return nil, err
	}
	return wire.NoContent{}, h.app.Bucket.Copy(c.Ctx(), c.Actor, from, in.Key, to, in.ToKey, mode)
}

func (h handlers) moveObject(c *wire.Call) (any, error) {
	in, from, to, mode, err := h.transfer(c)
	if err != nil {
		return nil, err
	}
	return wire.NoContent{}, h.app.Bucket.Move(c.Ctx(), c.Actor, from, in.Key, to, in.ToKey, mode)
}

func (h handlers) retype(c *wire.Call) (any, error) {
	var in ObjectRetype
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	b, err := h.in(c, access.ObjectWrite)
	if err != nil {
		return nil, err
	}
	if in.Type != "" || in.Meta != nil {
		var meta map[string]string
		if in.Meta != nil {
			meta = *in.Meta
		}
		if err := h.app.Bucket.Retype(c.Ctx(), c.Actor, b, in.Key, in.Type, meta); err != nil {
			return nil, err
		}
	}
	if in.ExpiresAt != nil {
		return wire.NoContent{}, h.app.Bucket.Expire(c.Ctx(), c.Actor, b, in.Key, *in.ExpiresAt)
	}
	return wire.NoContent{}, nil
}

// aDay is how long a link works, where nothing is said of it.
const aDay = 24 * 60 * 60

func (h handlers) share(c *wire.Call) (any, error) {
	var in ObjectShare
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	lasts := min(max(cmp.Or(in.Seconds, aDay), 0), int64(share.MaxTime.Seconds())+1) // no overflow
	l, err := h.app.Share.Link(c.Ctx(), c.Actor, id, in.Key, h.base(c), time.Duration(lasts)*time.Second)
	if err != nil {
		return nil, err
	}
	return ObjectLink{URL: l.URL, ExpiresAt: rest.Moment(l.Expires), AccessKey: l.Access}, nil
}

// base is the server's address as others know it.
func (h handlers) base(c *wire.Call) string {
	if public := h.app.Config.PublicURL; public != "" {
		return strings.TrimRight(public, "/")
	}
	if c.Secure() {
		return "https://" + c.Request().Host
	}
	return "http://" + c.Request().Host
}
