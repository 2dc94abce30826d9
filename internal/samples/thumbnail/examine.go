package thumbnail

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"net/http"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
)

// header is what a container has about its picture.
type header struct {
	format        format
	width, height int // in pixels, as stored: before any orientation
}

// damageError is what is wrong with a container.
type damageError string

func (e damageError) Error() string { return string(e) }

const (
	errEmptyPicture damageError = "it has no pixels"
	errTwoSizes     damageError = "it gives two sizes"
)

// examine walks the container of a picture from end to end without decoding
// it. It refuses an unknown format, a picture beyond the limits, and one that
// does not reach its end.
//
// All steps come through here: inspect to refuse early, the others because
// what a broker brings need not have passed the first.
func (l Limits) examine(in event.Event) (header, error) {
	data, declared := in.Data(), in.DataContentType()
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
	width, height, damage := walk(kind, data, l.Scans)
	if err := l.check(width, height); err != nil { // before the damage: the size is known first
		return header{}, err
	}
	if damage == nil && (width == 0 || height == 0) {
		damage = errEmptyPicture
	}
	if damage == nil {
		damage = checkConfig(data, width, height)
	}
	if damage != nil {
		return header{}, damaged(kind, damage)
	}
	return header{format: kind, width: width, height: height}, nil
}

// walk returns the size of the picture in pixels, which is 0 by 0 if the
// container ends before it, and what is wrong with the container.
func walk(kind format, data []byte, maxScans int) (width, height int, err error) {
	switch kind {
	case formatJPEG:
		return walkJPEG(data, maxScans)
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
func checkConfig(data []byte, width, height int) error {
	config, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err == nil && (config.Width != width || config.Height != height) {
		err = errTwoSizes
	}
	return err
}

// damaged returns the error for a picture that cannot be read: 415 if its format
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
