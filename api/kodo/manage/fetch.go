package manage

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"stoa/api/kodo/door"
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/bucket"
	"stoa/app/egress"
	"stoa/app/fault"
)

// Limits of a fetch.
const (
	pullPatience = 15 * time.Minute
	pullAnswer   = 10 << 30 // bytes
)

// fetched is a file that the server fetched.
type fetched struct {
	Key  string `json:"key"`
	Hash string `json:"hash"`
	Size int64  `json:"fsize"`
	Type string `json:"mimeType"`
}

// fetch is /fetch/<url>/to/<entry>: the server gets a file from elsewhere and keeps
// it, in place of what has the name. Without a key its hash is its name.
func (h *handlers) fetch(c *wire.Call, p door.Pair) (any, error) {
	encoded, to, ok := strings.Cut(c.Path("rest"), "/to/")
	if !ok {
		return nil, door.BadRequest("op", "/fetch/<url>/to/<entry> is expected")
	}
	from, err := door.Decode("url", encoded)
	if err != nil {
		return nil, err
	}
	target, err := door.Decode("entry", to)
	if err != nil {
		return nil, err
	}
	name, key, hasKey := strings.Cut(target, ":")
	b, err := h.BucketOf(c.Ctx(), p.By, name)
	if err != nil {
		return nil, err
	}
	if err := p.By.Need(access.ObjectWrite); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(c.Ctx(), pullPatience)
	defer cancel()
	res, err := h.pull(ctx, c, from)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	d, err := h.App.Bucket.Receive(ctx, b.Tenant, &elsewhere{res.Body}, max(res.ContentLength, 0))
	if err != nil {
		return nil, err
	}
	defer d.Discard(c.Ctx()) //nolint:errcheck // what is left is found by the sweep
	s := &door.Sent{Kind: res.Header.Get("Content-Type")}
	if u, err := url.Parse(from); err == nil {
		s.Fname = strings.ToValidUTF8(u.Path[strings.LastIndexByte(u.Path, '/')+1:], "?")
	}
	if !hasKey {
		key = d.Hash
	}
	put := bucket.Put{Bucket: b, Key: key, Mode: bucket.Overwrite, Type: door.TypeOf(0, s, key, door.Arrived{Sniff: d.Type})}
	o, err := h.App.Bucket.Commit(ctx, p.By, d, put)
	if err != nil {
		return nil, err
	}
	return fetched{o.Key, o.Hash, o.Size, o.Type}, nil
}

// pull asks for a file elsewhere.
func (h *handlers) pull(ctx context.Context, c *wire.Call, from string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil || req.URL.Scheme != "http" && req.URL.Scheme != "https" || req.URL.Hostname() == "" {
		return nil, door.BadRequest("url", "the address to fetch is no http or https address")
	}
	res, err := h.Client(c, h.pulls).Do(req)
	if err != nil {
		return nil, notFetched(err)
	}
	if res.StatusCode != http.StatusOK {
		_ = res.Body.Close()
		return nil, fault.New(fault.Invalid, door.CodeUnserved, "url", "httpGet url failed: the address answered %d", res.StatusCode)
	}
	return res, nil
}

func notFetched(err error) error {
	var refused *egress.RefusedError
	if errors.As(err, &refused) {
		return fault.New(fault.Denied, door.CodeUnserved, "url", "httpGet url failed: the address is not one that this server may ask").With(err)
	}
	return fault.New(fault.Invalid, door.CodeUnserved, "url", "httpGet url failed: the address could not be reached").With(err)
}

// elsewhere makes faults of errors of another server's body.
type elsewhere struct{ body io.Reader }

func (e *elsewhere) Read(p []byte) (int, error) {
	n, err := e.body.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fault.New(fault.Invalid, door.CodeUnserved, "url", "httpGet url failed: the answer broke off").With(err)
	}
	return n, err
}
