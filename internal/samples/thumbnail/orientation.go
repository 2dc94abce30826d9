package thumbnail

import (
	"bytes"
	"image"

	"github.com/bep/imagemeta"
)

// orientation is how a stored picture has to be changed to be upright, as EXIF
// numbers it (CIPA DC-008, tag 0x0112): 1 to 8.
type orientation int

const (
	upright     orientation = 1
	mirrored    orientation = 2
	upsideDown  orientation = 3
	flipped     orientation = 4 // top and bottom change places
	transposed  orientation = 5
	turnedRight orientation = 6 // a quarter clockwise makes it upright
	transversed orientation = 7
	turnedLeft  orientation = 8 // a quarter counter-clockwise makes it upright
)

// bytesPerRGBA is the size of a pixel of an [image.RGBA].
const bytesPerRGBA = 4

func (o orientation) valid() bool { return o >= upright && o <= turnedLeft }

// swapsSides reports whether the width becomes the height.
func (o orientation) swapsSides() bool { return o >= transposed && o <= turnedLeft }

// flips returns from which sides the stored picture is counted from when the upright
// one is counted from left and top.
func (o orientation) flips() (fromRight, fromBottom bool) {
	switch o {
	case upright, transposed:
		return false, false
	case mirrored, turnedLeft:
		return true, false
	case flipped, turnedRight:
		return false, true
	case upsideDown, transversed:
		return true, true
	default:
		return false, false
	}
}

// apply returns the upright picture; src itself if it is upright already. The
// bounds of src begin at 0, 0.
func (o orientation) apply(src *image.RGBA) *image.RGBA {
	if o == upright || !o.valid() {
		return src
	}
	width, height := src.Rect.Dx(), src.Rect.Dy()
	fromRight, fromBottom := o.flips()
	// Where in src the top left pixel of the result is, and how far it is from
	// one pixel to the next one along a row and down a column of src.
	start, right, down := 0, bytesPerRGBA, src.Stride
	if fromRight {
		start += (width - 1) * right
		right = -right
	}
	if fromBottom {
		start += (height - 1) * down
		down = -down
	}
	if o.swapsSides() {
		width, height = height, width
		right, down = down, right
	}
	out := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		from := start + y*down
		for to := y * out.Stride; to < y*out.Stride+width*bytesPerRGBA; to += bytesPerRGBA {
			copy(out.Pix[to:to+bytesPerRGBA], src.Pix[from:from+bytesPerRGBA])
			from += right
		}
	}
	return out
}

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

// exifSource returns where the EXIF data of a picture is to be looked for, and
// as what. That of a WebP is taken out of its chunk first and read as the TIFF
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
	}
	return nil, 0, false
}
