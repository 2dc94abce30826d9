package thumbnail

import "encoding/binary"

const (
	pngSignature = "\x89PNG\r\n\x1a\n"
	// pngFrame is what a chunk has around its data: length, type and CRC
	// (PNG, third edition, section 5.3).
	pngFrame    = 12
	pngIHDRSize = 13
)

// walkPNG goes from chunk to chunk up to IEND. The CRCs are left to the
// decoder. What follows IEND is ignored, as viewers do.
func walkPNG(data []byte) (width, height int, err error) {
	rest := data[len(pngSignature):]
	for first := true; ; first = false {
		if len(rest) < pngFrame {
			return width, height, damageError("it ends before its IEND chunk")
		}
		size, kind := uint64(binary.BigEndian.Uint32(rest)), string(rest[4:8])
		if first {
			if kind != "IHDR" || size != pngIHDRSize {
				return 0, 0, damageError("it does not begin with an IHDR chunk")
			}
			if len(rest) < pngFrame+pngIHDRSize {
				return 0, 0, damageError("it ends in its IHDR chunk")
			}
			width, height = int(binary.BigEndian.Uint32(rest[8:])), int(binary.BigEndian.Uint32(rest[12:]))
		}
		if kind == "IEND" {
			return width, height, nil
		}
		if size+pngFrame > uint64(len(rest)) {
			return width, height, damageError("it ends in a chunk")
		}
		rest = rest[size+pngFrame:]
	}
}
