package thumbnail_test

import (
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"math"
	"testing"

	"golang.org/x/image/draw"
)

// texture is a picture with much detail.
func texture(width, height int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			v := lattice(x/12, y/9, 1)
			m.SetRGBA(x, y, color.RGBA{byte(255 * v), byte(128 + 90*v), byte(x * 255 / width), 255})
		}
	}
	return m
}

// difference returns the mean and the greatest difference of two pictures in
// any channel.
func difference(t *testing.T, got image.Image, want *image.RGBA) (average, greatest float64) {
	t.Helper()
	if got.Bounds() != want.Bounds() {
		t.Fatalf("size %v, want %v", got.Bounds(), want.Bounds())
	}
	a := image.NewRGBA(want.Rect)
	draw.Copy(a, image.Point{}, got, want.Rect, draw.Src, nil)
	for i, v := range a.Pix {
		d := math.Abs(float64(v) - float64(want.Pix[i]))
		average, greatest = average+d, max(greatest, d)
	}
	return average / float64(len(a.Pix)), greatest
}

func TestScalingInBandsLeavesNoSeams(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ width, height, to int }{
		{600, 300, 420}, // several bands of rows, and of columns
		{300, 500, 299},
		{70000, 2, 60}, // a row is more than a band
	} {
		t.Run(fmt.Sprint(test), func(t *testing.T) {
			t.Parallel()
			source := texture(test.width, test.height)
			r := request{body: asPNG(t, source), query: fmt.Sprint("w=", test.to), accept: "image/png"}
			r.limits.Edge = 70000
			got, _ := thumb(t, r)
			want := image.NewRGBA(got.Bounds())
			draw.CatmullRom.Scale(want, want.Rect, source, source.Rect, draw.Src, nil)
			if average, greatest := difference(t, got, want); average > 0.1 || greatest > 12 {
				t.Errorf("scaling in one piece differs by %.2f on average and by up to %.0f, want 0.1 and 12 at most", average, greatest)
			}
		})
	}
}

func TestShrinkingAveragesEveryPixel(t *testing.T) {
	t.Parallel()
	board := image.NewGray(image.Rect(0, 0, 503, 252)) // not a multiple of anything
	for y := range 252 {
		for x := range 503 {
			if (x+y)%2 == 0 {
				board.SetGray(x, y, color.Gray{255})
			}
		}
	}
	got, _ := thumb(t, request{body: asPNG(t, board), query: "w=20", accept: "image/png"})
	for y := range got.Bounds().Dy() {
		for x := range got.Bounds().Dx() {
			if r, _, _, _ := got.At(x, y).RGBA(); r>>8 < 125 || r>>8 > 130 {
				t.Fatalf("at %d, %d the brightness is %d, want half of 255", x, y, r>>8)
			}
		}
	}
}

func TestFastAndGoodResamplerAgree(t *testing.T) {
	t.Parallel()
	source := texture(599, 401)
	got, _ := thumb(t, request{body: asPNG(t, source), query: "w=100", accept: "image/png"})
	want := image.NewRGBA(got.Bounds())
	draw.CatmullRom.Scale(want, want.Rect, source, source.Rect, draw.Src, nil)
	if average, greatest := difference(t, got, want); average > 3 || greatest > 50 {
		t.Errorf("the good one alone differs by %.2f on average and by up to %.0f, want 3 and 50 at most", average, greatest)
	}
}

func TestTransparentPixelsDoNotBleedTheirColour(t *testing.T) {
	t.Parallel()
	m := image.NewNRGBA(image.Rect(0, 0, 320, 320))
	for y := range 320 {
		for x := range 320 {
			c := color.NRGBA{0, 255, 0, 0} // green, but not to be seen
			if x%64 < 32 {
				c = color.NRGBA{255, 0, 0, 255}
			}
			m.SetNRGBA(x, y, c)
		}
	}
	for _, query := range []string{"w=250", "w=45"} {
		got, kind := thumb(t, request{body: asPNG(t, m), query: query})
		if kind != "image/png" {
			t.Errorf("got %s, want PNG as the picture has holes", kind)
		}
		if c := mean(got); c[1] > 0.5 || c[0] < 120 || c[3] < 120 {
			t.Errorf("mean colour %.1f, want half of red and no green", c)
		}
	}
}

func TestTransparencyIsWhiteInJPEG(t *testing.T) {
	t.Parallel()
	got, _ := thumb(t, request{body: asPNG(t, dotted(64, 64)), accept: "image/jpeg"})
	if !near(got.At(8, 8), color.White) || !near(got.At(56, 56), color.RGBA{200, 30, 60, 255}) {
		t.Errorf("hole %v and rest %v, want white and red", got.At(8, 8), got.At(56, 56))
	}
}

func TestFirstFrameOfGIFStaysInItsPlace(t *testing.T) {
	t.Parallel()
	frame := paletted(image.Rect(30, 10, 50, 40))
	body := asGIF(t, &gif.GIF{
		Image: []*image.Paletted{frame, paletted(image.Rect(0, 0, 60, 40))}, Delay: []int{1, 1},
		Config: image.Config{Width: 60, Height: 40, ColorModel: frame.Palette},
	})
	got, kind := thumb(t, request{body: body})
	if got.Bounds().Size() != image.Pt(60, 40) || kind != "image/png" {
		t.Fatalf("got a %s of %v, want a PNG of 60 by 40", kind, got.Bounds().Size())
	}
	if _, _, _, a := got.At(10, 10).RGBA(); a != 0 {
		t.Error("where the frame does not reach is not transparent")
	}
	if !near(got.At(40, 25), frame.At(40, 25)) {
		t.Errorf("in the frame is %v, want %v", got.At(40, 25), frame.At(40, 25))
	}
}
