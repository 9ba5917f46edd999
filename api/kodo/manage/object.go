// Package manage is the calls of Kodo's protocol that manage files, each signed with an
// access key: one by one, in batches, lists, and fetching from elsewhere.
package manage

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"stoa/api/kodo/door"
	"stoa/api/wire"
	"stoa/app/bucket"
	"stoa/app/egress"
	"stoa/app/fault"
)

// Routes are the calls that manage files.
func Routes(d *door.Door) []wire.Route {
	h := &handlers{Door: d, pulls: egress.Client(egress.Policy{Trust: d.App.Config.Egress.Allow, Ports: door.WebPorts(), Timeout: pullPatience, MaxBody: pullAnswer})}
	var out []wire.Route
	add := func(method, path, name string, maxBody int64, handle wire.Handler) {
		out = append(out, wire.Route{Method: method, Path: path, Name: name, Public: true, MaxBody: maxBody, Handle: handle})
	}
	for _, op := range []string{"stat", "delete", "copy", "move", "chgm", "chtype", "chstatus", "restoreAr", "deleteAfterDays", "lifecycle"} {
		add("POST", "/"+op+"/{rest...}", "kodo."+strings.ToLower(op), 0, h.Managed(h.one))
	}
	add("GET", "/stat/{rest...}", "kodo.stat", 0, h.Managed(h.one))
	add("POST", "/batch", "kodo.batch", maxBatch, h.Managed(h.batch))
	for _, method := range []string{"GET", "POST"} {
		add(method, "/list", "kodo.list", 0, h.Managed(h.list))
		add(method, "/buckets", "kodo.buckets", 0, h.Managed(h.buckets))
		add(method, "/v2/bucketInfo", "kodo.bucketinfo", 0, h.Managed(h.bucketInfo))
	}
	out = append(out, wire.Route{Method: "POST", Path: "/v2/list", Name: "kodo.list.all", Public: true, Long: true, Handle: h.Managed(h.listAll)},
		wire.Route{Method: "POST", Path: "/fetch/{rest...}", Name: "kodo.fetch", Public: true, Long: true, Handle: h.Managed(h.fetch)})
	add("GET", "/v6/domain/list", "kodo.domains", 0, h.Managed(h.domains))
	add("GET", "/v7/domain/list", "kodo.domains.v7", 0, h.Managed(h.domainsV7))
	add("GET", "/regions", "kodo.regions", 0, h.Managed(h.regions))
	for _, r := range [][]wire.Route{door.Both("GET", "/v2/query", "kodo.region.v2", h.regionV2), door.Both("GET", "/v4/query", "kodo.region.v4", h.regionV4)} {
		out = append(out, r...)
	}
	return out
}

const (
	maxBatch = 4 << 20 // bytes of a batch
	maxOps   = 1000    // in it
)

// handlers are the calls.
type handlers struct {
	*door.Door
	pulls *http.Client // fetches
}

// entry is bucket:key as an address has it.
type entry struct {
	bucket *bucket.Bucket
	key    string
}

func (h *handlers) entry(c *wire.Call, p door.Pair, encoded string) (entry, error) {
	text, err := door.Decode("entry", encoded)
	if err != nil {
		return entry{}, err
	}
	name, key, ok := strings.Cut(text, ":")
	if !ok {
		return entry{}, door.BadRequest("entry", "the entry is bucket:key, as base64")
	}
	b, err := h.BucketOf(c.Ctx(), p.By, name)
	return entry{b, key}, err
}

// statView is what is known of a file.
type statView struct {
	Size    int64             `json:"fsize"`
	Hash    string            `json:"hash"`
	Type    string            `json:"mimeType"`
	Put     int64             `json:"putTime"` // units of 100 ns since 1970
	Kind    int               `json:"type"`    // 0 = ordinary storage, the only one
	Status  int               `json:"status"`  // 0 = in use
	EndUser string            `json:"endUser,omitempty"`
	Meta    map[string]string `json:"x-qn-meta,omitempty"`
	Expires int64             `json:"expiration,omitempty"` // Unix seconds
}

func viewObject(o *bucket.Object) statView {
	v := statView{Size: o.Size, Hash: o.Hash, Type: o.Type, Put: o.Put.UnixNano() / 100, EndUser: o.EndUser, Meta: o.Meta}
	if !o.Expires.IsZero() {
		v.Expires = o.Expires.Unix()
	}
	return v
}

// one does the operation that the address names.
func (h *handlers) one(c *wire.Call, p door.Pair) (any, error) {
	v, err := h.do(c, p, c.Request().URL.EscapedPath())
	if err != nil {
		return nil, err
	}
	if v == nil {
		return wire.Bytes(http.StatusOK, "application/json", nil), nil
	}
	return v, nil
}

// do does one operation, given as its path. Those that change something answer nil.
func (h *handlers) do(c *wire.Call, p door.Pair, op string) (any, error) {
	path, err := url.PathUnescape(op)
	if err != nil {
		return nil, door.BadRequest("op", "the operation can't be read")
	}
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	if len(parts) < 2 {
		return nil, door.BadRequest("op", "the operation names no file")
	}
	name, rest := parts[0], parts[2:]
	e, err := h.entry(c, p, parts[1])
	if err != nil {
		return nil, err
	}
	ctx, buckets := c.Ctx(), h.App.Bucket
	switch name {
	case "stat":
		o, err := buckets.Stat(ctx, p.By, e.bucket, e.key)
		if err != nil {
			return nil, err
		}
		return viewObject(o), nil
	case "delete":
		return nil, buckets.Remove(ctx, p.By, e.bucket, e.key)
	case "copy", "move":
		return nil, h.transfer(c, p, name, e, rest)
	case "chgm":
		return nil, h.retype(c, p, e, rest)
	case "deleteAfterDays":
		if len(rest) != 1 {
			return nil, door.BadRequest("op", "/deleteAfterDays/<entry>/<days> is expected")
		}
		return nil, h.expire(c, p, e, rest[0])
	case "lifecycle":
		return nil, h.lifecycle(c, p, e, rest)
	case "chtype":
		return nil, h.storage(c, p, e, rest)
	case "chstatus", "restoreAr":
		return nil, door.Unserved(name)
	}
	return nil, door.BadRequest("op", "%q is no operation", door.Clip(name))
}

// transfer is copy and move: <to>[/force/true].
func (h *handlers) transfer(c *wire.Call, p door.Pair, name string, from entry, rest []string) error {
	if len(rest) == 0 {
		return door.BadRequest("op", "/%s/<from>/<to> is expected", name)
	}
	to, err := h.entry(c, p, rest[0])
	if err != nil {
		return err
	}
	mode := bucket.Insert
	if len(rest) == 3 && rest[1] == "force" && rest[2] == "true" {
		mode = bucket.Overwrite
	}
	if name == "copy" {
		return h.App.Bucket.Copy(c.Ctx(), p.By, from.bucket, from.key, to.bucket, to.key, mode)
	}
	return h.App.Bucket.Move(c.Ctx(), p.By, from.bucket, from.key, to.bucket, to.key, mode)
}

// retype is chgm: /mime/<type>, /x-qn-meta-name/<value>.
func (h *handlers) retype(c *wire.Call, p door.Pair, e entry, rest []string) error {
	more, err := door.Values(strings.Join(rest, "/"))
	if err != nil {
		return err
	}
	kind := ""
	s := door.Sent{}
	for _, m := range more {
		value, err := door.Decode(m[0], m[1])
		if err != nil {
			return err
		}
		switch {
		case m[0] == "mime":
			kind = value
		case strings.HasPrefix(strings.ToLower(m[0]), door.MetaMark):
			if err := s.Note(m[0], value); err != nil {
				return err
			}
		default:
			return door.Unserved("chgm with " + door.Clip(m[0]))
		}
	}
	if kind == "" && s.Meta == nil {
		return door.BadRequest("mime", "/chgm/<entry>/mime/<type> is expected")
	}
	return h.App.Bucket.Retype(c.Ctx(), p.By, e.bucket, e.key, kind, s.Meta)
}

// expire sets after how many days a file is removed; 0 = never.
func (h *handlers) expire(c *wire.Call, p door.Pair, e entry, days string) error {
	n, err := strconv.Atoi(days)
	if err != nil || n < 0 || n > maxDays {
		return door.BadRequest("days", "days is 1 to %d, or 0 for never", maxDays)
	}
	at := time.Time{}
	if n > 0 {
		at = h.App.Now().AddDate(0, 0, n)
	}
	return h.App.Bucket.Expire(c.Ctx(), p.By, e.bucket, e.key, at)
}

const maxDays = 36500

// lifecycle takes deleteAfterDays, and of the storage classes that there are none.
func (h *handlers) lifecycle(c *wire.Call, p door.Pair, e entry, rest []string) error {
	more, err := door.Values(strings.Join(rest, "/"))
	if err != nil {
		return err
	}
	days := ""
	for _, m := range more {
		switch {
		case m[0] == "deleteAfterDays" && m[1] == "-1":
			days = "0"
		case m[0] == "deleteAfterDays" && m[1] != "0": // 0 leaves it as it is
			days = m[1]
		case m[1] != "0" && m[1] != "-1":
			return door.Unserved(door.Clip(m[0]))
		}
	}
	if days == "" {
		_, err := h.App.Bucket.Stat(c.Ctx(), p.By, e.bucket, e.key)
		return err
	}
	return h.expire(c, p, e, days)
}

// storage is chtype: there is one class, and a file is in it.
func (h *handlers) storage(c *wire.Call, p door.Pair, e entry, rest []string) error {
	if len(rest) != 2 || rest[0] != "type" {
		return door.BadRequest("op", "/chtype/<entry>/type/<type> is expected")
	}
	if rest[1] != "0" {
		return door.Unserved("a storage class other than 0")
	}
	_, err := h.App.Bucket.Stat(c.Ctx(), p.By, e.bucket, e.key)
	return err
}

// batchLine is the outcome of one operation of a batch.
type batchLine struct {
	Code int `json:"code"`
	Data any `json:"data,omitempty"`
}

// batch does up to 1,000 operations, each on its own.
func (h *handlers) batch(c *wire.Call, p door.Pair) (any, error) {
	var in struct {
		Ops []string `json:"op"`
	}
	if err := c.Form(&in); err != nil {
		return nil, err
	}
	if len(in.Ops) == 0 || len(in.Ops) > maxOps {
		return nil, door.BadRequest("op", "a batch has 1 to %d operations, each in a field op", maxOps)
	}
	out := make([]batchLine, 0, len(in.Ops))
	status := http.StatusOK
	for _, op := range in.Ops {
		v, err := h.do(c, p, op)
		if err == nil {
			out = append(out, batchLine{http.StatusOK, v})
			continue
		}
		f := fault.Of(err)
		if f.Kind == fault.Internal {
			return nil, err
		}
		out, status = append(out, batchLine{door.Code(f), door.Failure{Error: door.Words(f)}}), door.StatusPartly
	}
	return wire.JSON(status, out), nil
}
