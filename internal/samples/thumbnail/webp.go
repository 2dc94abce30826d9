package thumbnail

import "encoding/binary"

// Sizes of a WebP container (RFC 9649 section 2).
const (
	webpHeaderSize = 12 // RIFF, size, WEBP
	riffChunkSize  = 8  // name and size
	vp8xSize       = 10
	vp8HeaderSize  = 10
	vp8lHeaderSize = 5

	vp8xAnimation = 0x02
	vp8SizeBits   = 14
	vp8SizeMask   = 1<<vp8SizeBits - 1
)

// walkWebP compares the size that the container has for itself with what is
// there, and goes from chunk to chunk. The size of the picture is the larger
// one of canvas and bitstream, so that neither can hide behind the other.
func walkWebP(data []byte) (width, height int, err error) {
	size := uint64(binary.LittleEndian.Uint32(data[4:])) + riffChunkSize
	if size < webpHeaderSize || size > uint64(len(data)) {
		return 0, 0, damageError("it is shorter than its header says")
	}
	bitstreams := 0
	for rest := data[webpHeaderSize:size]; len(rest) > 0; {
		var name string
		var chunk []byte
		if name, chunk, rest, err = nextChunk(rest); err != nil {
			return width, height, err
		}
		w, h, err := webpSize(name, chunk)
		width, height = max(width, w), max(height, h)
		if err != nil {
			return width, height, err
		}
		if name == "VP8 " || name == "VP8L" {
			bitstreams++
		}
	}
	if bitstreams != 1 {
		return width, height, damageError("it has no picture or several")
	}
	return width, height, nil
}

// nextChunk takes the first chunk off the rest of a RIFF. The byte that pads a
// chunk of odd length may be missing at the end.
func nextChunk(data []byte) (name string, chunk, rest []byte, err error) {
	if len(data) < riffChunkSize {
		return "", nil, nil, damageError("it ends in the header of a chunk")
	}
	name, length := string(data[:4]), uint64(binary.LittleEndian.Uint32(data[4:]))
	data = data[riffChunkSize:]
	if length > uint64(len(data)) {
		return "", nil, nil, damageError("it ends in a chunk")
	}
	return name, data[:length], data[min(length+length&1, uint64(len(data))):], nil
}

// webpChunk finds the first chunk of that name in a WebP that walkWebP let
// pass.
func webpChunk(data []byte, wanted string) (chunk []byte, ok bool) {
	for rest := skip(data, webpHeaderSize); len(rest) > 0; {
		var name string
		var err error
		if name, chunk, rest, err = nextChunk(rest); err != nil {
			return nil, false
		}
		if name == wanted {
			return chunk, true
		}
	}
	return nil, false
}

// webpSize reads the size of the picture from a chunk that has one, else it
// is 0 by 0.
func webpSize(name string, chunk []byte) (width, height int, err error) {
	const tooShort damageError = "a header in it is too short"
	switch name {
	case "VP8X":
		if len(chunk) < vp8xSize {
			return 0, 0, tooShort
		}
		width, height = uint24(chunk[4:])+1, uint24(chunk[7:])+1
		if chunk[0]&vp8xAnimation != 0 {
			return width, height, unsupportedError("it is animated")
		}
	case "VP8 ":
		if len(chunk) < vp8HeaderSize {
			return 0, 0, tooShort
		}
		width = int(binary.LittleEndian.Uint16(chunk[6:]) & vp8SizeMask)
		height = int(binary.LittleEndian.Uint16(chunk[8:]) & vp8SizeMask)
	case "VP8L":
		if len(chunk) < vp8lHeaderSize {
			return 0, 0, tooShort
		}
		bits := binary.LittleEndian.Uint32(chunk[1:])
		width, height = int(bits&vp8SizeMask)+1, int(bits>>vp8SizeBits&vp8SizeMask)+1
	}
	return width, height, nil
}

func uint24(b []byte) int {
	return int(binary.LittleEndian.Uint16(b)) | int(b[2])<<16
}
