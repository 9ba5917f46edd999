package gallery

import (
	"net/url"
	"strings"

	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/accesskey/signature"
	"stoa/app/bucket"
	"stoa/app/fault"
	"stoa/app/image"
)

// imageView is a picture that was registered.
type imageView struct {
	Code     int    `json:"code"`
	ID       uint64 `json:"id"`
	URL      string `json:"url"`
	Param    string `json:"param"`
	Filename string `json:"filename,omitempty"`
}

// addInfo registers a picture that lies elsewhere.
func (h handlers) addInfo(c *wire.Call) (any, error) {
	var in struct {
		URL      string    `json:"url"`
		Filename wire.Text `json:"filename"`
		Param    wire.Text `json:"param"`
		User     *wire.Int `json:"user_id"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if err := missing("url", in.URL, "filename", string(in.Filename)); err != nil {
		return nil, err
	}
	by, err := h.owner(c, in.User)
	if err != nil {
		return nil, err
	}
	if _, err := h.app.Image.Register(c.Ctx(), by, image.New{URL: in.URL, Filename: string(in.Filename), Param: string(in.Param)}); err != nil {
		return nil, err
	}
	return done{1}, nil
}

// owner is the caller, who must be the person named, if one is; in a network
// declared closed it is the person named, whoever calls.
func (h handlers) owner(c *wire.Call, user *wire.Int) (access.Actor, error) {
	switch {
	case c.Actor.SignedIn() && (user == nil || user.Uint() == c.Actor.Account):
		return c.Actor, nil
	case !c.Actor.SignedIn() && user != nil:
		by, err := h.app.Session.Acting(c.Ctx(), user.Uint(), 0)
		by.Origin = c.Origin()
		return by, err
	case !c.Actor.SignedIn():
		return access.Actor{}, fault.New(fault.Missing, "gallery.missing", "user_id", "user_id is missing")
	}
	return access.Actor{}, fault.New(fault.Denied, "gallery.user", "user_id", "user_id must be the signed-in user's")
}

// queryImage looks a picture up.
func (h handlers) queryImage(c *wire.Call) (any, error) {
	var in struct {
		ID wire.Int `json:"id"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if in.ID == 0 {
		return nil, fault.New(fault.Missing, "gallery.missing", "id", "id is missing")
	}
	get := func() (*image.Image, error) { return h.app.Image.Get(c.Ctx(), c.Actor, in.ID.Uint()) }
	if !c.Actor.SignedIn() { // the route lets nobody else in but in a closed network
		get = func() (*image.Image, error) { return h.app.Image.Any(c.Ctx(), in.ID.Uint()) }
	}
	i, err := get()
	if err != nil {
		return nil, err
	}
	return imageView{Code: 1, ID: i.ID, URL: h.address(c, i), Param: i.Param}, nil
}

// address is where a picture is had from.
func (h handlers) address(c *wire.Call, i *image.Image) string {
	if i.URL != "" {
		return i.URL
	}
	base := strings.TrimRight(h.app.Config.PublicURL, "/")
	if base == "" {
		base = "http://" + c.Request().Host
		if c.Secure() {
			base = "https://" + c.Request().Host
		}
	}
	return base + "/" + i.Name + "/" + (&url.URL{Path: i.Key}).EscapedPath()
}

// entryHeader names the file of a callback that this server makes itself:
// base64url of bucket:key. It is no more than a hint; what it names must be the
// signer's.
const entryHeader = "X-Stoa-Entry"

// upload receives the callback of an upload: it is signed by an access key, whose
// account the picture then belongs to.
func (h handlers) upload(c *wire.Call) (any, error) {
	by, err := h.signer(c)
	if err != nil {
		return nil, err
	}
	body, err := c.Body()
	if err != nil {
		return nil, err
	}
	in, err := parseCallback(c.Header("Content-Type"), body)
	if err != nil {
		return nil, err
	}
	if err := missing("filename", in.filename); err != nil {
		return nil, err
	}
	b, o, err := h.file(c, by, in)
	if err != nil {
		return nil, err
	}
	i, err := h.app.Image.Register(c.Ctx(), by, image.New{Bucket: b.ID, Name: b.Name, Key: o.Key, Filename: in.filename, Param: in.param, Size: o.Size})
	if err != nil {
		return nil, err
	}
	return imageView{Code: 1, ID: i.ID, URL: h.address(c, i), Param: i.Param, Filename: i.Filename}, nil
}

// signer is who signed the callback. A signature that does not hold is a real 401,
// and nothing is recorded.
func (h handlers) signer(c *wire.Call) (access.Actor, error) {
	refused := fault.New(fault.Unauthenticated, codeSignature, "Authorization", "the callback is not signed by an access key of this server")
	header, ok := signature.ParseHeader(c.Header("Authorization"))
	if !ok {
		return access.Actor{}, refused
	}
	body, err := c.Body()
	if err != nil {
		return access.Actor{}, err
	}
	_, secret, by, err := h.app.AccessKey.Find(c.Ctx(), header.Access, c.Origin())
	if fault.KindOf(err) == fault.Unauthenticated && err != nil {
		return access.Actor{}, refused
	}
	if err != nil {
		return access.Actor{}, err
	}
	r := c.Request()
	signed := signature.Request{Method: r.Method, Host: r.Host, Path: r.URL.RequestURI(), Plain: r.URL.Path, Type: c.Header("Content-Type"), Header: r.Header, Body: body}
	if r.URL.RawQuery != "" {
		signed.Plain += "?" + r.URL.RawQuery
	}
	if !header.Verify(string(secret), signed) {
		return access.Actor{}, refused
	}
	return by, nil
}

// file finds what the callback is about: as the hint says, else the newest file of
// that name and size in the signer's buckets.
func (h handlers) file(c *wire.Call, by access.Actor, in callback) (*bucket.Bucket, *bucket.Object, error) {
	none := fault.New(fault.NotFound, "object.not_found", "filename", "no bucket of the access key's organisation has the file %q", in.filename)
	if raw, err := signature.Decode(c.Header(entryHeader)); err == nil && len(raw) > 0 {
		name, key, _ := strings.Cut(string(raw), ":")
		if b, err := h.app.Bucket.ByName(c.Ctx(), name); err == nil && b.Tenant == by.Tenant {
			if o, err := h.app.Bucket.Stat(c.Ctx(), by, b, key); err == nil {
				return b, o, nil
			}
		}
	}
	key := in.key
	if key == "" {
		key = in.filename
	}
	page, err := h.app.Bucket.List(c.Ctx(), by, bucket.Filter{Limit: 500})
	if err != nil {
		return nil, nil, err
	}
	var of *bucket.Bucket
	var found *bucket.Object
	for i := range page.Items {
		b := &page.Items[i]
		if in.bucket != "" && in.bucket != b.Name {
			continue
		}
		o, err := h.app.Bucket.Stat(c.Ctx(), by, b, key)
		if err == nil && (in.size < 0 || o.Size == in.size) && (found == nil || o.Put.After(found.Put)) {
			of, found = b, o
		}
	}
	if found == nil {
		return nil, nil, none
	}
	return of, found, nil
}
