package thumbnail_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func readFile(tb testing.TB, path string) []byte {
	tb.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// goImages returns the path of a picture that comes with the Go distribution.
func goImages(tb testing.TB, name string) string {
	tb.Helper()
	out, err := exec.CommandContext(tb.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		tb.Fatalf("go env GOROOT: %v", err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "src", "image", "testdata", name)
}

// xImages returns the path of a picture that comes with golang.org/x/image.
func xImages(tb testing.TB, name string) string {
	tb.Helper()
	out, err := exec.CommandContext(tb.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "golang.org/x/image").Output()
	if err != nil {
		tb.Fatalf("go list -m golang.org/x/image: %v", err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "testdata", name)
}

// gradient is a picture in which every place has its own colour.
func gradient(width, height int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			m.SetRGBA(x, y, color.RGBA{byte(x * 255 / width), byte(y * 255 / height), 90, 255})
		}
	}
	return m
}

func asJPEG(tb testing.TB, m image.Image) []byte {
	tb.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, &jpeg.Options{Quality: 95}); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

func asPNG(tb testing.TB, m image.Image) []byte {
	tb.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

func asGIF(tb testing.TB, frames *gif.GIF) []byte {
	tb.Helper()
	var out bytes.Buffer
	if err := gif.EncodeAll(&out, frames); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// exifTIFF is the smallest EXIF data with an orientation: one tag in IFD0.
func exifTIFF(orientation byte) []byte {
	return append([]byte("II*\x00\x08\x00\x00\x00\x01\x00"), // little-endian, IFD0 at 8, one tag
		0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, // 0x0112, SHORT, one value
		0, 0, 0, 0) // no further IFD
}

// exifAPP1 is the segment of a JPEG that holds exifTIFF.
func exifAPP1(orientation byte) []byte {
	body := append([]byte("Exif\x00\x00"), exifTIFF(orientation)...)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(body)+2))
	return append(segment, body...)
}

// withEXIF puts an orientation into a JPEG, right after its start.
func withEXIF(jpegData []byte, orientation byte) []byte {
	const afterSOI = 2
	out := append([]byte{}, jpegData[:afterSOI]...)
	out = append(out, exifAPP1(orientation)...)
	return append(out, jpegData[afterSOI:]...)
}

// withPNGChunk puts a chunk into a PNG, right after its header.
func withPNGChunk(pngData []byte, kind string, body []byte) []byte {
	const afterIHDR = 8 + 25
	out := append([]byte{}, pngData[:afterIHDR]...)
	out = append(out, pngChunk(kind, body)...)
	return append(out, pngData[afterIHDR:]...)
}

func pngChunk(kind string, body []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	out = append(append(out, kind...), body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}
