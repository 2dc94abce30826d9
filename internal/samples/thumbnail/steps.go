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

// inspect refuses every request that can be refused without decoding the
// picture, and notes in the event what the later steps need to know. The data
// stays untouched.
func (l Limits) inspect(ctx context.Context, in event.Event) (*event.Event, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("inspect the picture: %w", err)
	}
	if _, err := parseOptions(in); err != nil {
		return nil, err
	}
	if _, err := negotiate(functions.Header(in, "Accept")); err != nil {
		return nil, err
	}
	picture, err := l.examine(in)
	if err != nil {
		return nil, err
	}
	return describe(in, in.Data(), picture, exifOrientation(in.Data(), picture.format)), nil
}

// resize decodes the picture, scales it to the size that the query asks for
// and turns it upright. The result is a PNG.
//
// It works without inspect too: only the orientation is taken from the
// attributes of the event, and what keeps the decoder safe is checked again,
// which takes less than a hundredth of the time of decoding.
func (l Limits) resize(ctx context.Context, in event.Event) (*event.Event, error) {
	wanted, err := parseOptions(in)
	if err != nil {
		return nil, err
	}
	picture, err := l.examine(in)
	if err != nil {
		return nil, err
	}
	turn, ok := noted(in)
	if !ok {
		turn = exifOrientation(in.Data(), picture.format)
	}
	full, err := decode(ctx, in.Data(), picture)
	if err != nil {
		return nil, err
	}
	small, err := thumbnail(ctx, full, wanted, turn)
	if err != nil {
		return nil, fmt.Errorf("scale the picture: %w", err)
	}
	// Not compressed at all it would be some 10 % faster in one process, but
	// take 2.6 times the bytes, and carriers have limits.
	data, err := writePNG(small, png.BestSpeed)
	if err != nil {
		return nil, err
	}
	size := small.Bounds().Size()
	return describe(in, data, header{format: formatPNG, width: size.X, height: size.Y}, upright), nil
}

// thumbnail scales first and turns then, as there are fewer pixels to turn.
func thumbnail(ctx context.Context, full image.Image, wanted options, turn orientation) (*image.RGBA, error) {
	width, height := full.Bounds().Dx(), full.Bounds().Dy()
	if turn.swapsSides() { // the box is meant for the upright picture
		wanted.width, wanted.height = wanted.height, wanted.width
	}
	width, height = wanted.fit(width, height)
	small, err := scale(ctx, full, width, height)
	if err != nil {
		return nil, err
	}
	return turn.apply(small), nil
}

// writePNG returns the same bytes for the same pixels, without metadata.
func writePNG(m image.Image, level png.CompressionLevel) ([]byte, error) {
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: level}
	if err := encoder.Encode(&out, m); err != nil {
		return nil, fmt.Errorf("write a PNG: %w", err)
	}
	return out.Bytes(), nil
}

// encode writes the picture in the format that Accept asks for. The bytes
// depend on the pixels and the quality alone; no metadata is in them.
func (l Limits) encode(ctx context.Context, in event.Event) (*event.Event, error) {
	wanted, err := parseOptions(in)
	if err != nil {
		return nil, err
	}
	accepted, err := negotiate(functions.Header(in, "Accept"))
	if err != nil {
		return nil, err
	}
	picture, err := l.examine(in)
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
