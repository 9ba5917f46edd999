package kodo

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"stoa/api/kodo/door"
	"stoa/api/kodo/serve"
	"stoa/api/kodo/variable"
	"stoa/api/wire"
	"stoa/app/bucket"
	"stoa/app/fault"
)

// place decides under which name a file is kept, or why not.
func (h *handlers) place(g *door.Grant, s *door.Sent, a door.Arrived) (bucket.Put, error) {
	p := g.Policy
	now := h.App.Now()
	if p.Expired(now) {
		return bucket.Put{}, door.OldToken()
	}
	if !utf8.ValidString(s.Fname) || len(s.Fname) > door.MaxFname {
		return bucket.Put{}, door.BadRequest("fname", "a file's name has up to %d bytes of UTF-8", door.MaxFname)
	}
	if swells(g, s) {
		return bucket.Put{}, door.BadRequest("x", "the values of the upload token's variables come to more than %d bytes", maxFilled)
	}
	put := bucket.Put{Bucket: g.Bucket, EndUser: strings.ToValidUTF8(p.EndUser, "?"), Meta: s.Meta}
	var err error
	if put.Key, err = h.name(g, s, a); err != nil {
		return put, err
	}
	if err := limits(g, a.Size); err != nil {
		return put, err
	}
	put.Type = door.TypeOf(int(p.DetectMime), s, put.Key, a)
	if !p.AllowsType(put.Type) {
		return put, fault.New(fault.Denied, door.CodeLimit, "mimeLimit", "the upload token does not allow files of the type %s", put.Type)
	}
	if p.Overwrites() {
		put.Mode = bucket.Overwrite
	}
	if p.DeleteAfterDays > 0 {
		put.Expires = now.AddDate(0, 0, int(p.DeleteAfterDays))
	}
	return put, nil
}

// maxFilled bounds what the client's values add to a template, in bytes: one that
// names a long value often would come to hundreds of times what was sent.
const maxFilled = 1 << 20

// swells reports a template of the token's that the client's values make too long.
func swells(g *door.Grant, s *door.Sent) bool {
	f := &facts{sent: s, endUser: g.Policy.EndUser}
	for _, template := range []string{g.Policy.SaveKey, g.Policy.ReturnBody, g.Policy.CallbackBody} {
		n := 0
		for _, name := range variable.Names(template) {
			if strings.HasPrefix(name, "x:") || slices.Contains([]string{"fname", "fprefix", "ext", "endUser", "fparam"}, name) {
				n += len(f.of(name).Text)
			}
		}
		if n > maxFilled {
			return true
		}
	}
	return false
}

// name is the key: the token's, the client's, the token's for clients that name
// none, or the hash.
func (h *handlers) name(g *door.Grant, s *door.Sent, a door.Arrived) (string, error) {
	p := g.Policy
	key := a.Hash
	switch {
	case p.SaveKey != "" && (bool(p.ForceSaveKey) || s.Key == nil):
		facts := &facts{bucket: g.Bucket.Name, hash: a.Hash, size: a.Size, sent: s, endUser: p.EndUser, now: h.now()}
		facts.kind = door.TypeOf(int(p.DetectMime), s, "", a)
		key = variable.Plain(p.SaveKey, facts.of)
	case s.Key != nil:
		key = *s.Key
	}
	if err := bucket.CheckKey(key); err != nil {
		return "", err
	}
	return key, g.Covers(key)
}

// now is the time in the zone that the configuration names.
func (h *handlers) now() time.Time { return h.App.Now().In(h.App.Config.Location()) }

// limits judges a file's size by the token.
func limits(g *door.Grant, size int64) error {
	p := g.Policy
	if p.FsizeLimit > 0 && size > int64(p.FsizeLimit) {
		return fault.New(fault.TooLarge, door.CodeLimit, "fsizeLimit", "the file is larger than the %d bytes that the upload token allows", p.FsizeLimit)
	}
	if size < int64(p.FsizeMin) {
		return fault.New(fault.Denied, door.CodeLimit, "fsizeMin", "the file is smaller than the %d bytes that the upload token asks for", p.FsizeMin)
	}
	return nil
}

// finish answers a client whose file was made.
func (h *handlers) finish(c *wire.Call, g *door.Grant, s *door.Sent, o *bucket.Object) (any, error) {
	f := &facts{bucket: g.Bucket.Name, key: o.Key, hash: o.Hash, size: o.Size, kind: o.Type, sent: s, endUser: g.Policy.EndUser, now: h.now(),
		picture: func() *serve.Info { return h.pictureOf(c, g, o) }}
	p := g.Policy
	switch {
	case p.CallbackURL != "":
		return h.callback(c, g, f)
	case p.ReturnURL != "":
		return h.redirect(p.ReturnURL, f, p.ReturnBody), nil
	}
	return wire.Bytes(200, "application/json", []byte(returned(p.ReturnBody, f))), nil
}

// returned is the answer's body.
func returned(template string, f *facts) string {
	if template == "" {
		template = `{"hash":$(etag),"key":$(key)}`
	}
	return variable.JSON(template, f.of)
}

// pictureOf looks at a file that has just come in; nil = it is no picture.
func (h *handlers) pictureOf(c *wire.Call, g *door.Grant, o *bucket.Object) *serve.Info {
	ctx := context.WithoutCancel(c.Ctx()) // a callback tells of it though the client has left
	f, err := h.App.Bucket.Open(ctx, g.By, g.Bucket, o.Key)
	if err != nil {
		return nil
	}
	info, err := serve.Inspect(ctx, f)
	if err != nil {
		return nil
	}
	return info
}
