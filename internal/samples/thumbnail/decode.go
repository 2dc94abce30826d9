package thumbnail

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/draw"
	_ "image/gif" // for image.Decode, as image/jpeg and image/png
	"io"

	_ "golang.org/x/image/webp"
)

// decode decodes a picture that examine let pass. It stops early when ctx
// ends.
func decode(ctx context.Context, data []byte, picture header) (image.Image, error) {
	out, _, err := image.Decode(contextReader{ctx, bytes.NewReader(data)})
	if ctxErr := ctx.Err(); ctxErr != nil { // whatever the decoder made of it
		return nil, fmt.Errorf("decode the picture: %w", ctxErr)
	}
	if err != nil {
		return nil, damaged(picture.format, err)
	}
	if picture.format == formatGIF {
		return onScreen(out, picture), nil
	}
	if out.Bounds().Dx() != picture.width || out.Bounds().Dy() != picture.height {
		return nil, damaged(picture.format, errTwoSizes)
	}
	return out, nil
}

// onScreen puts the frame of a GIF to its place on the screen, which is
// transparent where the frame does not reach.
func onScreen(frame image.Image, picture header) image.Image {
	screen := image.Rect(0, 0, picture.width, picture.height)
	if frame.Bounds() == screen {
		return frame
	}
	out := image.NewRGBA(screen)
	draw.Draw(out, frame.Bounds(), frame, frame.Bounds().Min, draw.Src)
	return out
}

// contextReader fails once ctx has ended: the decoders know no context, but
// they all come back for more bytes.
type contextReader struct {
	ctx    context.Context //nolint:containedctx // lives as long as one call of decode.
	source io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.source.Read(p)
}
