package api_test

import (
	"fmt"
	"strings"

	"stoa/app/bucket"
)

// storageSamples are about files; {bucket}, {upload} and {access_key} are somebody
// else's, and the bucket has a file {name} and one in the folder {name}/.
func storageSamples() map[string]sample {
	none := sample{}
	return map[string]sample{
		"v1.buckets.list":        {query: "limit=500"},
		"v1.buckets.create":      {json: `{"name":"{new}"}`},
		"v1.buckets.get":         none,
		"v1.buckets.update":      {json: `{"private":false}`},
		"v1.buckets.delete":      none,
		"v1.usage.get":           {query: "days=7"},
		"v1.objects.list":        {query: "delimiter=/"},
		"v1.objects.stat":        {query: "key={name}"},
		"v1.objects.count":       {query: "prefix=z"},
		"v1.objects.delete":      {query: "key={name}"},
		"v1.objects.delete_many": {json: `{"keys":["{name}"]}`},
		"v1.objects.copy":        {json: `{"key":"{name}","to_key":"{new}"}`},
		"v1.objects.move":        {json: `{"key":"{name}","to_key":"{new}"}`},
		"v1.objects.move_folder": {json: `{"prefix":"{name}/","to_prefix":"{new}/"}`},
		"v1.objects.retype":      {json: `{"key":"{name}","type":"text/plain"}`},
		"v1.objects.share":       {json: `{"key":"{name}","seconds":600}`},
		"v1.objects.content":     {query: "key={name}"},
		"v1.objects.put":         {query: "key={new}"},
		"v1.uploads.create":      {json: `{"key":"{new}","size":10}`},
		"v1.uploads.get":         none,
		"v1.uploads.part":        none,
		"v1.uploads.complete":    {json: `{"parts":[{"number":1,"hash":"{part}"}]}`},
		"v1.uploads.delete":      none,
		"v1.access_keys.list":    {query: "limit=500"},
		"v1.access_keys.create":  {json: `{"name":"{new}"}`},
		"v1.access_keys.get":     none,
		"v1.access_keys.update":  {json: `{"on":false}`},
		"v1.access_keys.delete":  none,
	}
}

// storing is a bucket with a file, an upload and an access key of organisation 1, for
// the routes that are about them.
type storing struct {
	bucket            uint64
	upload, part, key string
	state             func() string
}

func (h *house) storage(route, name string) storing {
	h.t.Helper()
	if !listed(route, []string{"v1.buckets.", "v1.objects.", "v1.uploads.", "v1.access_keys."}) {
		return storing{upload: "none", part: "1", key: "none", state: func() string { return "" }}
	}
	ctx, by := h.t.Context(), h.Super
	by.Tenant = 1
	b, err1 := h.Bucket.Create(ctx, by, bucket.New{Name: strings.ReplaceAll(name, " ", "-"), Private: true})
	k, _, err2 := h.AccessKey.Create(ctx, by, "key "+name)
	if err1 != nil || err2 != nil {
		h.t.Fatal(err1, err2)
	}
	if route != "v1.buckets.delete" { // which takes an empty one
		for _, key := range []string{name, name + "/inside"} {
			d, err := h.Bucket.Receive(ctx, 1, strings.NewReader(name), 0)
			if err != nil {
				h.t.Fatal(err)
			}
			if _, err = h.Bucket.Commit(ctx, by, d, bucket.Put{Bucket: b, Key: key}); err != nil {
				h.t.Fatal(err)
			}
		}
	}
	half := "half " + name
	u, err := h.Upload.Start(ctx, by, b, &half)
	if err != nil {
		h.t.Fatal(err)
	}
	part, err := h.Upload.PutPart(ctx, by, b, u.ID, 1, strings.NewReader("half"), 0)
	if err != nil {
		h.t.Fatal(err)
	}
	return storing{b.ID, u.ID, part.Hash, k.Access, func() string {
		now, err1 := h.Bucket.Get(ctx, by, b.ID)
		key, err2 := h.AccessKey.Get(ctx, by, k.Access)
		_, parts, err3 := h.Upload.Parts(ctx, by, b, u.ID, 0, 10)
		o, err4 := h.Bucket.Stat(ctx, by, b, name)
		if err1 != nil || err2 != nil || err3 != nil || err4 != nil {
			return fmt.Sprint(err1, err2, err3, err4)
		}
		return fmt.Sprintf(", bucket %d of %d, file %s, key %v, %d parts", now.Version, now.Count.Objects, o.Type, key.Off, len(parts))
	}}
}
