package coding

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/klauspost/compress/zstd"
)

// ErrTooLarge means that a body is larger than its limit. No more of it was read.
var ErrTooLarge = errors.New("the body is larger than its limit")

// BrokenError is the error of a body that is not what its codings say.
type BrokenError struct {
	Coding Coding
	Cause  error
}

// Error implements error.
func (e *BrokenError) Error() string {
	return fmt.Sprintf("the body is no whole %s stream: %v", e.Coding, e.Cause)
}

// Unwrap returns the cause.
func (e *BrokenError) Unwrap() error { return e.Cause }

var errTrailing = errors.New("something follows its end")

// Undo reads r, to which codings were applied in that order, and returns what was
// coded. A body of no bytes stands for no bytes.
//
// The error is [ErrTooLarge] for more than limit bytes, or more than [Limit] before
// that, a [*BrokenError], or that of r. It takes at most as much memory as the windows of the codings, 16 MB each,
// and twice limit.
func Undo(r io.Reader, codings []Coding, limit int64) ([]byte, error) {
	c := chain{raw: raw{r: r, left: Limit(limit, len(codings))}}
	defer c.release()
	raw := bufio.NewReader(&c.raw)
	if _, err := raw.Peek(1); err != nil {
		return nil, c.cause("", err)
	}
	var in io.Reader = raw
	for i, coding := range slices.Backward(codings) {
		next := open(coding, in, Limit(limit, i))
		c.layers = append(c.layers, next)
		in = next
	}
	var out bytes.Buffer
	if _, err := out.ReadFrom(in); err != nil {
		return nil, c.cause(c.broken(), err)
	}
	return out.Bytes(), nil
}

// chain is what undoes the codings of one body, from the outermost on.
type chain struct {
	raw    raw
	layers []*layer
}

func (c *chain) release() {
	for _, l := range c.layers {
		l.release()
	}
}

// broken returns the coding of the outermost layer that has failed.
func (c *chain) broken() Coding {
	for _, l := range c.layers {
		if l.err != nil && !errors.Is(l.err, io.EOF) {
			return l.coding
		}
	}
	return ""
}

// cause returns why a body could not be read: a decoder does not return every
// error of what it reads from as it is. The end of a body is none.
func (c *chain) cause(coding Coding, err error) error {
	tooLarge := func(l *layer) bool { return errors.Is(l.err, ErrTooLarge) }
	switch {
	case c.raw.err != nil:
		return c.raw.err
	case errors.Is(err, ErrTooLarge), slices.ContainsFunc(c.layers, tooLarge):
		return ErrTooLarge
	case coding == "" && errors.Is(err, io.EOF):
		return nil
	default:
		return &BrokenError{Coding: coding, Cause: err}
	}
}

// raw is a body as it came, up to a limit.
type raw struct {
	r    io.Reader
	left int64
	err  error // but for io.EOF
}

// Read implements io.Reader.
func (r *raw) Read(p []byte) (int, error) {
	if r.left < 0 {
		return 0, r.err
	}
	n, err := r.r.Read(p[:min(int64(len(p)), r.left+1)]) // one more, to see that it is too large
	if r.left -= int64(n); r.left < 0 {
		err = ErrTooLarge
	}
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err //nolint:wrapcheck // an io.Reader
}

// layer undoes one coding.
type layer struct {
	coding  Coding
	in      *bufio.Reader // its own, so that what follows the end is not lost
	decoder decoder
	opened  bool
	left    int64 // how much more it may return
	err     error
}

// decoder is a reader that can be used again. Reset may read.
type decoder interface {
	io.Reader
	Reset(r io.Reader) error
}

// open returns a layer that undoes a coding of in, which may become limit bytes.
// It is to be released.
func open(coding Coding, in io.Reader, limit int64) *layer {
	l, _ := pools.of(coding).Get().(*layer)
	if l == nil {
		l = &layer{coding: coding, in: bufio.NewReader(nil), decoder: newDecoder(coding)}
	}
	l.in.Reset(in)
	l.opened, l.left, l.err = false, limit, nil
	return l
}

func (l *layer) release() {
	l.in.Reset(nil)
	if d, ok := l.decoder.(*zstd.Decoder); ok {
		_ = d.Reset(nil) // never fails
	}
	pools.of(l.coding).Put(l)
}

// Read implements io.Reader.
func (l *layer) Read(p []byte) (n int, err error) {
	if l.err == nil {
		n, l.err = l.read(p)
	}
	return n, l.err
}

func (l *layer) read(p []byte) (int, error) {
	if !l.opened {
		if err := l.decoder.Reset(l.in); err != nil {
			return 0, unexpected(err)
		}
		l.opened = true
	}
	if int64(len(p)) > l.left+1 { // one more, to see that it is too large
		p = p[:l.left+1]
	}
	n, err := l.decoder.Read(p)
	l.left -= int64(n)
	switch {
	case l.left < 0, errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return 0, ErrTooLarge
	case !errors.Is(err, io.EOF):
		return n, err //nolint:wrapcheck // cause wraps it
	}
	if _, err := l.in.ReadByte(); err == nil {
		return n, errTrailing
	} else if !errors.Is(err, io.EOF) {
		return n, err //nolint:wrapcheck // as above
	}
	return n, io.EOF
}

// unexpected returns the error of a stream that must not end yet.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
