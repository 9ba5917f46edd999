package manage

import (
	"encoding/json"
	"io"

	"strings"

	"stoa/api/kodo/door"
	"stoa/api/wire"
	"stoa/app/accesskey/signature"
	"stoa/app/bucket"
	"stoa/app/fault"
)

// listQuery says which files to list.
type listQuery struct {
	Bucket    string   `query:"bucket"`
	Prefix    string   `query:"prefix"`
	Delimiter string   `query:"delimiter"`
	Marker    string   `query:"marker"`
	Limit     wire.Int `query:"limit"`
}

// mark is where a list goes on, as Kodo's markers have it.
type mark struct {
	C   int    `json:"c"`
	Key string `json:"k"`
}

func (q *listQuery) ask() (bucket.Ask, error) {
	a := bucket.Ask{Prefix: q.Prefix, Delimiter: q.Delimiter, Limit: int(q.Limit)}
	if q.Marker == "" {
		return a, nil
	}
	raw, err := signature.Decode(q.Marker)
	var m mark
	if err != nil || json.Unmarshal(raw, &m) != nil || m.Key == "" {
		return a, fault.New(fault.Invalid, door.CodeMarker, "marker", "invalid marker: it is none that a list gave")
	}
	a.After = m.Key
	return a, nil
}

func marker(next string) string {
	if next == "" {
		return ""
	}
	text, err := json.Marshal(mark{Key: next})
	if err != nil { // two plain fields
		return ""
	}
	return door.Encode(text)
}

// listed is a file of a list.
type listed struct {
	Key string `json:"key"`
	statView
}

type listView struct {
	Marker   string   `json:"marker,omitempty"`
	Prefixes []string `json:"commonPrefixes,omitempty"`
	Items    []listed `json:"items"`
}

// list is /list: up to 1,000 files in the order of their names.
func (h *handlers) list(c *wire.Call, p door.Pair) (any, error) {
	b, a, err := h.listOf(c, p)
	if err != nil {
		return nil, err
	}
	l, err := h.App.Bucket.Objects(c.Ctx(), p.By, b, a)
	if err != nil {
		return nil, err
	}
	v := listView{Marker: marker(l.Next), Prefixes: l.Prefixes, Items: []listed{}}
	for i := range l.Objects {
		v.Items = append(v.Items, listed{l.Objects[i].Key, viewObject(&l.Objects[i])})
	}
	return v, nil
}

func (h *handlers) listOf(c *wire.Call, p door.Pair) (*bucket.Bucket, bucket.Ask, error) {
	q := listQuery{}
	if err := c.Bind(&q); err != nil {
		return nil, bucket.Ask{}, err
	}
	b, err := h.BucketOf(c.Ctx(), p.By, q.Bucket)
	if err != nil {
		return nil, bucket.Ask{}, err
	}
	a, err := q.ask()
	return b, a, err
}

// line is a file or a common prefix of the list that comes line by line.
type line struct {
	Marker string  `json:"marker"`
	Item   *listed `json:"item"`
	Dir    string  `json:"dir"`
}

// listAll is /v2/list: all files, or limit of them, a line of JSON each.
func (h *handlers) listAll(c *wire.Call, p door.Pair) (any, error) {
	b, a, err := h.listOf(c, p)
	if err != nil {
		return nil, err
	}
	left := a.Limit // 0 = all
	if a.Limit = bucket.MaxList; left > 0 {
		a.Limit = min(left, bucket.MaxList)
	}
	first, err := h.App.Bucket.Objects(c.Ctx(), p.By, b, a)
	if err != nil {
		return nil, err
	}
	return wire.File{Type: "application/json", Write: func(w io.Writer) error {
		l := first
		for {
			if err := writeLines(w, l); err != nil {
				return err
			}
			if n := len(l.Objects) + len(l.Prefixes); left > 0 {
				if left -= n; left <= 0 {
					return nil
				}
				a.Limit = min(left, bucket.MaxList)
			}
			if l.Next == "" {
				return nil
			}
			a.After = l.Next
			var err error
			if l, err = h.App.Bucket.Objects(c.Ctx(), p.By, b, a); err != nil {
				return err
			}
		}
	}}, nil
}

// writeLines writes a part of a list, files and prefixes in the order of names.
func writeLines(w io.Writer, l *bucket.Listing) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	prefixes := l.Prefixes
	flush := func(before string) error {
		for len(prefixes) > 0 && (before == "" || prefixes[0] < before) {
			if err := out.Encode(line{Marker: marker(prefixes[0]), Dir: prefixes[0]}); err != nil {
				return err
			}
			prefixes = prefixes[1:]
		}
		return nil
	}
	for i := range l.Objects {
		o := &l.Objects[i]
		if err := flush(o.Key); err != nil {
			return err
		}
		if err := out.Encode(line{Marker: marker(o.Key), Item: &listed{o.Key, viewObject(o)}}); err != nil {
			return err
		}
	}
	return flush("")
}

// buckets is /buckets: the names of the tenant's.
func (h *handlers) buckets(c *wire.Call, p door.Pair) (any, error) {
	names := []string{}
	f := bucket.Filter{Limit: 500}
	for {
		page, err := h.App.Bucket.List(c.Ctx(), p.By, f)
		if err != nil {
			return nil, err
		}
		for _, b := range page.Items {
			names = append(names, b.Name)
		}
		if f.Cursor = page.Next; f.Cursor == "" {
			return names, nil
		}
	}
}

// bucketView is what is known of a bucket.
type bucketView struct {
	Name    string `json:"tbl"`
	Private int    `json:"private"`
	Region  string `json:"region"`
	Zone    string `json:"zone"`
	NoIndex int    `json:"no_index_page"`
}

func (h *handlers) bucketInfo(c *wire.Call, p door.Pair) (any, error) {
	b, err := h.BucketOf(c.Ctx(), p.By, c.Query().Get("bucket"))
	if err != nil {
		return nil, err
	}
	v := bucketView{Name: b.Name, Region: region, Zone: region, NoIndex: 1}
	if b.Private {
		v.Private = 1
	}
	return v, nil
}

// domains is /v6/domain/list: the host names of a bucket.
func (h *handlers) domains(c *wire.Call, p door.Pair) (any, error) {
	b, err := h.BucketOf(c.Ctx(), p.By, c.Query().Get("tbl"))
	if err != nil {
		return nil, err
	}
	return append([]string{}, b.Domains...), nil
}

// domainView is a host name as /v7/domain/list has it.
type domainView struct {
	Domain string `json:"domain"`
	Bucket string `json:"tbl"`
}

func (h *handlers) domainsV7(c *wire.Call, p door.Pair) (any, error) {
	b, err := h.BucketOf(c.Ctx(), p.By, c.Query().Get("tbl"))
	if err != nil {
		return nil, err
	}
	out := []domainView{}
	for _, d := range b.Domains {
		out = append(out, domainView{d, b.Name})
	}
	return out, nil
}

// region is the one that there is, by Kodo's name for its first.
const region = "z0"

const regionTTL = 86400 // seconds

// regionV2 is /v2/query: where clients put a bucket's files. The answer is the same
// for every bucket, so that nobody learns which there are.
func (h *handlers) regionV2(c *wire.Call) (any, error) {
	if err := asked(c); err != nil {
		return nil, err
	}
	main := map[string][]string{"main": {c.Request().Host}}
	return map[string]any{"ttl": regionTTL,
		"io": map[string]any{"src": main},
		"up": map[string]any{"acc": main, "src": main, "old_acc": main, "old_src": main}}, nil
}

// regionV4 is /v4/query, with all services.
func (h *handlers) regionV4(c *wire.Call) (any, error) {
	if err := asked(c); err != nil {
		return nil, err
	}
	hosts := services(c)
	hosts["region"], hosts["ttl"] = region, regionTTL
	return map[string]any{"hosts": []any{hosts}}, nil
}

// regions is /regions: the one, with all services.
func (h *handlers) regions(c *wire.Call, _ door.Pair) (any, error) {
	all := services(c)
	all["id"], all["description"] = region, region
	return map[string]any{"regions": []any{all}}, nil
}

// services are where clients find each service: here.
func services(c *wire.Call) map[string]any {
	host := map[string][]string{"domains": {c.Request().Host}}
	out := map[string]any{"s3": map[string]any{"domains": []string{}, "region_alias": region}} // none, but clients read it
	for _, service := range []string{"up", "io", "uc", "rs", "rsf", "api"} {
		out[service] = host
	}
	return out
}

func asked(c *wire.Call) error {
	if q := c.Query(); strings.TrimSpace(q.Get("ak")) == "" || strings.TrimSpace(q.Get("bucket")) == "" {
		return fault.New(fault.Missing, door.CodeRequest, "ak", "ak and bucket are expected in the query")
	}
	return nil
}
