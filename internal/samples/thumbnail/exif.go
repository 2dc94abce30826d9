package thumbnail

import (
	"bytes"

	"github.com/bep/imagemeta"
)

// exifOrientation reads the orientation from the EXIF data of a picture. If
// there is none, or it cannot be read, the picture counts as upright: damaged
// metadata is no reason to refuse a good picture.
func exifOrientation(data []byte, kind format) orientation {
	found := upright
	data, container, ok := exifSource(data, kind)
	if !ok {
		return upright
	}
	_, err := imagemeta.Decode(imagemeta.Options{
		R:           bytes.NewReader(data),
		ImageFormat: container,
		Sources:     imagemeta.EXIF,
		ShouldHandleTag: func(tag imagemeta.TagInfo) bool {
			return tag.Tag == "Orientation" && tag.Namespace == "IFD0" // not that of the thumbnail inside
		},
		HandleTag: func(tag imagemeta.TagInfo) error {
			if value, ok := tag.Value.(uint16); ok && orientation(value).valid() {
				found = orientation(value)
			}
			return imagemeta.ErrStopWalking
		},
	})
	if err != nil {
		return upright
	}
	return found
}

// exifSource says where the EXIF data of a picture is to be looked for, and as
// what. That of a WebP is taken out of its chunk first and read as the TIFF
// that it is: the library forgets the padding of chunks, and some programs put
// the prefix of a JPEG before it.
func exifSource(data []byte, kind format) (source []byte, as imagemeta.ImageFormat, ok bool) {
	switch kind {
	case formatJPEG:
		return data, imagemeta.JPEG, true
	case formatPNG:
		return data, imagemeta.PNG, true
	case formatWebP:
		exif, ok := webpChunk(data, "EXIF")
		return bytes.TrimPrefix(exif, []byte("Exif\x00\x00")), imagemeta.TIFF, ok
	case formatGIF: // has no EXIF
		return nil, 0, false
	default:
		return nil, 0, false
	}
}
