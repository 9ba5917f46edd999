package serve

import (
	"context"
	"io"
	"strconv"
	"strings"

	"stoa/api/kodo/door"
	"stoa/api/wire"
	"stoa/app/bucket"
	"stoa/app/fault"
	"stoa/app/picture"
)

// Info is what imageInfo tells.
type Info struct {
	Size   int64  `json:"size"`
	Format string `json:"format"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Model  string `json:"colorModel"`
	Frames int    `json:"frameNumber,omitempty"`
}

// headBytes is how much of a file is looked at for the size of a picture.
const headBytes = 1 << 20

// Inspect tells the size of a picture.
func Inspect(ctx context.Context, f *bucket.File) (*Info, error) {
	head, err := read(ctx, f, min(f.Size, headBytes))
	if err != nil {
		return nil, err
	}
	i, err := picture.Inspect(head)
	if err != nil {
		return nil, err
	}
	return &Info{Size: f.Size, Format: i.Format, Width: i.Width, Height: i.Height, Model: i.Model}, nil
}

func read(ctx context.Context, f *bucket.File, n int64) ([]byte, error) {
	body, err := f.Range(ctx, 0, n)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	out, err := io.ReadAll(body)
	return out, fault.Wrap(err)
}

// operation finds what a query asks to be made of a picture; "" = nothing. Kodo does
// much more than is done here: what is not is refused, so that nobody takes the
// file for the result.
func operation(query string) (string, error) {
	for part := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(part, "=")
		op, _, _ := strings.Cut(name, "/")
		switch op {
		case "imageInfo", "imageView2":
			return name, nil
		case "imageMogr2", "imageView", "imageMogr", "imageAve", "imageslim", "watermark", "roundPic", "exif", "avinfo", "avthumb", "avsmart", "vframe", "vsample",
			"qhash", "md2html", "qrcode", "odconv", "yifangyun_preview", "saveas", "pm3u8":
			return "", door.Unserved(door.Clip(op))
		}
	}
	return "", nil
}

// maxPicture is the largest file that is decoded, in bytes.
const maxPicture = 20 << 20

// process answers with what is made of a picture.
func (h *handlers) process(c *wire.Call, f *bucket.File, op string) (any, error) {
	if op == "imageInfo" {
		return Inspect(c.Ctx(), f)
	}
	view, err := parseView(op)
	if err != nil {
		return nil, err
	}
	if f.Size > maxPicture {
		return nil, fault.New(fault.TooLarge, door.CodeLimit, "", "the picture has %d bytes: at most %d are processed", f.Size, maxPicture)
	}
	out, kind, err := h.App.Picture.Render(c.Ctx(), func() ([]byte, error) { return read(c.Ctx(), f, f.Size) }, view)
	if err != nil {
		return nil, err
	}
	return wire.Bytes(200, kind, out).With("Cache-Control", "no-cache"), nil
}

// parseView reads imageView2/<mode>/w/<width>/h/<height>/format/<format>/q/<quality>.
func parseView(op string) (picture.View, error) {
	parts := strings.Split(op, "/")[1:]
	v := picture.View{Quality: 85}
	if len(parts) == 0 {
		return v, door.BadRequest("imageView2", "imageView2/<mode>/w/<width>/h/<height> is expected")
	}
	mode, err := strconv.Atoi(parts[0])
	if err != nil || mode < 0 || mode > 5 || len(parts)%2 != 1 {
		return v, door.BadRequest("imageView2", "imageView2's mode is 0 to 5, and names and values follow")
	}
	v.Mode = picture.Mode(mode)
	for i := 1; i+1 < len(parts); i += 2 {
		if err := viewField(&v, parts[i], parts[i+1]); err != nil {
			return v, err
		}
	}
	if v.Width == 0 && v.Height == 0 {
		return v, door.BadRequest("imageView2", "imageView2 wants a width, a height or both")
	}
	return v, nil
}

func viewField(v *picture.View, name, value string) error {
	if name == "format" {
		if value = strings.ToLower(value); value == "jpeg" {
			value = "jpg"
		}
		if value != "jpg" && value != "png" && value != "gif" {
			return door.Unserved("imageView2 in the format " + door.Clip(value))
		}
		v.Format = value
		return nil
	}
	n, err := strconv.Atoi(strings.TrimSuffix(value, "!"))
	if err != nil || n < 0 {
		return door.BadRequest("imageView2", "imageView2: %s is a number", door.Clip(name))
	}
	switch name {
	case "w", "h":
		if n < 1 || n > picture.MaxSide {
			return door.BadRequest("imageView2", "imageView2: w and h are 1 to %d pixels", picture.MaxSide)
		}
		if name == "w" {
			v.Width = n
		} else {
			v.Height = n
		}
	case "q":
		if n < 1 || n > 100 {
			return door.BadRequest("imageView2", "imageView2: q is 1 to 100")
		}
		v.Quality = n
	case "interlace", "ignore-error", "colors":
	default:
		return door.Unserved("imageView2 with " + door.Clip(name))
	}
	return nil
}
