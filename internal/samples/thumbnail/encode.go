package thumbnail

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
)

type encoder struct {
	limits Limits
}

// encode writes the picture in the format that Accept asks for. The bytes
// depend on the pixels and the quality alone; no metadata is in them.
func (s encoder) encode(ctx context.Context, in event.Event) (*event.Event, error) {
	wanted, err := parseOptions(in)
	if err != nil {
		return nil, err
	}
	accepted, err := negotiate(functions.Header(in, "Accept"))
	if err != nil {
		return nil, err
	}
	picture, err := examine(in.Data(), in.DataContentType(), s.limits)
	if err != nil {
		return nil, err
	}
	small, err := decode(ctx, in.Data(), picture)
	if err != nil {
		return nil, err
	}
	transparent := !opaque(small)
	picture.format = accepted.choose(transparent)
	var data []byte
	if picture.format == formatPNG {
		data, err = writePNG(small, png.DefaultCompression)
	} else {
		data, err = writeJPEG(small, transparent, wanted.quality)
	}
	if err != nil {
		return nil, err
	}
	return describe(in, data, picture, upright), nil
}

// writeJPEG puts what is transparent on white, as paper would.
func writeJPEG(m image.Image, transparent bool, quality int) ([]byte, error) {
	if transparent {
		paper := image.NewRGBA(m.Bounds())
		draw.Draw(paper, paper.Rect, image.White, image.Point{}, draw.Src)
		draw.Draw(paper, paper.Rect, m, m.Bounds().Min, draw.Over)
		m = paper
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("write a JPEG: %w", err)
	}
	return out.Bytes(), nil
}

// opaque reports whether every pixel is; the pictures of all decoders can tell.
func opaque(m image.Image) bool {
	known, ok := m.(interface{ Opaque() bool })
	return ok && known.Opaque()
}
