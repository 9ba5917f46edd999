package rest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"net/http"

	"stoa/api/wire"
	"stoa/app/fault"
	"stoa/app/idempotency"
)

// Once makes a create answer the same when it is sent again with the same
// Idempotency-Key by the same caller.
func Once(memory *idempotency.Service, h wire.Handler) wire.Handler {
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
		kept, err := memory.Begin(c.Ctx(), c.Actor, key, request)
		if err != nil {
			return nil, err
		}
		if kept != nil {
			return answer(*kept).With("Idempotency-Replayed", "true"), nil
		}
		return keep(c, memory, key, request, h)
	}
}

// keep runs h and keeps what it answered. A refusal frees the key; so does an
// answer that can't be kept, which is given all the same. Both happen even when
// the client has gone away meanwhile.
func keep(c *wire.Call, memory *idempotency.Service, key string, request []byte, h wire.Handler) (any, error) {
	ctx := context.WithoutCancel(c.Ctx())
	result, err := h(c)
	if err != nil {
		if free := memory.Forget(ctx, c.Actor, key); free != nil {
			return nil, free
		}
		return nil, err
	}
	created, isCreated := result.(wire.Created)
	if !isCreated {
		return result, memory.Forget(ctx, c.Actor, key)
	}
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(created.Value); err != nil {
		return nil, fault.Wrap(err)
	}
	a := idempotency.Answer{Status: http.StatusCreated, Location: created.Location, Body: body.Bytes()}
	if err := memory.Finish(ctx, c.Actor, key, request, a); err != nil {
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
