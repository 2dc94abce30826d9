package thumbnail_test

import (
	"bytes"
	"image"
	"testing"

	"github.com/homing-dev/homing/internal/samples/thumbnail"
)

// FuzzThumbnail holds that whatever comes is answered by a good picture or by
// an error that blames the request.
func FuzzThumbnail(f *testing.F) {
	for _, body := range everyFormat(f) {
		f.Add(body, "", "", "")
		f.Add(body, "w=5&h=7&q=9", "image/png;q=0.5, */*;q=0.1", "image/png")
	}
	f.Add(pngHeader(60000, 60000), "w=0", "text/html", "image/jpeg")
	f.Fuzz(func(t *testing.T, body []byte, query, accept, contentType string) {
		out, err := call(t, request{
			body: body, query: query, accept: accept, contentType: contentType,
			limits: thumbnail.Limits{Pixels: 1 << 16}, // to be fast
		})
		if err != nil {
			if status := statusOf(err); status < 400 || status > 499 {
				t.Fatalf("status %d: %v", status, err)
			}
			return
		}
		m, kind, err := image.Decode(bytes.NewReader(out.Data()))
		if err != nil || "image/"+kind != out.DataContentType() {
			t.Fatalf("the reply is declared %s but is %q: %v", out.DataContentType(), kind, err)
		}
		if size := m.Bounds().Size(); size.X < 1 || size.Y < 1 || size.X > thumbnail.MaxSide || size.Y > thumbnail.MaxSide {
			t.Fatalf("the reply has the size %v", size)
		}
	})
}
