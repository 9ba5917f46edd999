// Package picture tells the size of pictures and makes smaller ones of them. It
// reads what strangers sent: the size comes before the decoding, a panic of a
// decoder is an error, and few are at work at a time.
package picture

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/bmp"
	"golang.org/x/image/draw"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"

	"stoa/app/fault"
)

// Limits.
const (
	MaxPixels = 50_000_000 // of a picture that is decoded
	MaxSide   = 10_000     // of one that is made

	waiting = 16 // that may wait for the one at work
)

// Info is what a picture's first bytes tell.
type Info struct {
	Format        string // png, jpeg, gif, webp, bmp, tiff
	Width, Height int    // pixels
	Model         string // of colours: ycbcr, nrgba, palette0, gray…
}

// Mode says how a picture fits into Width × Height, as Kodo's imageView2 counts them.
type Mode int

// The modes. A side that is 0 follows from the other.
const (
	LongShort Mode = iota // the longer side up to Width, the shorter up to Height; never larger
	Cover                 // exactly Width × Height, the middle of it
	Within                // up to Width × Height, never larger
	AtLeast               // at least Width × Height
	ShortLong             // the longer side at least Width, the shorter at least Height
	CoverLong             // as ShortLong, then the middle of it
)

// View says what to make of a picture.
type View struct {
	Mode          Mode
	Width, Height int    // pixels; 0 = as the other side says
	Format        string // jpg, png, gif; "" = as it is, where it can be written
	Quality       int    // of JPEG, 1 to 100
}

// Service makes pictures.
type Service struct {
	queue chan struct{}
	work  chan struct{}
}

// New is a Service.
func New() *Service {
	return &Service{queue: make(chan struct{}, waiting), work: make(chan struct{}, 1)}
}

func broken(cause error) error {
	return fault.New(fault.Invalid, "picture.broken", "", "this is no picture in PNG, JPEG, GIF, WebP, BMP or TIFF, or it is damaged").With(cause)
}

// caught makes an error of a decoder's panic.
func caught(err *error) {
	if p := recover(); p != nil {
		*err = broken(fmt.Errorf("the decoder failed: %v", p))
	}
}

// Inspect reads the size of a picture off its first bytes.
func Inspect(head []byte) (i Info, err error) {
	defer caught(&err)
	f, ok := formatOf(head)
	if !ok {
		return Info{}, broken(nil)
	}
	c, err := f.config(bytes.NewReader(head))
	if err != nil || c.Width < 1 || c.Height < 1 {
		return Info{}, broken(err)
	}
	return Info{Format: f.name, Width: c.Width, Height: c.Height, Model: model(c.ColorModel)}, nil
}

// model names a colour model as Kodo does.
func model(m color.Model) string {
	switch m {
	case color.YCbCrModel, color.NYCbCrAModel:
		return "ycbcr"
	case color.GrayModel:
		return "gray"
	case color.Gray16Model:
		return "gray16"
	case color.NRGBAModel:
		return "nrgba"
	case color.NRGBA64Model:
		return "nrgba64"
	case color.RGBAModel:
		return "rgba"
	case color.RGBA64Model:
		return "rgba64"
	case color.CMYKModel:
		return "cmyk"
	}
	if _, ok := m.(color.Palette); ok {
		return "palette0"
	}
	return "unknown"
}

// Render makes a view of the picture that load gives, and tells its content type.
// load is called when the turn has come. Metadata and further frames are left out.
// Its faults are Invalid, TooLarge and Unavailable, and load's.
func (s *Service) Render(ctx context.Context, load func() ([]byte, error), v View) ([]byte, string, error) {
	select {
	case s.queue <- struct{}{}:
		defer func() { <-s.queue }()
	default:
		return nil, "", fault.New(fault.Unavailable, "picture.busy", "", "too many pictures are being made: try again in a moment")
	}
	select {
	case s.work <- struct{}{}:
		defer func() { <-s.work }()
	case <-ctx.Done():
		return nil, "", ctx.Err()
	}
	raw, err := load()
	if err != nil {
		return nil, "", err
	}
	info, err := Inspect(raw)
	if err != nil {
		return nil, "", err
	}
	if info.Width > MaxPixels/info.Height {
		return nil, "", fault.New(fault.TooLarge, "picture.pixels", "", "the picture is %d × %d pixels large: at most %d are processed", info.Width, info.Height, MaxPixels)
	}
	return render(raw, info, v)
}

func render(raw []byte, info Info, v View) (out []byte, kind string, err error) {
	defer caught(&err)
	f, _ := formatOf(raw)
	img, err := f.decode(bytes.NewReader(raw))
	if err != nil {
		return nil, "", broken(err)
	}
	from, to := v.fit(img.Bounds())
	if to.X*to.Y > MaxPixels {
		return nil, "", fault.New(fault.TooLarge, "picture.pixels", "", "the picture would be %d × %d pixels large: at most %d are made", to.X, to.Y, MaxPixels)
	}
	if from != img.Bounds() || to != from.Size() {
		scaled := image.NewNRGBA(image.Rectangle{Max: to})
		draw.CatmullRom.Scale(scaled, scaled.Bounds(), img, from, draw.Src, nil)
		img = scaled
	}
	return v.encode(img, info.Format)
}

func (v View) encode(img image.Image, format string) ([]byte, string, error) {
	if v.Format != "" {
		format = v.Format
	}
	var b bytes.Buffer
	var err error
	kind := "image/png"
	switch format {
	case "jpg", "jpeg":
		kind = "image/jpeg"
		err = jpeg.Encode(&b, onWhite(img), &jpeg.Options{Quality: v.Quality})
	case "gif":
		kind = "image/gif"
		err = gif.Encode(&b, img, nil)
	default:
		err = png.Encode(&b, img)
	}
	return b.Bytes(), kind, fault.Wrap(err)
}

// onWhite is a picture without transparency, which JPEG can't have.
func onWhite(img image.Image) image.Image {
	if o, ok := img.(interface{ Opaque() bool }); ok && o.Opaque() {
		return img
	}
	out := image.NewRGBA(img.Bounds())
	draw.Draw(out, out.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(out, out.Bounds(), img, img.Bounds().Min, draw.Over)
	return out
}

// format is one of those read, known by how its files begin.
type format struct {
	name   string
	begins func([]byte) bool
	config func(r *bytes.Reader) (image.Config, error)
	decode func(r *bytes.Reader) (image.Image, error)
}

func formatOf(raw []byte) (format, bool) {
	begins := func(s string) func([]byte) bool {
		return func(b []byte) bool { return bytes.HasPrefix(b, []byte(s)) }
	}
	for _, f := range []format{
		{"png", begins("\x89PNG\r\n\x1a\n"), func(r *bytes.Reader) (image.Config, error) { return png.DecodeConfig(r) }, func(r *bytes.Reader) (image.Image, error) { return png.Decode(r) }},
		{"jpeg", begins("\xff\xd8\xff"), func(r *bytes.Reader) (image.Config, error) { return jpeg.DecodeConfig(r) }, func(r *bytes.Reader) (image.Image, error) { return jpeg.Decode(r) }},
		{"gif", begins("GIF8"), func(r *bytes.Reader) (image.Config, error) { return gif.DecodeConfig(r) }, func(r *bytes.Reader) (image.Image, error) { return gif.Decode(r) }},
		{"webp", func(b []byte) bool { return len(b) > 12 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP" },
			func(r *bytes.Reader) (image.Config, error) { return webp.DecodeConfig(r) }, func(r *bytes.Reader) (image.Image, error) { return webp.Decode(r) }},
		{"bmp", begins("BM"), func(r *bytes.Reader) (image.Config, error) { return bmp.DecodeConfig(r) }, func(r *bytes.Reader) (image.Image, error) { return bmp.Decode(r) }},
		{"tiff", func(b []byte) bool { return begins("II*\x00")(b) || begins("MM\x00*")(b) },
			func(r *bytes.Reader) (image.Config, error) { return tiff.DecodeConfig(r) }, func(r *bytes.Reader) (image.Image, error) { return tiff.Decode(r) }},
	} {
		if f.begins(raw) {
			return f, true
		}
	}
	return format{}, false
}
