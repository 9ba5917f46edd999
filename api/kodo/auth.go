package kodo

import (
	"context"
	"strings"
	"time"

	"stoa/api/kodo/policy"
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/accesskey/signature"
	"stoa/app/bucket"
	"stoa/app/fault"
)

// pair is an access key that has proved itself.
type pair struct {
	access, secret string
	by             access.Actor
}

// find is a key that may be used; every refusal is the same bad token.
func (h *handlers) find(ctx context.Context, id string, o access.Origin) (pair, error) {
	_, secret, by, err := h.app.AccessKey.Find(ctx, id, o)
	if fault.KindOf(err) == fault.Unauthenticated && err != nil {
		return pair{}, badToken()
	}
	return pair{id, string(secret), by}, err
}

// grant is what an upload token lets its bearer do.
type grant struct {
	pair
	policy *policy.Policy
	bucket *bucket.Bucket
}

// upToken is the token of a resumable or base64 upload: Authorization: UpToken.
func upToken(c *wire.Call) string {
	scheme, token, ok := strings.Cut(strings.TrimSpace(c.Header("Authorization")), " ")
	if !ok || !strings.EqualFold(scheme, "UpToken") {
		return ""
	}
	return token
}

// grant judges an upload token. The deadline is judged again when the file is made.
func (h *handlers) grant(c *wire.Call, token string) (*grant, error) {
	if token == "" {
		return nil, noToken()
	}
	t, ok := signature.ParseToken(token)
	if !ok {
		return nil, badToken()
	}
	p, err := h.find(c.Ctx(), t.Access, c.Origin())
	if err != nil {
		return nil, err
	}
	if !t.Verify(p.secret) {
		return nil, badToken()
	}
	g := &grant{pair: p}
	if g.policy, err = policy.Parse(t.Policy); err != nil {
		return nil, err
	}
	if g.policy.Expired(h.app.Now()) {
		return nil, oldToken()
	}
	if err := p.by.Need(access.ObjectWrite); err != nil {
		return nil, err
	}
	g.bucket, err = h.bucket(c.Ctx(), p.by, g.policy.Bucket)
	return g, err
}

// bucket is a bucket of the caller's tenant.
func (h *handlers) bucket(ctx context.Context, by access.Actor, name string) (*bucket.Bucket, error) {
	b, err := h.app.Bucket.ByName(ctx, name)
	if err == nil && b.Tenant != by.Tenant {
		err = fault.New(fault.NotFound, "bucket.not_found", "bucket", "there is no such bucket")
	}
	return b, err
}

// skew is how far a request's X-Qiniu-Date may be from the server's time.
const skew = 15 * time.Minute

// manager is who signed a call that manages files.
func (h *handlers) manager(c *wire.Call) (pair, error) {
	given := c.Header("Authorization")
	if given == "" {
		return pair{}, noToken()
	}
	header, ok := signature.ParseHeader(given)
	if !ok {
		return pair{}, badToken()
	}
	p, err := h.find(c.Ctx(), header.Access, c.Origin())
	if err != nil {
		return pair{}, err
	}
	body, err := c.Body()
	if err != nil {
		return pair{}, err
	}
	r := c.Request()
	signed := signature.Request{Method: r.Method, Host: r.Host, Path: r.URL.RequestURI(), Plain: r.URL.Path, Type: c.Header("Content-Type"),
		Header: r.Header, Body: body}
	if r.URL.RawQuery != "" {
		signed.Plain += "?" + r.URL.RawQuery
	}
	if !header.Verify(p.secret, signed) {
		return pair{}, badToken()
	}
	return p, h.fresh(c.Header("X-Qiniu-Date"))
}

// fresh judges the time at which a request says that it was signed.
func (h *handlers) fresh(date string) error {
	if date == "" {
		return nil
	}
	at, err := time.Parse("20060102T150405Z", date)
	if err != nil {
		return badRequest("X-Qiniu-Date", "X-Qiniu-Date is no time such as 20260102T030405Z")
	}
	if d := h.app.Now().Sub(at); d > skew || d < -skew {
		return fault.New(fault.Denied, codeToken, "X-Qiniu-Date", "request time is too skewed: the clocks of client and server are apart by more than 15 minutes")
	}
	return nil
}

// managed lets a handler be called by who signed.
func (h *handlers) managed(handle func(*wire.Call, pair) (any, error)) wire.Handler {
	return func(c *wire.Call) (any, error) {
		p, err := h.manager(c)
		if err != nil {
			return nil, err
		}
		return handle(c, p)
	}
}
