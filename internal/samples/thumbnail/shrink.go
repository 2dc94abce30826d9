package thumbnail

import (
	"context"
	"image"
)

// shrink turns each box of about factor by factor pixels into one pixel: their
// mean. The sides of the boxes differ by a pixel where the picture is not a
// multiple of factor, so that nothing is cut off and nothing shifted.
func shrink(ctx context.Context, src image.Image, factor int) (*image.RGBA, error) {
	size := src.Bounds().Size()
	out := image.NewRGBA(image.Rect(0, 0, size.X/factor, size.Y/factor))
	boxes := boxRow{columns: edges(size.X, out.Rect.Dx()), sums: make([]uint64, out.Stride)}
	rows := edges(size.Y, out.Rect.Dy())
	to := 0 // row of out
	err := bands(ctx, src, func(y int, band *image.RGBA) {
		for row := range band.Rect.Dy() {
			boxes.add(band.Pix[row*band.Stride:])
			if y+row+1 == rows[to+1] {
				boxes.flush(out.Pix[to*out.Stride : (to+1)*out.Stride])
				to++
			}
		}
	})
	return out, err
}

// edges divides length into count parts as equal as can be, and returns where
// each one begins and the last one ends.
func edges(length, count int) []int {
	out := make([]int, count+1)
	for i := range out {
		out[i] = i * length / count
	}
	return out
}

// boxRow adds up one row of boxes.
type boxRow struct {
	columns []int    // where the boxes begin and the last one ends
	rows    int      // of pixels that were added
	sums    []uint64 // four for each box
}

// add adds a row of pixels.
func (b *boxRow) add(pix []byte) {
	b.rows++
	for i, end := range b.columns[1:] {
		var r, g, bl, a uint64
		for p := pix[b.columns[i]*bytesPerRGBA : end*bytesPerRGBA]; len(p) >= bytesPerRGBA; p = p[bytesPerRGBA:] {
			r += uint64(p[0])
			g += uint64(p[1])
			bl += uint64(p[2])
			a += uint64(p[3])
		}
		sum := b.sums[i*bytesPerRGBA : (i+1)*bytesPerRGBA]
		sum[0] += r
		sum[1] += g
		sum[2] += bl
		sum[3] += a
	}
}

// flush writes the means to a row of the result and begins anew.
func (b *boxRow) flush(pix []byte) {
	for i, end := range b.columns[1:] {
		count := uint64(b.rows * (end - b.columns[i])) //nolint:gosec // at least 1.
		for c := i * bytesPerRGBA; c < (i+1)*bytesPerRGBA; c++ {
			pix[c] = byte(rounded(b.sums[c], count)) //nolint:gosec // a mean of bytes is a byte.
			b.sums[c] = 0
		}
	}
	b.rows = 0
}
