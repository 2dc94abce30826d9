package coding

import (
	"bufio"
	"io"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// maxWindow is the largest window of a zstd stream in HTTP (RFC 9659).
const maxWindow = 8 << 20

// poolSet has a pool for each coding, of *layer or of what codes.
type poolSet struct{ gzip, deflate, brotli, zstd sync.Pool }

//nolint:gochecknoglobals // a pool is for the whole process; what is in it has no state of its own
var pools, encoders poolSet

func (s *poolSet) of(c Coding) *sync.Pool {
	switch c {
	case Deflate:
		return &s.deflate
	case Brotli:
		return &s.brotli
	case Zstd:
		return &s.zstd
	case Gzip:
	}
	return &s.gzip
}

func newDecoder(c Coding) decoder {
	switch c {
	case Deflate:
		return &inflater{}
	case Brotli:
		return brotli.NewReader(nil)
	case Zstd:
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			panic(err) // an option is invalid
		}
		return d
	case Gzip:
	}
	return &gzip.Reader{}
}

// inflater undoes deflate: a zlib stream (RFC 9110 section 8.4.1.2), or what
// some send in its place, the compressed data alone.
type inflater struct {
	io.Reader

	zlib, bare io.Reader // nil until they are used
}

// Reset implements decoder.
func (d *inflater) Reset(r io.Reader) (err error) {
	in, ok := r.(*bufio.Reader)
	if !ok {
		in = bufio.NewReader(r)
	}
	head, err := in.Peek(2) //nolint:mnd // the header of zlib
	if err != nil && len(head) == 0 {
		return err //nolint:wrapcheck // for layer
	}
	if !isZlib(head) {
		if d.bare == nil {
			d.bare = flate.NewReader(in)
		}
		d.Reader = d.bare
		return d.bare.(flate.Resetter).Reset(in, nil) //nolint:forcetypeassert,wrapcheck // as its package says; for layer
	}
	if d.zlib == nil {
		d.zlib, err = zlib.NewReader(in)
		d.Reader = d.zlib
		if err != nil {
			d.zlib = nil
		}
		return err //nolint:wrapcheck // for layer
	}
	d.Reader = d.zlib
	return d.zlib.(zlib.Resetter).Reset(in, nil) //nolint:forcetypeassert,wrapcheck // as its package says; for layer
}

// isZlib reports whether a stream begins with the header of zlib (RFC 1950
// section 2.2): method and window, and flags that make it a multiple of 31.
func isZlib(head []byte) bool {
	const method, largest, check = 8, 7, 31
	return len(head) == 2 && head[0]&0xf == method && head[0]>>4 <= largest && (int(head[0])<<8|int(head[1]))%check == 0
}
