package thumbnail_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"testing"

	"github.com/homing-dev/homing/internal/samples/thumbnail"
)

// stored is, for each orientation, which corner of the upright picture lies
// at the top left, top right, bottom left and bottom right of the stored one
// (EXIF: where the 0th row and the 0th column are to be seen). The corners of
// the upright picture are 0 1 above 2 3.
func stored() [9][4]int {
	return [9][4]int{
		1: {0, 1, 2, 3},
		2: {1, 0, 3, 2},
		3: {3, 2, 1, 0},
		4: {2, 3, 0, 1},
		5: {0, 2, 1, 3}, // row 0 is the left side, column 0 the top
		6: {1, 3, 0, 2}, // row 0 is the right side, column 0 the top
		7: {3, 1, 2, 0}, // row 0 is the right side, column 0 the bottom
		8: {2, 0, 3, 1}, // row 0 is the left side, column 0 the bottom
	}
}

// corners paints four quarters in the colours of the corners that are given.
func corners(width, height int, of [4]int) *image.RGBA {
	colours := [4]color.RGBA{{220, 20, 20, 255}, {20, 200, 20, 255}, {20, 20, 220, 255}, {210, 210, 20, 255}}
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			m.SetRGBA(x, y, colours[of[2*(2*y/height)+2*x/width]])
		}
	}
	return m
}

func near(a, b color.Color) bool {
	r1, g1, b1, _ := a.RGBA()
	r2, g2, b2, _ := b.RGBA()
	const tolerance = 24 << 8
	alike := func(x, y uint32) bool { return max(x, y)-min(x, y) < tolerance }
	return alike(r1, r2) && alike(g1, g2) && alike(b1, b2)
}

func TestAllOrientationsComeOutUpright(t *testing.T) {
	t.Parallel()
	for o := byte(1); o <= 8; o++ {
		width, height := 96, 64 // of the upright picture
		if o >= 5 {
			width, height = height, width
		}
		m := corners(width, height, stored()[o])
		for name, body := range map[string][]byte{
			"jpeg": withEXIF(asJPEG(t, m), o),
			"png":  withPNGChunk(asPNG(t, m), "eXIf", exifTIFF(o)),
		} {
			for _, query := range []string{"", "w=48", "w=48&h=33", "h=32"} {
				t.Run(fmt.Sprint(name, o, query), func(t *testing.T) {
					t.Parallel()
					got, _ := thumb(t, request{body: body, query: query})
					want := image.Pt(96, 64)
					if query != "" {
						want = image.Pt(48, 32)
					}
					if got.Bounds().Size() != want {
						t.Fatalf("size %v, want %v", got.Bounds().Size(), want)
					}
					upright := corners(want.X, want.Y, [4]int{0, 1, 2, 3})
					for _, at := range []image.Point{{2, 2}, {want.X - 3, 2}, {2, want.Y - 3}, {want.X - 3, want.Y - 3}} {
						if !near(got.At(at.X, at.Y), upright.At(at.X, at.Y)) {
							t.Errorf("colour %v at %v, want %v", got.At(at.X, at.Y), at, upright.At(at.X, at.Y))
						}
					}
				})
			}
		}
	}
}

func TestOrientationOfWebPIsHonoured(t *testing.T) {
	t.Parallel()
	const exifFlag = 0x08
	picture := webpOf(40, 20, color.NRGBA{0, 0, 0, 255}, func(x, _ int) bool { return x < 20 }) // the left half is bright
	for name, exif := range map[string][]byte{
		"plain":                  exifTIFF(6),
		"with prefix as in JPEG": append([]byte("Exif\x00\x00"), exifTIFF(6)...),
	} {
		for _, padding := range []int{0, 1} { // a chunk may have an odd length
			t.Run(fmt.Sprint(name, padding), func(t *testing.T) {
				t.Parallel()
				chunk := append(bytes.Clone(picture), make([]byte, padding)...)
				body := riff(vp8x(exifFlag, 40, 20), chunk, append([]byte("EXIF"), exif...))
				got, _ := thumb(t, request{body: body, accept: "image/png"})
				if got.Bounds().Size() != image.Pt(20, 40) {
					t.Fatalf("size %v, want 20 by 40", got.Bounds().Size())
				}
				top, bottom := got.At(10, 2), got.At(10, 37)
				if !near(top, color.RGBA{0, 255, 0, 255}) || !near(bottom, color.Black) {
					t.Errorf("top %v and bottom %v, want the bright half on top", top, bottom)
				}
			})
		}
	}
}

func TestUnreadableOrientationCountsAsUpright(t *testing.T) {
	t.Parallel()
	m := corners(96, 64, [4]int{0, 1, 2, 3})
	for name, body := range map[string][]byte{
		"none":         asJPEG(t, m),
		"zero":         withEXIF(asJPEG(t, m), 0),
		"nine":         withEXIF(asJPEG(t, m), 9),
		"damaged EXIF": withPNGChunk(asPNG(t, m), "eXIf", []byte("II*\x00\xff\xff\xff\xff")),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := request{body: body}
			out, err := r.steps()[0](t.Context(), r.event())
			if err != nil {
				t.Fatal(err)
			}
			if got := out.Extensions()[thumbnail.AttrOrientation]; got != int32(1) {
				t.Errorf("orientation %v, want 1", got)
			}
			if got, _ := thumb(t, r); got.Bounds().Size() != image.Pt(96, 64) {
				t.Errorf("size %v, want 96 by 64", got.Bounds().Size())
			}
		})
	}
}

func TestSamplePhotoComesOutUpright(t *testing.T) {
	t.Parallel()
	m, _ := thumb(t, request{body: readFile(t, "../../../testdata/"+photoFile)})
	if m.Bounds().Size() != image.Pt(320, 427) {
		t.Errorf("size %v, want 320 by 427", m.Bounds().Size())
	}
	_, g, blue, _ := m.At(160, 30).RGBA()
	_, grass, below, _ := m.At(160, 420).RGBA()
	if blue <= g/2 || grass <= below {
		t.Error("the sky is not above the meadow")
	}
}
