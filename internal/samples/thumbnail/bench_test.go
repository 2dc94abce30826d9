package thumbnail_test

import (
	"image"
	"path/filepath"
	"testing"

	"github.com/homing-dev/homing/internal/samples/thumbnail"
)

func BenchmarkThumbnail(b *testing.B) {
	photo := readFile(b, filepath.Join("..", "..", "..", "testdata", photoFile))
	camera := asJPEG(b, gradient(4000, 3000))
	drawing := asPNG(b, gradient(1600, 1200).SubImage(image.Rect(0, 0, 1600, 1200)))
	for _, bench := range []struct {
		name string
		r    request
	}{
		{"photo 2 MP to w=320", request{body: photo}},
		{"photo 2 MP to w=1024", request{body: photo, query: "w=1024"}},
		{"photo 12 MP to w=320", request{body: camera}},
		{"png 2 MP to w=320", request{body: drawing, accept: "image/png"}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := call(b, bench.r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// The parts show where the time goes, and what a carrier has to bear.
func BenchmarkStep(b *testing.B) {
	ev := request{body: readFile(b, filepath.Join("..", "..", "..", "testdata", photoFile))}.event()
	s := thumbnail.New(thumbnail.Limits{})
	inspected, err := s.Inspect(b.Context(), ev)
	if err != nil {
		b.Fatal(err)
	}
	resized, err := s.Resize(b.Context(), *inspected)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("inspect", func(b *testing.B) {
		for b.Loop() {
			_, err = s.Inspect(b.Context(), ev)
		}
	})
	b.Run("resize", func(b *testing.B) {
		for b.Loop() {
			_, err = s.Resize(b.Context(), *inspected)
		}
		b.ReportMetric(float64(len(resized.Data())), "bytes-handed-on")
	})
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			_, err = s.Encode(b.Context(), *resized)
		}
	})
	if err != nil {
		b.Fatal(err)
	}
}
