package thumbnail

import (
	"bytes"
	"encoding/binary"
)

// Markers of a JPEG, the byte after 0xff (ITU-T T.81, table B.1).
const (
	jpegStuffing = 0x00 // a 0xff of the coded data
	jpegTEM      = 0x01
	jpegSOF0     = 0xc0
	jpegDHT      = 0xc4
	jpegJPG      = 0xc8
	jpegDAC      = 0xcc
	jpegSOF15    = 0xcf
	jpegRST0     = 0xd0
	jpegSOI      = 0xd8
	jpegEOI      = 0xd9
	jpegSOS      = 0xda
	jpegFill     = 0xff
)

// jpegLengthSize is the size of the length that a segment begins with.
const jpegLengthSize = 2

// jpegSOFSize is the least length of a frame header: length, precision,
// height, width and the number of components.
const jpegSOFSize = 8

// walkJPEG goes from marker to marker up to EOI, over the segments by their
// length and through the coded data byte by byte. Bytes between segments that
// belong to none are passed over, as decoders do. What follows EOI, such as a
// second picture or a film, is ignored.
func walkJPEG(data []byte, maxScans int) (width, height int, err error) {
	scans := 0
	rest := data[2:] // after SOI
	for {
		marker, after := nextMarker(rest)
		if marker == jpegEOI {
			break
		}
		if len(after) < jpegLengthSize {
			return width, height, damageError("it ends before its EOI marker")
		}
		size := int(binary.BigEndian.Uint16(after))
		if size < jpegLengthSize || size > len(after) {
			return width, height, damageError("it ends in a segment")
		}
		switch {
		case marker == jpegSOS:
			scans++
		case isSOF(marker) && size < jpegSOFSize:
			return width, height, damageError("its frame header is too short")
		case isSOF(marker) && width != 0:
			return width, height, damageError("it has two frame headers")
		case isSOF(marker):
			height, width = int(binary.BigEndian.Uint16(after[3:])), int(binary.BigEndian.Uint16(after[5:]))
		}
		if scans > maxScans {
			return width, height, damageError("it has too many scans")
		}
		rest = after[size:]
	}
	if scans == 0 {
		return width, height, damageError("it has no scan")
	}
	return width, height, nil
}

// nextMarker finds the next marker that has a segment, or EOI, and returns what
// follows it: nothing if there is none.
func nextMarker(data []byte) (marker byte, after []byte) {
	for {
		i := bytes.IndexByte(data, jpegFill)
		if i < 0 || i+1 >= len(data) {
			return jpegStuffing, nil
		}
		switch marker = data[i+1]; {
		case marker == jpegFill: // may come any number of times before a marker
			data = data[i+1:]
		case marker == jpegStuffing, marker == jpegTEM, marker >= jpegRST0 && marker <= jpegSOI:
			data = data[i+2:]
		default:
			return marker, data[i+2:]
		}
	}
}

// isSOF reports whether a marker begins a frame header.
func isSOF(marker byte) bool {
	switch marker {
	case jpegDHT, jpegJPG, jpegDAC:
		return false
	default:
		return marker >= jpegSOF0 && marker <= jpegSOF15
	}
}
