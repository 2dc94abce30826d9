package thumbnail_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image/color"
	"net/http"
	"strings"
	"testing"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/samples/thumbnail"
)

// pngHeader is all that a bomb needs to show: a PNG that claims a size.
func pngHeader(width, height uint32) []byte {
	ihdr := binary.BigEndian.AppendUint32(nil, width)
	ihdr = binary.BigEndian.AppendUint32(ihdr, height)
	ihdr = append(ihdr, 8, 6, 0, 0, 0)
	return append([]byte("\x89PNG\r\n\x1a\n"), pngChunk("IHDR", ihdr)...)
}

// jpegHeader is the same for a JPEG with one component.
func jpegHeader(width, height uint16) []byte {
	out := append([]byte("\xff\xd8\xff\xc0"), 0, 11, 8)
	out = binary.BigEndian.AppendUint16(out, height)
	out = binary.BigEndian.AppendUint16(out, width)
	return append(out, 1, 1, 0x11, 0)
}

// gifHeader is the same for a GIF.
func gifHeader(width, height uint16) []byte {
	out := binary.LittleEndian.AppendUint16([]byte("GIF89a"), width)
	out = binary.LittleEndian.AppendUint16(out, height)
	return append(out, 0, 0, 0)
}

func TestBombsAreRefusedByTheirHeader(t *testing.T) {
	t.Parallel()
	black := color.NRGBA{0, 0, 0, 255}
	for name, body := range map[string][]byte{
		"PNG":                      append(pngHeader(60000, 60000), pngChunk("IEND", nil)...),
		"PNG cut off":              pngHeader(60000, 60000),
		"PNG beyond 31 bits":       pngHeader(1<<32-1, 1<<32-1),
		"PNG one side":             pngHeader(30001, 1),
		"PNG 50 MP and a bit":      pngHeader(7072, 7072),
		"JPEG":                     append(jpegHeader(65535, 65535), 0xff, 0xd9),
		"JPEG cut off":             jpegHeader(65535, 65535),
		"GIF":                      append(gifHeader(65535, 65535), 0x3b),
		"GIF cut off":              gifHeader(65535, 65535),
		"WebP lossless":            riff(webpOf(16384, 16384, black, nil)),
		"WebP extended":            riff(vp8x(0, 1<<24, 1<<24)),
		"WebP small outside":       riff(vp8x(0, 10, 10), webpOf(16384, 16384, black, nil)),
		"WebP small inside":        riff(vp8x(0, 16384, 16384), webpOf(10, 10, black, nil)),
		"WebP lossy":               riff(append([]byte("VP8 "), 0, 0, 0, 0x9d, 0x01, 0x2a, 0xff, 0x3f, 0xff, 0x3f)),
		"WebP second one is large": riff(webpOf(10, 10, black, nil), webpOf(16384, 16384, black, nil)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := request{body: body}
			for _, step := range r.steps() { // each one protects itself
				_, err := step(t.Context(), r.event())
				wantStatus(t, err, http.StatusRequestEntityTooLarge)
			}
		})
	}
}

func TestLimitsCanBeSet(t *testing.T) {
	t.Parallel()
	body := asPNG(t, gradient(40, 30))
	for _, test := range []struct {
		limits thumbnail.Limits
		ok     bool
	}{
		{thumbnail.Limits{}, true},
		{thumbnail.Limits{Pixels: 1200}, true},
		{thumbnail.Limits{Pixels: 1199}, false},
		{thumbnail.Limits{Edge: 40}, true},
		{thumbnail.Limits{Edge: 39}, false},
	} {
		_, err := call(t, request{body: body, limits: test.limits})
		if test.ok && err != nil {
			t.Errorf("%+v: %v", test.limits, err)
		}
		if !test.ok {
			wantStatus(t, err, http.StatusRequestEntityTooLarge)
		}
	}
}

func TestScansOfJPEGAreLimited(t *testing.T) {
	t.Parallel()
	whole := asJPEG(t, gradient(8, 8))
	start := bytes.Index(whole, []byte{0xff, 0xda})
	scan, end := whole[start:len(whole)-2], []byte{0xff, 0xd9}
	many := append(bytes.Clone(whole[:start]), bytes.Repeat(scan, 200)...)
	_, err := call(t, request{body: append(many, end...)})
	wantStatus(t, err, http.StatusUnprocessableEntity)
	if !strings.Contains(err.Error(), "too many scans") {
		t.Errorf("%v does not speak of scans", err)
	}
}

func TestBodiesThatAreNoGoodPictureAreRefused(t *testing.T) {
	t.Parallel()
	const unknown, wrong = http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity
	jpeg, png := asJPEG(t, gradient(8, 8)), asPNG(t, gradient(8, 8))
	script := []byte("GIF89a/*\x00\x00\x00*/=1;alert(1)//")
	small := webpOf(4, 4, color.NRGBA{A: 255}, nil)
	for _, test := range []struct {
		name        string
		body        []byte
		contentType string
		status      int
	}{
		{"empty", nil, "image/png", http.StatusBadRequest},
		{"text", []byte("hello"), "", unknown},
		{"AVIF", []byte("\x00\x00\x00\x1cftypavif\x00\x00\x00\x00"), "image/avif", unknown},
		{"BMP", []byte("BM\x00\x00\x00\x00"), "image/bmp", unknown},
		{"SVG", []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), "image/svg+xml", unknown},
		{"form", []byte("--x\r\nContent-Disposition: form-data\r\n\r\n"), "multipart/form-data; boundary=x", unknown},
		{"RIFF of sound", []byte("RIFF\x04\x00\x00\x00WAVE"), "", unknown},
		{"JPEG declared PNG", jpeg, "image/png", wrong},
		{"PNG declared JPEG", png, "image/jpeg; charset=utf-8", wrong},
		{"PNG declared AVIF", png, "IMAGE/AVIF", wrong},
		{"only the start of a JPEG", jpeg[:3], "", wrong},
		{"only the signature of a PNG", png[:8], "", wrong},
		{"only the signature of a GIF", []byte("GIF89a"), "", wrong},
		{"only the start of a WebP", []byte("RIFF\x04\x00\x00\x00WEBP"), "", wrong},
		{"script that looks like a GIF", script, "", wrong},
		{"GIF without a frame", append(gifHeader(4, 4), 0x3b), "", wrong},
		{"GIF frame off the screen", append(gifHeader(4, 4), 0x2c, 4, 0, 0, 0, 1, 0, 1, 0, 0, 2, 0, 0x3b), "", wrong},
		{"JPEG without a scan", []byte("\xff\xd8\xff\xd9"), "", wrong},
		{"JPEG without a frame header", []byte("\xff\xd8\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\xff\xd9"), "", wrong},
		{"JPEG with two frame headers", append(jpegHeader(8, 8), append(jpegHeader(9, 9)[2:], jpeg[2:]...)...), "", wrong},
		{"JPEG with short frame header", []byte("\xff\xd8\xff\xc0\x00\x04\x08\x00\xff\xd9"), "", wrong},
		{"JPEG of height 0", append(jpegHeader(8, 0), 0xff, 0xd9), "", wrong},
		{"JPEG with arithmetic coding", bytes.Replace(jpeg, []byte{0xff, 0xc0}, []byte{0xff, 0xc9}, 1), "", unknown},
		{"PNG of width 0", append(pngHeader(0, 5), pngChunk("IEND", nil)...), "", wrong},
		{"PNG without pixels", append(pngHeader(5, 5), pngChunk("IEND", nil)...), "", wrong},
		{"PNG that begins with another chunk", append(png[:8:8], pngChunk("tEXt", []byte("a\x00b"))...), "", wrong},
		{"PNG with a wrong CRC", append(append(png[:29:29], 1, 2, 3, 4), png[33:]...), "", wrong},
		{"WebP with a second picture", riff(small, small), "", wrong},
		{"WebP with another canvas", riff(vp8x(0, 5, 5), small), "", wrong},
		{"WebP that is animated", riff(vp8x(2, 4, 4), []byte("ANIM123456")), "", unknown},
		{"WebP with a short header", riff([]byte("VP8X1234")), "", wrong},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := call(t, request{body: test.body, contentType: test.contentType})
			wantStatus(t, err, test.status)
			var problem *functions.Error
			if errors.As(err, &problem) && problem.Detail == "" {
				t.Error("the error has no detail for the caller")
			}
		})
	}
}

func TestDeclaredTypeThatSaysNothingIsLetPass(t *testing.T) {
	t.Parallel()
	body := asJPEG(t, gradient(8, 8))
	for _, contentType := range []string{
		"", "application/octet-stream", "application/x-www-form-urlencoded", "text/plain; charset=utf-8",
		"image/jpeg", "IMAGE/JPEG", "image/jpg", "image/pjpeg", "image/jpeg; x=\"", "image/*", "application/json",
	} {
		if _, err := call(t, request{body: body, contentType: contentType}); err != nil {
			t.Errorf("%q: %v", contentType, err)
		}
	}
}

func TestWhatFollowsAPictureIsIgnored(t *testing.T) {
	t.Parallel()
	zip := []byte("PK\x03\x04 and more")
	for name, body := range map[string][]byte{
		"JPEG": asJPEG(t, gradient(8, 8)),
		"PNG":  asPNG(t, gradient(8, 8)),
		"WebP": riff(webpOf(8, 8, color.NRGBA{A: 255}, nil)),
	} {
		out, err := call(t, request{body: append(body, zip...)})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if bytes.Contains(out.Data(), zip) {
			t.Errorf("%s: what followed the picture is in the reply", name)
		}
	}
}
