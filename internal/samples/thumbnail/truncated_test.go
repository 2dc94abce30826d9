package thumbnail_test

import (
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	"image/gif"
	"net/http"
	"path/filepath"
	"testing"
)

// paletted is a picture for a GIF.
func paletted(area image.Rectangle) *image.Paletted {
	m := image.NewPaletted(area, palette.Plan9)
	draw.Draw(m, area, gradient(area.Max.X, area.Max.Y), area.Min, draw.Src)
	return m
}

// everyFormat returns a small and good picture of each format and kind.
func everyFormat(tb testing.TB) map[string][]byte {
	tb.Helper()
	two := &gif.GIF{
		Image: []*image.Paletted{paletted(image.Rect(0, 0, 20, 15)), paletted(image.Rect(2, 2, 9, 9))},
		Delay: []int{5, 5},
	}
	bright := func(x, y int) bool { return x > y }
	lossless := webpOf(20, 15, color.NRGBA{40, 60, 80, 200}, bright)
	return map[string][]byte{
		"JPEG":             asJPEG(tb, gradient(20, 15)),
		"JPEG with EXIF":   withEXIF(asJPEG(tb, gradient(20, 15)), 6),
		"JPEG progressive": readFile(tb, filepath.Join(goImages(tb, ""), "video-005.gray.q50.progressive.jpeg")),
		"PNG":              asPNG(tb, gradient(20, 15)),
		"PNG with EXIF":    withPNGChunk(asPNG(tb, dotted(20, 15)), "eXIf", exifTIFF(5)),
		"GIF":              asGIF(tb, two),
		"WebP lossless":    riff(lossless),
		"WebP with EXIF":   riff(vp8x(0x18, 20, 15), lossless, append([]byte("EXIF"), exifTIFF(8)...)),
		"WebP lossy":       readFile(tb, xImages(tb, "blue-purple-pink.lossy.webp")),
	}
}

func TestTruncatedPicturesAreRefusedByInspect(t *testing.T) {
	t.Parallel()
	for name, whole := range everyFormat(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := call(t, request{body: whole}); err != nil {
				t.Fatalf("the whole picture is refused: %v", err)
			}
			const signature = 12 // with less, the format is unknown
			for n := signature; n < len(whole); n++ {
				r := request{body: whole[:n]}
				_, err := r.steps()[0](t.Context(), r.event())
				if err == nil || statusOf(err) != http.StatusUnprocessableEntity {
					t.Fatalf("the first %d of %d bytes: got %v, want a 422", n, len(whole), err)
				}
			}
		})
	}
}

func TestPicturesWithAFlippedByteAreReadOrRefused(t *testing.T) {
	t.Parallel()
	for name, whole := range everyFormat(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			good := 0
			step := max(1, len(whole)/60)
			for at := 0; at < len(whole); at += step {
				damaged := append([]byte{}, whole...)
				damaged[at] ^= 0xff
				_, err := call(t, request{body: damaged, query: "w=20"})
				if err != nil && statusOf(err)/100 != 4 {
					t.Fatalf("byte %d flipped: got %v, want a 4xx error", at, err)
				}
				if err == nil {
					good++
				}
			}
			if good*step >= len(whole) {
				t.Error("no damage was found")
			}
		})
	}
}
