package door

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
	"stoa/app/throttle"
)

// Pair is an access key that has proved itself.
type Pair struct {
	Access, Secret string
	By             access.Actor // whom it acts for
}

// Find is a key that may be used; every refusal is the same bad token.
func (d *Door) Find(ctx context.Context, id string, o access.Origin) (Pair, error) {
	_, secret, by, err := d.App.AccessKey.Find(ctx, id, o)
	if fault.KindOf(err) == fault.Unauthenticated && err != nil {
		return Pair{}, d.Refuse(ctx, o)
	}
	return Pair{id, string(secret), by}, err
}

// Refuse is the refusal of a token or signature that does not hold. An address that
// brings too many is told to wait; what holds is let in from there all the same.
func (d *Door) Refuse(ctx context.Context, o access.Origin) error {
	if err := d.App.Throttle.Allow(ctx, throttle.SignatureAddress, o.Address); err != nil {
		return err
	}
	return BadToken()
}

// Grant is what an upload token lets its bearer do.
type Grant struct {
	Pair
	Policy *policy.Policy
	Bucket *bucket.Bucket
}

// Covers refuses a file's name outside of the token's scope.
func (g *Grant) Covers(key string) error {
	if !g.Policy.AllowsKey(key) {
		return fault.New(fault.Denied, CodeScope, "key", "key doesn't match with scope")
	}
	return nil
}

// UpToken is the token of a resumable or base64 upload: Authorization: UpToken.
func UpToken(c *wire.Call) string {
	scheme, token, ok := strings.Cut(strings.TrimSpace(c.Header("Authorization")), " ")
	if !ok || !strings.EqualFold(scheme, "UpToken") {
		return ""
	}
	return token
}

// Grant judges an upload token. The deadline is judged again when the file is made.
func (d *Door) Grant(c *wire.Call, token string) (*Grant, error) {
	if token == "" {
		return nil, NoToken()
	}
	t, ok := signature.ParseToken(token)
	if !ok {
		return nil, d.Refuse(c.Ctx(), c.Origin())
	}
	p, err := d.Find(c.Ctx(), t.Access, c.Origin())
	if err != nil {
		return nil, err
	}
	if !t.Verify(p.Secret) {
		return nil, d.Refuse(c.Ctx(), c.Origin())
	}
	g := &Grant{Pair: p}
	if g.Policy, err = policy.Parse(t.Policy); err != nil {
		return nil, err
	}
	if g.Policy.Expired(d.App.Now()) {
		return nil, OldToken()
	}
	if err := p.By.Need(access.ObjectWrite); err != nil {
		return nil, err
	}
	g.Bucket, err = d.BucketOf(c.Ctx(), p.By, g.Policy.Bucket)
	if err == nil {
		c.Known()
	}
	return g, err
}

// BucketOf is a bucket of the caller's tenant.
func (d *Door) BucketOf(ctx context.Context, by access.Actor, name string) (*bucket.Bucket, error) {
	b, err := d.App.Bucket.ByName(ctx, name)
	if err == nil && b.Tenant != by.Tenant {
		err = fault.New(fault.NotFound, "bucket.not_found", "bucket", "there is no such bucket")
	}
	return b, err
}

// skew is how far a request's X-Qiniu-Date may be from the server's time.
const skew = 15 * time.Minute

// manager is who signed a call that manages files.
func (d *Door) manager(c *wire.Call) (Pair, error) {
	given := c.Header("Authorization")
	if given == "" {
		return Pair{}, NoToken()
	}
	header, ok := signature.ParseHeader(given)
	if !ok {
		return Pair{}, d.Refuse(c.Ctx(), c.Origin())
	}
	p, err := d.Find(c.Ctx(), header.Access, c.Origin())
	if err != nil {
		return Pair{}, err
	}
	body, err := c.Body()
	if err != nil {
		return Pair{}, err
	}
	r := c.Request()
	signed := signature.Request{Method: r.Method, Host: r.Host, Path: r.URL.RequestURI(), Plain: r.URL.Path, Type: c.Header("Content-Type"),
		Header: r.Header, Body: body}
	if r.URL.RawQuery != "" {
		signed.Plain += "?" + r.URL.RawQuery
	}
	if !header.Verify(p.Secret, signed) {
		return Pair{}, d.Refuse(c.Ctx(), c.Origin())
	}
	return p, d.fresh(c.Header("X-Qiniu-Date"))
}

// fresh judges the time at which a request says that it was signed.
func (d *Door) fresh(date string) error {
	if date == "" {
		return nil
	}
	at, err := time.Parse("20060102T150405Z", date)
	if err != nil {
		return BadRequest("X-Qiniu-Date", "X-Qiniu-Date is no time such as 20260102T030405Z")
	}
	if d := d.App.Now().Sub(at); d > skew || d < -skew {
		return fault.New(fault.Denied, CodeToken, "X-Qiniu-Date", "request time is too skewed: the clocks of client and server are apart by more than 15 minutes")
	}
	return nil
}

// Managed lets a handler be called by who signed.
func (d *Door) Managed(handle func(*wire.Call, Pair) (any, error)) wire.Handler {
	return func(c *wire.Call) (any, error) {
		p, err := d.manager(c)
		if err != nil {
			return nil, err
		}
		return handle(c, p)
	}
}
