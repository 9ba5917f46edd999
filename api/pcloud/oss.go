package pcloud

import (
	"io"
	"net/http"
	"strings"

	"stoa/api/wire"
	"stoa/app/avatar"
)

const (
	uploadRoute = "pcloud.oss.upload"
	avatarRoute = "pcloud.oss.avatar"
	avatarPath  = "/api/oss/avatar/"
)

// ossRoutes are uploads and what is asked of cloud storage.
func (h handlers) ossRoutes(prefix string) []wire.Route {
	oss := prefix + "/oss"
	return []wire.Route{
		{Method: "POST", Path: oss + "/upload", Name: uploadRoute, MaxBody: avatar.MaxBytes + 64<<10, Handle: h.ossUpload},
		{Method: "GET", Path: oss + "/avatar/{picture}", Name: avatarRoute, Public: true, Handle: h.ossAvatar},
		{Method: "GET", Path: oss + "/cloud/bucket/{type}", Name: "pcloud.oss.buckets", Handle: h.ossBuckets},
		{Method: "POST", Path: oss + "/cloud/objects", Name: "pcloud.oss.objects", Handle: h.ossObjects},
	}
}

// uploaded is where the front end finds the picture.
type uploaded struct {
	URL string `json:"url"`
}

// ossUpload keeps a picture. The front end sends its address back as the avatar
// of the user that it saves next.
func (h handlers) ossUpload(c *wire.Call) (any, error) {
	_, raw, err := c.Upload("file")
	if err != nil {
		return nil, err
	}
	p, err := h.app.Avatar.Upload(c.Ctx(), c.Actor, raw)
	if err != nil {
		return nil, err
	}
	return uploaded{avatarURL(p.URL())}, nil
}

// avatarURL is a picture's address as this dialect serves it: below /api/oss/,
// which every build of the front end passes on to the server.
func avatarURL(stored string) string {
	if id, ours := strings.CutPrefix(stored, avatar.Path); ours {
		return avatarPath + id
	}
	return stored
}

// storedAvatar turns avatarURL back.
func storedAvatar(url string) string {
	for _, path := range []string{avatarPath, strings.TrimPrefix(avatarPath, "/api")} {
		if id, ours := strings.CutPrefix(url, path); ours {
			return avatar.Path + id
		}
	}
	return url
}

func (h handlers) ossAvatar(c *wire.Call) (any, error) {
	p, body, err := h.app.Avatar.Open(c.Ctx(), c.Path("picture"))
	if err != nil {
		return nil, err
	}
	header := http.Header{"Etag": {`"` + p.SHA256 + `"`}, "Cache-Control": {"public, max-age=31536000, immutable"}}
	return wire.WithHeader{Header: header, Value: wire.File{Type: p.Type, Size: p.Size, Write: func(w io.Writer) error {
		defer body.Close()
		_, err := io.Copy(w, body)
		return err
	}}}, nil
}

// ossBuckets and ossObjects are empty: the server keeps no buckets at a cloud.
func (h handlers) ossBuckets(*wire.Call) (any, error) { return []struct{}{}, nil }

func (h handlers) ossObjects(*wire.Call) (any, error) { return []struct{}{}, nil }
