package picture

import (
	"image"
	"math"
)

// fit is the part of a picture that is shown, and the size that it gets.
func (v View) fit(b image.Rectangle) (from image.Rectangle, to image.Point) {
	w, h := float64(b.Dx()), float64(b.Dy())
	tw, th := float64(v.Width), float64(v.Height)
	if v.Mode == LongShort || v.Mode == ShortLong || v.Mode == CoverLong { // the sides are the longer and the shorter one
		if h > w {
			tw, th = th, tw
		}
	}
	switch v.Mode {
	case Cover, CoverLong:
		return cover(b, tw, th)
	case AtLeast, ShortLong:
		if v.Mode == AtLeast { // one side alone stands for both
			tw, th = orElse(tw, th), orElse(th, tw)
		}
		return b, scaled(w, h, max(tw/w, th/h))
	case LongShort, Within:
	}
	return b, scaled(w, h, min(1, smaller(tw/w, th/h)))
}

// orElse is a, or b where a says nothing.
func orElse(a, b float64) float64 {
	if a == 0 {
		return b
	}
	return a
}

// smaller is the smaller of two factors of which 0 says nothing.
func smaller(a, b float64) float64 {
	switch {
	case a == 0:
		return b
	case b == 0:
		return a
	}
	return min(a, b)
}

func scaled(w, h, factor float64) image.Point {
	return image.Pt(max(1, int(math.Round(w*factor))), max(1, int(math.Round(h*factor))))
}

// cover is the largest middle part with the shape of tw × th, at that size.
func cover(b image.Rectangle, tw, th float64) (image.Rectangle, image.Point) {
	tw, th = orElse(tw, th), orElse(th, tw)
	w, h := float64(b.Dx()), float64(b.Dy())
	factor := min(w/tw, h/th)
	cw, ch := max(1, int(math.Round(tw*factor))), max(1, int(math.Round(th*factor)))
	cw, ch = min(cw, b.Dx()), min(ch, b.Dy())
	x, y := b.Min.X+(b.Dx()-cw)/2, b.Min.Y+(b.Dy()-ch)/2
	return image.Rect(x, y, x+cw, y+ch), image.Pt(max(1, int(tw)), max(1, int(th)))
}
