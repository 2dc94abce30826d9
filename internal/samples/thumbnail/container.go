package thumbnail

import (
	"bytes"
	"errors"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"net/http"

	"golang.org/x/image/webp"

	"github.com/homing-dev/homing/functions"
)

// header is what a container says about its picture.
type header struct {
	format        format
	width, height int // in pixels, as stored: before any orientation
}

// damageError says what is wrong with a container.
type damageError string

func (e damageError) Error() string { return string(e) }

const errEmptyPicture damageError = "it has no pixels"

// examine walks the container of a picture from end to end without decoding
// it. It refuses an unknown format, a picture beyond the limits, and one that
// does not reach its end. declared is the content type, which may be empty.
//
// Both inspect and resize come through here: the first to refuse early, the
// second because what a broker brings need not have passed the first.
func examine(data []byte, declared string, limits Limits) (header, error) {
	if len(data) == 0 {
		return header{}, functions.Errorf(http.StatusBadRequest, "the body is empty; send a picture")
	}
	kind, err := sniff(data, declared)
	if err != nil {
		return header{}, err
	}
	if err := checkDeclared(declared, kind); err != nil {
		return header{}, err
	}
	width, height, damage := walk(kind, data, limits)
	if err := limits.check(width, height); err != nil { // before the damage: the size is known first
		return header{}, err
	}
	if damage == nil && (width == 0 || height == 0) {
		damage = errEmptyPicture
	}
	if damage != nil {
		return header{}, damaged(kind, damage)
	}
	return header{format: kind, width: width, height: height}, checkConfig(kind, data, width, height)
}

// walk gives the size of the picture in pixels, which is 0 by 0 if the
// container ends before it, and what is wrong with the container.
func walk(kind format, data []byte, limits Limits) (width, height int, err error) {
	switch kind {
	case formatJPEG:
		return walkJPEG(data, limits.Scans)
	case formatPNG:
		return walkPNG(data)
	case formatGIF:
		return walkGIF(data)
	case formatWebP:
		return walkWebP(data)
	default:
		return 0, 0, damageError("its format is unknown")
	}
}

// checkConfig asks the decoder for the header, which finds variants that it
// cannot decode, and makes sure that it will allocate what the limits allowed.
func checkConfig(kind format, data []byte, width, height int) error {
	var config image.Config
	var err error
	switch kind {
	case formatJPEG:
		config, err = jpeg.DecodeConfig(bytes.NewReader(data))
	case formatPNG:
		config, err = png.DecodeConfig(bytes.NewReader(data))
	case formatGIF:
		config, err = gif.DecodeConfig(bytes.NewReader(data))
	case formatWebP:
		config, err = webp.DecodeConfig(bytes.NewReader(data))
	}
	if err != nil {
		return damaged(kind, err)
	}
	if config.Width != width || config.Height != height {
		return damaged(kind, damageError("it gives two sizes"))
	}
	return nil
}

// damaged makes the error for a picture that cannot be read: 415 if its format
// has a variant that is not supported, else 422.
func damaged(kind format, cause error) error {
	var oddJPEG jpeg.UnsupportedError
	var oddPNG png.UnsupportedError
	var odd unsupportedError
	if errors.As(cause, &oddJPEG) || errors.As(cause, &oddPNG) || errors.As(cause, &odd) {
		return functions.Errorf(http.StatusUnsupportedMediaType, "this kind of %s is not read: %w", kind.name(), cause)
	}
	return functions.Errorf(http.StatusUnprocessableEntity, "the %s is damaged: %w", kind.name(), cause)
}

// unsupportedError names a feature of a format that is not read.
type unsupportedError string

func (e unsupportedError) Error() string { return string(e) }
