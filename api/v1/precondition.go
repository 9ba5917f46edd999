package v1

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"stoa/api/wire"
	"stoa/app/fault"
	"stoa/app/idempotency"
)

// etag is the entity tag of a version.
func etag(version uint64) string { return `"` + strconv.FormatUint(version, 10) + `"` }

// ifMatch is the version that the caller means to change; 0 = whichever there
// is. A tag that no version can have is as stale as an old one.
func ifMatch(c *wire.Call) (uint64, error) {
	h := strings.TrimSpace(c.Header("If-Match"))
	if h == "" || h == "*" {
		return 0, nil
	}
	inner, opened := strings.CutPrefix(h, `"`)
	inner, closed := strings.CutSuffix(inner, `"`)
	v, err := strconv.ParseUint(inner, 10, 64)
	if err != nil || !opened || !closed || v == 0 {
		return 0, fault.New(fault.Stale, "if_match.unknown", "If-Match", "If-Match is %q, which is no version of this object: send the ETag of its last reading", h)
	}
	return v, nil
}

// once makes a create answer the same when it is sent again with the same
// Idempotency-Key by the same caller.
func (d *door) once(h wire.Handler) wire.Handler {
	return func(c *wire.Call) (any, error) {
		key := c.Header("Idempotency-Key")
		if key == "" || !c.Actor.SignedIn() {
			return h(c)
		}
		body, err := c.Body()
		if err != nil {
			return nil, err
		}
		sum := sha256.New()
		sum.Write([]byte(c.Method() + "\n" + c.Request().URL.RequestURI() + "\n"))
		sum.Write(body)
		request := sum.Sum(nil)
		kept, err := d.app.Idempotency.Begin(c.Ctx(), c.Actor, key, request)
		if err != nil {
			return nil, err
		}
		if kept != nil {
			return answer(*kept).With("Idempotency-Replayed", "true"), nil
		}
		return d.keep(c, key, request, h)
	}
}

// keep runs h and keeps what it answered. A refusal frees the key; so does an
// answer that can't be kept, which is given all the same. Both happen even when
// the client has gone away meanwhile.
func (d *door) keep(c *wire.Call, key string, request []byte, h wire.Handler) (any, error) {
	ctx := context.WithoutCancel(c.Ctx())
	result, err := h(c)
	if err != nil {
		if free := d.app.Idempotency.Forget(ctx, c.Actor, key); free != nil {
			return nil, free
		}
		return nil, err
	}
	created, isCreated := result.(wire.Created)
	if !isCreated {
		return result, d.app.Idempotency.Forget(ctx, c.Actor, key)
	}
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(created.Value); err != nil {
		return nil, fault.Wrap(err)
	}
	a := idempotency.Answer{Status: http.StatusCreated, Location: created.Location, Body: body.Bytes()}
	if err := d.app.Idempotency.Finish(ctx, c.Actor, key, request, a); err != nil {
		return nil, err
	}
	return answer(a), nil
}

func answer(a idempotency.Answer) wire.Response {
	r := wire.Bytes(a.Status, "application/json", a.Body)
	if a.Location != "" {
		r = r.With("Location", a.Location)
	}
	return r
}

// created is a 201 for a new object of a collection.
func created(collection string, id uint64, v any) wire.Created {
	return wire.Created{Location: "/v1/" + collection + "/" + strconv.FormatUint(id, 10), Value: v}
}
