package kodo

import (
	"errors"
	"io"
	"mime/multipart"
	"net/url"
	"strconv"
	"strings"

	"stoa/api/kodo/door"
	"stoa/api/wire"
	"stoa/app/bucket"
	"stoa/app/fault"
)

func (h *handlers) routes() []wire.Route {
	const uploads = "/buckets/{bucket}/objects/{key}/uploads"
	var out []wire.Route
	for _, r := range [][]wire.Route{
		door.Both("POST", "/{$}", "kodo.form", h.form),
		door.Both("POST", "/putb64/{rest...}", "kodo.base64", h.base64),
		door.Both("POST", "/mkblk/{size}", "kodo.mkblk", h.makeBlock),
		door.Both("POST", "/bput/{ctx}/{offset}", "kodo.bput", h.appendBlock),
		door.Both("POST", "/mkfile/{rest...}", "kodo.mkfile", h.makeFile),
		door.Both("POST", uploads, "kodo.parts.start", h.startParts),
		door.Both("PUT", uploads+"/{upload}/{part}", "kodo.parts.put", h.putPart),
		door.Both("POST", uploads+"/{upload}", "kodo.parts.complete", h.completeParts),
		door.Both("GET", uploads+"/{upload}", "kodo.parts.list", h.listParts)[:1],
		door.Both("DELETE", uploads+"/{upload}", "kodo.parts.abort", h.abortParts)[:1],
	} {
		out = append(out, r...)
	}
	return out
}

// Limits of a form.
const (
	maxField  = 64 << 10 // bytes of one that is no file
	maxFields = 250
)

// formUpload is a form on its way in.
type formUpload struct {
	h     *handlers
	c     *wire.Call
	sent  door.Sent
	token string
	crc   string
	grant *door.Grant
	draft *bucket.Draft
}

// form is POST /: a file with its token, in a form. The file goes where files lie
// as it comes, and gets its name when all of the form is there.
func (h *handlers) form(c *wire.Call) (any, error) {
	parts, err := c.Multipart(0)
	if err != nil {
		return nil, err
	}
	f := &formUpload{h: h, c: c}
	defer f.discard()
	result, err := f.take(parts)
	if err != nil && f.grant != nil && f.grant.Policy.ReturnURL != "" && fault.KindOf(err) != fault.Internal {
		return refusedTo(f.grant.Policy.ReturnURL, fault.Of(err)), nil
	}
	return result, err
}

func (f *formUpload) discard() {
	if f.draft != nil {
		_ = f.draft.Discard(f.c.Ctx()) // what is left is found by the sweep
	}
}

func (f *formUpload) take(parts *multipart.Reader) (any, error) {
	for n := 0; ; n++ {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil && n == maxFields {
			err = door.BadRequest("", "a form has up to %d fields", maxFields)
		}
		if err == nil && part.FormName() == "file" {
			err = f.file(part)
		} else if err == nil {
			err = f.field(part)
		}
		if err != nil {
			return nil, wire.BrokenForm(err)
		}
	}
	switch {
	case f.token == "":
		return nil, door.NoToken()
	case f.draft == nil:
		return nil, fault.New(fault.Missing, door.CodeRequest, "file", "the form has no file: a part named file is expected")
	}
	return f.commit()
}

// field takes a part that is no file.
func (f *formUpload) field(part *multipart.Part) error {
	raw, err := io.ReadAll(io.LimitReader(part, maxField+1))
	if err != nil {
		return err
	}
	if len(raw) > maxField {
		return door.BadRequest(part.FormName(), "a field of the form has up to %d bytes", maxField)
	}
	value := string(raw)
	switch name := part.FormName(); name {
	case "token":
		f.token = value
	case "key":
		f.sent.Key = &value
	case "fname":
		f.sent.Fname = value
	case "crc32":
		f.crc = value
	default:
		return f.sent.Note(name, value)
	}
	return nil
}

// file takes the file in; whose it is must be known by then.
func (f *formUpload) file(part *multipart.Part) (err error) {
	if f.draft != nil {
		return door.BadRequest("file", "the form has more than one file")
	}
	if f.token == "" {
		return fault.New(fault.Unauthenticated, door.CodeToken, "token", "token not specified: in the form it comes before the file")
	}
	if f.grant, err = f.h.Grant(f.c, f.token); err != nil {
		return err
	}
	if f.sent.Fname == "" {
		f.sent.Fname = part.FileName()
	}
	f.sent.Kind = part.Header.Get("Content-Type")
	f.draft, err = f.h.receive(f.c, f.grant, part, 0)
	return err
}

// receive takes in a file's bytes, as many as the token allows.
func (h *handlers) receive(c *wire.Call, g *door.Grant, body io.Reader, size int64) (*bucket.Draft, error) {
	body = &whole{body}
	if limit := int64(g.Policy.FsizeLimit); limit > 0 {
		if size > limit {
			return nil, limits(g, size)
		}
		body = &capped{body: body, left: limit, refusal: limits(g, limit+1)}
	}
	return h.App.Bucket.Receive(c.Ctx(), g.By.Tenant, body, size)
}

// whole makes faults of a body's errors.
type whole struct{ body io.Reader }

func (w *whole) Read(p []byte) (int, error) {
	n, err := w.body.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = wire.BrokenForm(err)
	}
	return n, err
}

// capped refuses at the first byte too many.
type capped struct {
	body    io.Reader
	left    int64
	refusal error
}

func (l *capped) Read(p []byte) (int, error) {
	n, err := l.body.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, l.refusal
	}
	return n, err
}

// commit names the file.
func (f *formUpload) commit() (any, error) {
	if f.crc != "" {
		if err := checkSum(f.crc, f.draft.CRC32); err != nil {
			return nil, err
		}
	}
	return f.h.commit(f.c, f.grant, &f.sent, f.draft)
}

// checkSum holds a decimal CRC-32 against the bytes'.
func checkSum(given string, got uint32) error {
	n, err := strconv.ParseUint(strings.TrimSpace(given), 10, 32)
	if err != nil {
		return door.BadRequest("crc32", "crc32 is a decimal number")
	}
	if uint32(n) != got {
		return fault.New(fault.Invalid, door.CodeSum, "crc32", "crc32 mismatch: the file did not arrive as it was sent")
	}
	return nil
}

// commit names a draft and answers.
func (h *handlers) commit(c *wire.Call, g *door.Grant, s *door.Sent, d *bucket.Draft) (any, error) {
	put, err := h.place(g, s, door.Arrived{Size: d.Size, Hash: d.Hash, Sniff: d.Type})
	if err != nil {
		return nil, err
	}
	o, err := h.App.Bucket.Commit(c.Ctx(), g.By, d, put)
	if err != nil {
		return nil, err
	}
	return h.finish(c, g, s, o)
}

// redirect sends a page on, with what it asked to be told.
func (h *handlers) redirect(to string, f *facts, template string) any {
	return wire.Redirect{URL: extend(to, url.Values{"upload_ret": {door.Encode([]byte(returned(template, f)))}})}
}

// refusedTo sends a page on although its file was refused.
func refusedTo(to string, f *fault.Fault) any {
	return wire.Redirect{URL: extend(to, url.Values{"code": {strconv.Itoa(door.Code(f))}, "error": {door.Words(f)}})}
}

// extend adds to an address's query.
func extend(to string, more url.Values) string {
	u, err := url.Parse(to)
	if err != nil { // the policy was judged before
		return to
	}
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += more.Encode()
	return u.String()
}
