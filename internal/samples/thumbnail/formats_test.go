package thumbnail_test

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	_ "image/gif"
	"math"
	"net/http"
	"path/filepath"
	"testing"

	_ "golang.org/x/image/webp"
)

// mean is the mean colour of a picture, premultiplied, 0 to 255.
func mean(m image.Image) (out [4]float64) {
	b := m.Bounds()
	flat := image.NewRGBA(b)
	draw.Draw(flat, b, m, b.Min, draw.Src)
	for i, v := range flat.Pix {
		out[i%4] += float64(v)
	}
	for i := range out {
		out[i] /= float64(b.Dx() * b.Dy())
	}
	return out
}

func wantMean(t *testing.T, got, want [4]float64, tolerance float64) {
	t.Helper()
	for i := range got {
		if math.Abs(got[i]-want[i]) > tolerance {
			t.Errorf("mean colour %.1f, want %.1f within %.0f", got, want, tolerance)
			return
		}
	}
}

func glob(t *testing.T, pattern string, atLeast int) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < atLeast {
		t.Fatalf("%d files match %s, want at least %d", len(files), pattern, atLeast)
	}
	return files
}

func TestPicturesOfManyEncodersKeepTheirColours(t *testing.T) {
	t.Parallel()
	goDir, xDir := goImages(t, ""), xImages(t, "")
	var files []string
	files = append(files, glob(t, filepath.Join(goDir, "*.jpeg"), 20)...)
	files = append(files, glob(t, filepath.Join(goDir, "*.png"), 4)...)
	files = append(files, glob(t, filepath.Join(goDir, "*.gif"), 5)...)
	files = append(files, glob(t, filepath.Join(goDir, "../png/testdata/pngsuite/*.png"), 30)...)
	files = append(files, glob(t, filepath.Join(xDir, "*.webp"), 15)...)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			body := readFile(t, file)
			source, kind, err := image.Decode(bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			size := source.Bounds().Size()
			for _, accept := range []string{"image/png", "image/jpeg"} {
				m, _ := thumb(t, request{body: body, contentType: "image/" + kind, query: "w=40", accept: accept})
				want := size
				if want.X > 40 {
					want = image.Pt(40, (size.Y*40+size.X/2)/size.X)
				}
				if m.Bounds().Size() != want {
					t.Errorf("%v became %v, want %v", size, m.Bounds().Size(), want)
				}
				if accept == "image/png" {
					wantMean(t, mean(m), mean(source), 3)
				} else {
					wantMean(t, mean(m), mean(onWhite(source)), 5)
				}
			}
		})
	}
}

func onWhite(m image.Image) image.Image {
	out := image.NewRGBA(m.Bounds())
	draw.Draw(out, out.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(out, out.Rect, m, m.Bounds().Min, draw.Over)
	return out
}

func TestPicturesThatGoCannotDecodeAreRefused(t *testing.T) {
	t.Parallel()
	refused := 0
	for _, file := range glob(t, filepath.Join(goImages(t, ""), "../png/testdata/invalid-*.png"), 5) {
		body := readFile(t, file)
		if _, _, err := image.Decode(bytes.NewReader(body)); err == nil {
			continue // Go is lenient
		}
		refused++
		_, err := call(t, request{body: body})
		wantStatus(t, err, http.StatusUnprocessableEntity)
	}
	if refused == 0 {
		t.Error("no picture was refused")
	}
}

func TestSmallestWebPIsRead(t *testing.T) {
	t.Parallel()
	m, _ := thumb(t, request{body: riff(webpOf(9, 5, color.NRGBA{10, 20, 30, 255}, nil)), accept: "image/png"})
	if m.Bounds().Size() != image.Pt(9, 5) {
		t.Errorf("size %v, want 9 by 5", m.Bounds().Size())
	}
	wantMean(t, mean(m), [4]float64{10, 20, 30, 255}, 0)
}
