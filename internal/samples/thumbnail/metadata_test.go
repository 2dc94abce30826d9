package thumbnail_test

import (
	"bytes"
	"testing"
)

func TestMetadataIsNotInTheReply(t *testing.T) {
	t.Parallel()
	const secret = "where the photo was taken"
	png := withPNGChunk(asPNG(t, gradient(16, 16)), "tEXt", []byte("Comment\x00"+secret))
	jpeg := asJPEG(t, gradient(16, 16))
	comment := append([]byte{0xff, 0xfe, 0, byte(len(secret) + 2)}, secret...)
	jpeg = append(append(jpeg[:2:2], comment...), withEXIF(jpeg, 1)[2:]...)
	for _, body := range [][]byte{png, jpeg} {
		for _, accept := range []string{"image/png", "image/jpeg"} {
			out, err := call(t, request{body: body, accept: accept})
			if err != nil {
				t.Fatal(err)
			}
			for _, trace := range []string{secret, "Exif", "tEXt"} {
				if bytes.Contains(out.Data(), []byte(trace)) {
					t.Errorf("%q is in the %s", trace, accept)
				}
			}
		}
	}
}
