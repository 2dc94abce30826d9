package thumbnail_test

import (
	"encoding/binary"
	"image/color"
)

// webpOf creates the data of a VP8L chunk: a lossless picture of two colours,
// which differ in green only. bright reports where the brighter one is; without it
// the picture is all base, and takes no bit for a pixel.
func webpOf(width, height int, base color.NRGBA, bright func(x, y int) bool) []byte {
	const (
		version    = 0
		brightness = 255
	)
	var w bitWriter
	w.write(uint32(width-1), 14)
	w.write(uint32(height-1), 14)
	w.write(1, 1) // alpha is used
	w.write(version, 3)
	w.write(0, 3) // no transform, no colour cache, one set of codes
	if bright == nil {
		w.simpleCode(base.G)
	} else {
		w.simpleCode(base.G, brightness)
	}
	w.simpleCode(base.R)
	w.simpleCode(base.B)
	w.simpleCode(base.A)
	w.simpleCode(0) // distances, of which there are none
	for y := 0; y < height && bright != nil; y++ {
		for x := range width {
			if bright(x, y) {
				w.write(1, 1)
			} else {
				w.write(0, 1)
			}
		}
	}
	return append([]byte("VP8L\x2f"), w.bytes()...)
}

// bitWriter writes the lowest bits first, as VP8L wants it (RFC 9649 section 3).
type bitWriter struct {
	done  []byte
	bits  uint64
	count int
}

func (w *bitWriter) write(value uint32, bits int) {
	w.bits |= uint64(value) << w.count
	for w.count += bits; w.count >= 8; w.count -= 8 {
		w.done = append(w.done, byte(w.bits))
		w.bits >>= 8
	}
}

// simpleCode writes a prefix code of one symbol, of no bits, or of two.
func (w *bitWriter) simpleCode(symbols ...byte) {
	w.write(1, 1)
	w.write(uint32(len(symbols)-1), 1)
	w.write(1, 1) // the first one has 8 bits
	for _, s := range symbols {
		w.write(uint32(s), 8)
	}
}

func (w *bitWriter) bytes() []byte {
	return append(w.done, byte(w.bits), 0)
}

// riff creates a WebP of chunks, each with its name in front.
func riff(chunks ...[]byte) []byte {
	const nameSize = 4
	body := []byte("WEBP")
	for _, chunk := range chunks {
		body = append(body, chunk[:nameSize]...)
		body = binary.LittleEndian.AppendUint32(body, uint32(len(chunk)-nameSize))
		body = append(body, chunk[nameSize:]...)
		if len(chunk)%2 == 1 {
			body = append(body, 0)
		}
	}
	out := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body)))
	return append(out, body...)
}

// vp8x is the chunk that announces a canvas of width by height pixels.
func vp8x(flags byte, width, height int) []byte {
	w, h := uint32(width-1), uint32(height-1)
	out := append([]byte("VP8X"), flags, 0, 0, 0)
	out = append(out, byte(w), byte(w>>8), byte(w>>16))
	return append(out, byte(h), byte(h>>8), byte(h>>16))
}
