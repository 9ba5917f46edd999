package kodo

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"path"
	"strconv"
	"strings"
	"time"

	"stoa/api/kodo/door"
	"stoa/api/kodo/serve"
	"stoa/api/kodo/variable"
)

// facts is what variables stand for.
type facts struct {
	bucket, key, hash string
	size              int64
	kind              string
	endUser           string
	sent              *door.Sent
	now               time.Time
	picture           func() *serve.Info // nil = none is looked at

	id string // uuid, the same in all places
}

// of is a variable's value.
func (f *facts) of(name string) variable.Value {
	switch name {
	case "bucket":
		return variable.String(f.bucket)
	case "key":
		return given(f.key)
	case "etag", "hash":
		return variable.String(f.hash)
	case "fname":
		return given(f.sent.Fname)
	case "fsize":
		return variable.Number(strconv.FormatInt(f.size, 10))
	case "mimeType":
		return given(f.kind)
	case "endUser":
		return given(f.endUser)
	case "ext":
		return given(path.Ext(f.sent.Fname))
	case "fprefix":
		return given(strings.TrimSuffix(f.sent.Fname, path.Ext(f.sent.Fname)))
	case "uuid":
		return variable.String(f.uuid())
	case "fparam": // the gallery's own word
		if v := f.of("x:fparam"); v.Kind != variable.Missing {
			return v
		}
		return f.of("x:param")
	}
	if strings.HasPrefix(name, "x:") {
		v, ok := f.sent.Custom[name]
		if !ok {
			return variable.Value{}
		}
		return variable.String(v)
	}
	if rest, is := strings.CutPrefix(name, "imageInfo"); is {
		return f.image(rest)
	}
	return f.clock(name)
}

func given(s string) variable.Value {
	if s == "" {
		return variable.Value{}
	}
	return variable.String(s)
}

// clock is the variables of the time.
func (f *facts) clock(name string) variable.Value {
	layout, ok := map[string]string{"year": "2006", "mon": "01", "day": "02", "hour": "15", "min": "04", "sec": "05"}[name]
	if !ok {
		return variable.Value{}
	}
	return variable.String(f.now.Format(layout))
}

// image is $(imageInfo) and its parts.
func (f *facts) image(part string) variable.Value {
	if f.picture == nil {
		return variable.Value{}
	}
	p := f.picture()
	if p == nil {
		return variable.Value{}
	}
	switch part {
	case "":
		text, err := json.Marshal(p)
		if err != nil {
			return variable.Value{}
		}
		return variable.Number(string(text))
	case ".width":
		return variable.Number(strconv.Itoa(p.Width))
	case ".height":
		return variable.Number(strconv.Itoa(p.Height))
	case ".format":
		return variable.String(p.Format)
	case ".size":
		return variable.Number(strconv.FormatInt(p.Size, 10))
	}
	return variable.Value{}
}

// uuid is a random one, version 4.
func (f *facts) uuid() string {
	if f.id == "" {
		var b [16]byte
		_, _ = rand.Read(b[:]) // never fails (crypto/rand)
		b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
		s := hex.EncodeToString(b[:])
		f.id = s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
	}
	return f.id
}
