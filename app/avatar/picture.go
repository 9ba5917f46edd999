package avatar

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"

	"stoa/app/fault"
)

// Limits of what is taken, and the size of what is kept.
const (
	MaxBytes  = 5 << 20
	MaxPixels = 25_000_000
	Side      = 512 // pixels: the longest side that is kept; pictures are square

	maxSide = 20_000
	quality = 88 // of JPEG
	waiting = 8  // uploads that may wait for the one that is at work
)

// format is one of those taken, known by how its files begin.
type format struct {
	magic  func([]byte) bool
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

func formats() []format {
	begins := func(s string) func([]byte) bool {
		return func(b []byte) bool { return bytes.HasPrefix(b, []byte(s)) }
	}
	return []format{
		{begins("\x89PNG\r\n\x1a\n"), png.DecodeConfig, png.Decode},
		{begins("\xff\xd8\xff"), jpeg.DecodeConfig, jpeg.Decode},
		{func(b []byte) bool { return begins("GIF87a")(b) || begins("GIF89a")(b) }, gif.DecodeConfig, gif.Decode},
		{func(b []byte) bool { return len(b) > 12 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP" }, webp.DecodeConfig, webp.Decode},
	}
}

// prepared is a picture as it is kept.
type prepared struct {
	kind  string // content type
	bytes []byte
	side  int // pixels
}

// prepare makes the picture that is kept out of what was sent: the middle square
// of it, at most Side pixels wide, encoded anew, so that nothing of the file
// itself (metadata, appended data) is kept. Who sends several at a time waits.
func (s *Service) prepare(ctx context.Context, raw []byte) (*prepared, error) {
	f, err := recognise(raw)
	if err != nil {
		return nil, err
	}
	select {
	case s.queue <- struct{}{}:
		defer func() { <-s.queue }()
	default:
		return nil, fault.New(fault.Unavailable, "avatar.busy", "", "too many pictures are coming in: try again in a moment")
	}
	select {
	case s.work <- struct{}{}:
		defer func() { <-s.work }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return convert(f, raw)
}

// recognise holds the file to the limits before anything of it is decoded.
func recognise(raw []byte) (*format, error) {
	if len(raw) == 0 {
		return nil, fault.New(fault.Missing, "avatar.missing", "file", "there is no picture in the request")
	}
	if len(raw) > MaxBytes {
		return nil, fault.New(fault.TooLarge, "avatar.bytes", "file", "the picture has %d bytes: at most 5 MiB are taken", len(raw))
	}
	for _, f := range formats() {
		if !f.magic(raw) {
			continue
		}
		size, err := sizeOf(f, raw)
		if err != nil {
			return nil, broken(err)
		}
		if size.Width < 1 || size.Height < 1 || size.Width > maxSide || size.Height > maxSide || size.Width*size.Height > MaxPixels {
			return nil, fault.New(fault.TooLarge, "avatar.pixels", "file", "the picture is %d × %d pixels large: at most 25 million pixels, and %d a side, are taken",
				size.Width, size.Height, maxSide)
		}
		return &f, nil
	}
	return nil, fault.New(fault.Invalid, "avatar.format", "file", "this is no picture in PNG, JPEG, GIF or WebP")
}

func broken(cause error) error {
	return fault.New(fault.Invalid, "avatar.broken", "file", "the picture can't be read: the file is damaged").With(cause)
}

func sizeOf(f format, raw []byte) (c image.Config, err error) {
	defer caught(&err)
	return f.config(bytes.NewReader(raw))
}

// caught makes an error of a decoder's panic: decoders read what strangers send.
func caught(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("the decoder failed: %v", p)
	}
}

func convert(f *format, raw []byte) (out *prepared, err error) {
	defer func() {
		if err != nil {
			out, err = nil, broken(err)
		}
	}()
	defer caught(&err)
	img, err := f.decode(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	square := crop(img, orientation(raw))
	out = &prepared{kind: "image/jpeg", side: square.Bounds().Dx()}
	var buf bytes.Buffer
	if square.Opaque() {
		err = jpeg.Encode(&buf, square, &jpeg.Options{Quality: quality})
	} else {
		out.kind, err = "image/png", png.Encode(&buf, square)
	}
	out.bytes = buf.Bytes()
	return out, err
}

// crop is the middle square of img, no larger than Side, the right way up.
func crop(img image.Image, turn int) *image.RGBA {
	b := img.Bounds()
	side := min(b.Dx(), b.Dy())
	x, y := b.Min.X+(b.Dx()-side)/2, b.Min.Y+(b.Dy()-side)/2
	to := min(side, Side)
	out := image.NewRGBA(image.Rect(0, 0, to, to))
	draw.CatmullRom.Scale(out, out.Bounds(), img, image.Rect(x, y, x+side, y+side), draw.Src, nil)
	return upright(out, turn)
}

// upright undoes the orientation that a camera noted, 1 to 8 as EXIF counts them.
func upright(img *image.RGBA, turn int) *image.RGBA {
	if turn < 2 || turn > 8 {
		return img
	}
	n := img.Bounds().Dx()
	out := image.NewRGBA(img.Bounds())
	for y := range n {
		for x := range n {
			fromX, fromY := x, y
			if turn >= 5 { // rows and columns change places
				fromX, fromY = y, x
			}
			if turn == 2 || turn == 3 || turn == 7 || turn == 8 {
				fromX = n - 1 - fromX
			}
			if turn == 3 || turn == 4 || turn == 6 || turn == 7 {
				fromY = n - 1 - fromY
			}
			out.SetRGBA(x, y, img.RGBAAt(fromX, fromY))
		}
	}
	return out
}
