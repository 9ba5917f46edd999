package wire

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"

	"stoa/app/fault"
)

// Upload is the file that a request brings, as a whole: the part of a form
// (multipart/form-data) that is named field, or the body itself where it is no
// form. It is as large as the route's MaxBody allows; "" is no file name.
func (c *Call) Upload(field string) (name string, content []byte, err error) {
	body, err := c.Body()
	if err != nil {
		return "", nil, err
	}
	kind, params, err := mime.ParseMediaType(c.Header("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return "", body, nil
	}
	parts := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return "", nil, fault.New(fault.Missing, "body.file", field, "the form has no file named %q", field)
		}
		if err != nil {
			return "", nil, brokenForm(err)
		}
		if part.FormName() != field {
			continue
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return "", nil, brokenForm(err)
		}
		return part.FileName(), content, nil
	}
}

func brokenForm(err error) error {
	return fault.New(fault.Malformed, "body.form", "", "the body is no valid multipart form").With(err)
}
