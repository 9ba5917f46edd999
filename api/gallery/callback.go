package gallery

import (
	"encoding/json"
	"mime"
	"net/url"
	"strconv"
	"strings"

	"stoa/api/wire"
	"stoa/app/fault"
)

// callback is what the body of an upload's callback says.
type callback struct {
	filename, param string
	size            int64 // bytes; -1 = it does not say
	bucket, key     string
}

// maxPairs bounds a callback's body.
const maxPairs = 100

func unreadable(text string) error {
	return fault.New(fault.Malformed, "gallery.callback", "", "%s", text)
}

// parseCallback reads the three forms that bodies come in: JSON, a form, and the
// document's own, whose names and values are parted by colons:
// filename:a.jpg&filesize:5&param:x.
func parseCallback(contentType string, body []byte) (callback, error) {
	kind, _, _ := mime.ParseMediaType(contentType)
	text := strings.TrimSpace(string(body))
	if kind == "application/json" || strings.HasPrefix(text, "{") {
		return parseJSON(text)
	}
	c := callback{size: -1}
	pairs := strings.Split(text, "&")
	if len(pairs) > maxPairs {
		return c, unreadable("the callback's body has too many values")
	}
	for _, pair := range pairs {
		i := strings.IndexAny(pair, ":=")
		if i < 1 {
			continue
		}
		value, err := url.QueryUnescape(pair[i+1:])
		if err != nil {
			return c, unreadable("the callback's body is no form: a % must be followed by two hex digits")
		}
		if err := c.set(pair[:i], value); err != nil {
			return c, err
		}
	}
	return c, nil
}

func parseJSON(text string) (callback, error) {
	c := callback{size: -1}
	var in struct {
		Filename wire.Text  `json:"filename"`
		Size     *wire.Text `json:"filesize"`
		Param    wire.Text  `json:"param"`
		Bucket   wire.Text  `json:"bucket"`
		Key      wire.Text  `json:"key"`
	}
	if json.Unmarshal([]byte(text), &in) != nil {
		return c, unreadable("the callback's body is no JSON object with plain values")
	}
	c.filename, c.param, c.bucket, c.key = string(in.Filename), string(in.Param), string(in.Bucket), string(in.Key)
	if in.Size != nil {
		return c, c.set("filesize", string(*in.Size))
	}
	return c, nil
}

func (c *callback) set(name, value string) error {
	switch name {
	case "filename":
		c.filename = value
	case "param":
		c.param = value
	case "bucket":
		c.bucket = value
	case "key":
		c.key = value
	case "filesize":
		if value == "" {
			return nil
		}
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || n < 0 {
			return fault.New(fault.Invalid, "gallery.filesize", "filesize", "filesize is a number of bytes")
		}
		c.size = n
	}
	return nil
}
