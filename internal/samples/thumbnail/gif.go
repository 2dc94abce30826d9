package thumbnail

import "encoding/binary"

// Sizes and labels of a GIF (GIF89a specification, sections 18 to 27).
const (
	gifScreenSize     = 13 // signature and logical screen descriptor
	gifDescriptorSize = 9  // image descriptor after its label
	gifExtensionSize  = 2  // extension introducer and label

	gifExtension = 0x21
	gifImage     = 0x2c
	gifTrailer   = 0x3b

	gifTableFlag = 0x80
	gifTableSize = 0x07
)

const errGIFEnds damageError = "it ends before its trailer"

// walkGIF goes from block to block up to the trailer. The size is that of the
// screen, in which every frame must lie.
func walkGIF(data []byte) (width, height int, err error) {
	if len(data) < gifScreenSize {
		return 0, 0, errGIFEnds
	}
	width, height = int(binary.LittleEndian.Uint16(data[6:])), int(binary.LittleEndian.Uint16(data[8:]))
	rest, frames := skip(data, gifScreenSize+colourTable(data[10])), 0
	for len(rest) > 0 {
		switch rest[0] {
		case gifTrailer:
			if frames == 0 {
				return width, height, errEmptyPicture
			}
			return width, height, nil
		case gifExtension:
			rest = skipSubBlocks(skip(rest, gifExtensionSize))
		case gifImage:
			frames++
			if rest, err = skipFrame(rest[1:], width, height); err != nil {
				return width, height, err
			}
		default:
			return width, height, damageError("it has a block of an unknown kind")
		}
	}
	return width, height, errGIFEnds
}

func skipFrame(data []byte, width, height int) (rest []byte, err error) {
	if len(data) < gifDescriptorSize {
		return nil, errGIFEnds
	}
	field := func(at int) int { return int(binary.LittleEndian.Uint16(data[at:])) }
	if field(0)+field(4) > width || field(2)+field(6) > height { //nolint:mnd // offsets in the descriptor
		return nil, damageError("a frame is larger than the screen")
	}
	const codeSize = 1
	return skipSubBlocks(skip(data, gifDescriptorSize+colourTable(data[8])+codeSize)), nil
}

// colourTable is the size in bytes of the colour table that flags announce.
func colourTable(flags byte) int {
	if flags&gifTableFlag == 0 {
		return 0
	}
	const bytesPerColour = 3
	return bytesPerColour << (flags&gifTableSize + 1)
}

// skipSubBlocks goes over blocks that begin with their length, up to the
// empty one.
func skipSubBlocks(data []byte) []byte {
	for len(data) > 0 {
		size := int(data[0])
		data = skip(data, 1+size)
		if size == 0 {
			return data
		}
	}
	return nil
}

// skip drops n bytes, or all if there are fewer.
func skip(data []byte, n int) []byte { return data[min(n, len(data)):] }
