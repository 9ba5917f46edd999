package avatar_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"strings"
	"testing"
	"time"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/apptest"
	"stoa/app/avatar"
	"stoa/blob"
)

var (
	red  = color.RGBA{200, 30, 30, 255}
	blue = color.RGBA{30, 30, 200, 255}
)

// halves is a picture that is red on the left and blue on the right.
func halves(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := red
			if x >= w/2 {
				c = blue
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

func asPNG(t testing.TB, img image.Image) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asJPEG(t testing.TB, img image.Image) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// turned is a JPEG whose EXIF says how the camera was held.
func turned(t testing.TB, img image.Image, turn uint16) []byte {
	plain := asJPEG(t, img)
	exif := []byte("Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01")
	exif = append(binary.BigEndian.AppendUint16(exif, turn), 0, 0, 0, 0, 0, 0)
	out := append([]byte{0xff, 0xd8, 0xff, 0xe1}, binary.BigEndian.AppendUint16(nil, uint16(len(exif)+2))...)
	return append(append(out, exif...), plain[2:]...)
}

const tinyWebP = "UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAgA0JaQAA3AA/vuUAAA="

func upload(t testing.TB, a *apptest.App, by access.Actor, raw []byte) *avatar.Picture {
	t.Helper()
	p, err := a.Avatar.Upload(t.Context(), by, raw)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func kept(t testing.TB, a *apptest.App, p *avatar.Picture) image.Image {
	t.Helper()
	_, body, err := a.Avatar.Open(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	raw, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	img, kind, err := image.Decode(bytes.NewReader(raw))
	if err != nil || "image/"+kind != p.Type {
		t.Fatalf("%s is %s, %v", p.Type, kind, err)
	}
	return img
}

func reddish(c color.Color) bool {
	r, _, b, _ := c.RGBA()
	return r > b
}

func TestEveryFormatBecomesASmallSquare(t *testing.T) {
	a := apptest.Open(t)
	var moving bytes.Buffer
	frame := image.NewPaletted(image.Rect(0, 0, 30, 20), color.Palette{red, blue})
	if err := gif.EncodeAll(&moving, &gif.GIF{Image: []*image.Paletted{frame, frame}, Delay: []int{1, 1}}); err != nil {
		t.Fatal(err)
	}
	webp, err := base64.StdEncoding.DecodeString(tinyWebP)
	if err != nil {
		t.Fatal(err)
	}
	through := halves(40, 40)
	through.SetRGBA(0, 0, color.RGBA{})
	for name, c := range map[string]struct {
		raw  []byte
		side int
		kind string
	}{
		"png":         {asPNG(t, halves(1200, 800)), 512, "image/jpeg"},
		"jpeg":        {asJPEG(t, halves(300, 400)), 300, "image/jpeg"},
		"gif":         {moving.Bytes(), 20, "image/jpeg"},
		"webp":        {webp, 1, "image/jpeg"},
		"transparent": {asPNG(t, through), 40, "image/png"},
	} {
		p := upload(t, a, a.Super, c.raw)
		img := kept(t, a, p)
		if p.Side != c.side || img.Bounds().Dx() != c.side || img.Bounds().Dy() != c.side || p.Type != c.kind {
			t.Errorf("%s: %+v, %v", name, p, img.Bounds())
		}
	}
	a.Verify()
}

func TestPhotosComeTheRightWayUp(t *testing.T) {
	a := apptest.Open(t)
	for turn, redAt := range map[uint16]image.Point{1: {0, 32}, 2: {63, 32}, 3: {63, 32}, 4: {0, 32}, 5: {32, 0}, 6: {32, 0}, 7: {32, 63}, 8: {32, 63}} {
		img := kept(t, a, upload(t, a, a.Super, turned(t, halves(64, 64), turn)))
		opposite := image.Pt(63-redAt.X, 63-redAt.Y)
		if redAt.X == 32 {
			opposite.X = 32
		} else {
			opposite.Y = 32
		}
		if !reddish(img.At(redAt.X, redAt.Y)) || reddish(img.At(opposite.X, opposite.Y)) {
			t.Errorf("held as %d: red is not at %v", turn, redAt)
		}
	}
}

// enormous is a PNG that says it is w × h pixels large.
func enormous(t testing.TB, w, h uint32) []byte {
	raw := asPNG(t, halves(2, 2))
	binary.BigEndian.PutUint32(raw[16:], w)
	binary.BigEndian.PutUint32(raw[20:], h)
	binary.BigEndian.PutUint32(raw[29:], crc32.ChecksumIEEE(raw[12:29]))
	return raw
}

func TestWhatIsRefused(t *testing.T) {
	a := apptest.Open(t)
	good := asPNG(t, halves(64, 64))
	for name, c := range map[string]struct {
		raw  []byte
		code string
	}{
		"nothing":                   {nil, "avatar.missing"},
		"a page":                    {[]byte("<html><script>alert(1)</script>"), "avatar.format"},
		"an SVG":                    {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), "avatar.format"},
		"half a picture":            {good[:len(good)/2], "avatar.broken"},
		"the beginning of one":      {good[:10], "avatar.broken"},
		"a JPEG that is none":       {[]byte("\xff\xd8\xff\xe0 and nothing more"), "avatar.broken"},
		"a WebP that is none":       {[]byte("RIFF\x00\x00\x00\x00WEBPVP8 nothing"), "avatar.broken"},
		"too many pixels":           {enormous(t, 5001, 5000), "avatar.pixels"},
		"a very long strip":         {enormous(t, 20001, 1), "avatar.pixels"},
		"more than memory":          {enormous(t, 1<<30, 1<<30), "avatar.broken"},
		"too many bytes":            {append(bytes.Clone(good), make([]byte, avatar.MaxBytes)...), "avatar.bytes"},
		"fewer pixels than it says": {enormous(t, 4000, 4000), "avatar.broken"},
	} {
		_, err := a.Avatar.Upload(t.Context(), a.Super, c.raw)
		t.Run(name, func(t *testing.T) { apptest.Want(t, err, c.code) })
	}
	_, err := a.Avatar.Upload(t.Context(), access.Nobody(apptest.Origin("test")), good)
	apptest.Want(t, err, "session.required")
}

func TestNothingOfTheFileItselfIsKept(t *testing.T) {
	a := apptest.Open(t)
	raw := append(turned(t, halves(64, 64), 1), []byte("<?php secret ?>")...)
	p := upload(t, a, a.Super, raw)
	_, body, err := a.Avatar.Open(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	got, err := io.ReadAll(body)
	if err != nil || bytes.Contains(got, []byte("secret")) || bytes.Contains(got, []byte("Exif")) {
		t.Errorf("metadata or a tail came through (%v)", err)
	}
}

func names(t testing.TB, a *apptest.App) (out []string) {
	t.Helper()
	page, _, err := a.Blob.List(t.Context(), "avatar/", "", 500)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range page {
		out = append(out, b.Name)
	}
	return out
}

func show(t testing.TB, a *apptest.App, id uint64, url string) error {
	_, err := a.App.Account.Update(t.Context(), a.Super, id, account.Change{Avatar: &url}, 0)
	return err
}

func TestAPictureLivesAsLongAsItIsShown(t *testing.T) {
	a := apptest.Open(t)
	ctx := t.Context()
	one, two := a.Account(1, "one"), a.Account(1, "two")
	first, second := upload(t, a, a.Super, asPNG(t, halves(8, 8))), upload(t, a, a.Super, asPNG(t, halves(9, 9)))
	for _, id := range []uint64{one.ID, two.ID} {
		if err := show(t, a, id, first.URL()); err != nil {
			t.Fatal(err)
		}
	}
	exists := func(p *avatar.Picture) bool {
		if err := a.Avatar.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		_, err := a.Blob.Stat(ctx, "avatar/"+p.ID)
		return err == nil
	}
	if err := show(t, a, one.ID, second.URL()); err != nil || !exists(first) {
		t.Errorf("gone while another account shows it (%v)", err)
	}
	if _, refused, err := a.App.Account.Delete(ctx, a.Super, []uint64{two.ID}); err != nil || len(refused) > 0 {
		t.Fatal(refused, err)
	}
	if exists(first) {
		t.Error("nobody shows it, and it is there")
	}
	apptest.Want(t, show(t, a, one.ID, first.URL()), "avatar.gone")
	if err := show(t, a, one.ID, "https://example.com/mine.png"); err != nil || exists(second) {
		t.Errorf("still there after another address (%v)", err)
	}
	if got := names(t, a); len(got) != 0 {
		t.Errorf("left: %v", got)
	}
	a.Verify()
}

func TestWhatNobodyShowsGoes(t *testing.T) {
	a := apptest.Open(t)
	ctx := t.Context()
	upload(t, a, a.Super, asPNG(t, halves(8, 8)))
	if _, err := a.Blob.Put(ctx, "avatar/"+strings.Repeat("0", 32), strings.NewReader("of a crash"), blob.Put{}); err != nil {
		t.Fatal(err)
	}
	if err := a.Avatar.Sweep(ctx); err != nil || len(names(t, a)) != 2 {
		t.Errorf("fresh ones: %v %v", names(t, a), err)
	}
	a.Clock.Add(365 * 24 * time.Hour) // behind the time of the files, which is the machine's
	if _, _, err := a.DB.Reap(ctx, 1000); err != nil {
		t.Fatal(err)
	}
	if err := a.Avatar.Sweep(ctx); err != nil || len(names(t, a)) != 0 {
		t.Errorf("left: %v %v", names(t, a), err)
	}
	for range 15 {
		upload(t, a, a.Super, asPNG(t, halves(8, 8)))
	}
	if err := a.Avatar.Sweep(ctx); err != nil || len(names(t, a)) != 10 {
		t.Errorf("of 15 that nobody shows %d are kept (%v)", len(names(t, a)), err)
	}
	a.Verify()
}

func TestCheckFindsWhatTheDiskLost(t *testing.T) {
	a := apptest.Open(t)
	ctx := t.Context()
	lost, changed := upload(t, a, a.Super, asPNG(t, halves(8, 8))), upload(t, a, a.Super, asPNG(t, halves(9, 9)))
	if r, err := a.System.Verify(ctx, a.Super); err != nil || len(r.Problems) > 0 {
		t.Fatal(r.Problems, err)
	}
	if err := a.Blob.Delete(ctx, "avatar/"+lost.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Blob.Put(ctx, "avatar/"+changed.ID, strings.NewReader("something else"), blob.Put{}); err != nil {
		t.Fatal(err)
	}
	r, err := a.System.Verify(ctx, a.Super)
	all := strings.Join(r.Problems, "\n")
	if err != nil || len(r.Problems) != 2 || !strings.Contains(all, lost.ID+": its bytes are missing") || !strings.Contains(all, changed.ID+": its bytes have changed") {
		t.Errorf("%v %v", r.Problems, err)
	}
}

// Whatever is sent, the answer is a picture or a refusal.
func FuzzUpload(f *testing.F) {
	a := apptest.Open(f)
	webp, _ := base64.StdEncoding.DecodeString(tinyWebP)
	for _, seed := range [][]byte{asPNG(f, halves(3, 3)), asJPEG(f, halves(3, 3)), turned(f, halves(3, 3), 6), webp, []byte("GIF89a"), nil} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, err := a.Avatar.Upload(t.Context(), a.Super, raw)
		if err != nil && !strings.Contains(err.Error(), "picture") {
			t.Fatal(err)
		}
	})
}
