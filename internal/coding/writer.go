package coding

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// MinLength is the least length of a body that is coded unless it must be: a
// shorter one fits into one packet in any case.
const MinLength = 1 << 10

// Writer is the [http.ResponseWriter] of an answer that is coded as its caller
// has chosen, if that makes it smaller. Nothing is sent until the body is whole:
// when its Content-Length is reached, or by [Writer.Close]. A Flush before that
// sends it as it is, and so does a handler that has coded it itself.
//
// As with every ResponseWriter, one goroutine uses it at a time.
type Writer struct {
	w      http.ResponseWriter
	choice Choice
	status int    // 0 until the header is written
	direct bool   // status and header were sent; what follows goes out as it is
	whole  bool   // all was sent
	body   []byte // what was written before, if that was not all
}

// NewWriter creates the writer of an answer that is sent to w.
func NewWriter(w http.ResponseWriter, choice Choice) *Writer { return &Writer{w: w, choice: choice} }

// Header implements [http.ResponseWriter].
func (w *Writer) Header() http.Header { return w.w.Header() }

// Unwrap is for [http.ResponseController].
func (w *Writer) Unwrap() http.ResponseWriter { return w.w }

// WriteHeader implements [http.ResponseWriter].
func (w *Writer) WriteHeader(status int) {
	switch {
	case w.status != 0:
		return
	case status < http.StatusOK && status != http.StatusSwitchingProtocols: // informational: there will be another
		w.w.WriteHeader(status)
		return
	}
	w.status = status
	if !w.codable() {
		w.send()
	}
}

// send sends status and header; what follows is not coded.
func (w *Writer) send() {
	w.direct = true
	w.w.WriteHeader(w.status)
}

// Write implements [http.ResponseWriter].
func (w *Writer) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if w.direct {
		return w.w.Write(p) //nolint:wrapcheck // as net/http's
	}
	if w.whole {
		return 0, http.ErrContentLength
	}
	length, known := w.length()
	if known && len(w.body) == 0 && len(p) == length { // at once, nearly always
		return len(p), w.sendWhole(p)
	}
	w.body = append(w.body, p...)
	if known && len(w.body) >= length {
		return len(p), w.sendWhole(w.body)
	}
	return len(p), nil
}

// length returns the length that the handler has announced.
func (w *Writer) length() (n int, known bool) {
	if values := w.Header()["Content-Length"]; len(values) > 0 {
		n, err := strconv.Atoi(values[0])
		return n, err == nil
	}
	return 0, false
}

// Close sends what is not sent yet. It is for when the handler has returned.
func (w *Writer) Close() {
	if w.status == 0 || w.direct || w.whole {
		return
	}
	if len(w.body) == 0 { // to HEAD, or none
		w.send()
		return
	}
	_ = w.sendWhole(w.body) // a client that is gone needs no answer
}

// Flush implements [http.Flusher].
func (w *Writer) Flush() { _ = w.FlushError() }

// FlushError sends what was written so far.
func (w *Writer) FlushError() error {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if !w.direct && !w.whole {
		w.send()
		if _, err := w.w.Write(w.body); err != nil {
			return err //nolint:wrapcheck // as net/http's
		}
	}
	return http.NewResponseController(w.w).Flush() //nolint:wrapcheck // as net/http's
}

//nolint:gochecknoglobals // a pool is for the whole process
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxBuffer is up to which size a buffer is kept.
const maxBuffer = 1 << 20

// sendWhole sends the answer with its body, coded if that is smaller.
func (w *Writer) sendWhole(body []byte) error {
	w.whole = true
	out, _ := buffers.Get().(*bytes.Buffer)
	defer func() {
		if out.Cap() <= maxBuffer {
			buffers.Put(out)
		}
	}()
	out.Reset()
	worth := len(body) >= MinLength || w.choice.Required
	if worth && encode(w.choice.Coding, out, body) == nil && (out.Len() < len(body) || w.choice.Required) {
		w.mark(out.Len())
		body = out.Bytes()
	}
	w.w.WriteHeader(w.status)
	_, err := w.w.Write(body)
	return err //nolint:wrapcheck // as net/http's
}

// mark describes the coded answer in its header. It is another representation, so
// a strong ETag would be another one, too.
func (w *Writer) mark(length int) {
	h := w.Header()
	h["Content-Encoding"] = []string{string(w.choice.Coding)}
	h["Content-Length"] = []string{strconv.Itoa(length)}
	if tag := h.Get("ETag"); strings.HasPrefix(tag, `"`) {
		h.Set("ETag", "W/"+tag)
	}
	delete(h, "Accept-Ranges") // of bytes that are not sent
}

// codable reports whether the answer may be coded.
func (w *Writer) codable() bool {
	h := w.Header()
	switch {
	case w.choice.Coding == "", w.status == http.StatusNoContent, w.status == http.StatusNotModified,
		w.status == http.StatusPartialContent, w.status == http.StatusSwitchingProtocols:
		return false
	case len(h["Content-Encoding"]) > 0, len(h["Content-Range"]) > 0, len(h["Content-Digest"]) > 0, len(h["Content-Md5"]) > 0,
		noTransform(h["Cache-Control"]), mediaType(h.Get("Content-Type")) == eventStream:
		return false
	}
	length, known := w.length()
	return w.choice.Required || (!known || length >= MinLength) && IsCompressible(h.Get("Content-Type"))
}

// noTransform reports whether a Cache-Control has that directive (RFC 9111 section
// 5.2.2.6).
func noTransform(lines []string) bool {
	for _, line := range lines {
		for directive := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.Trim(directive, " \t"), "no-transform") {
				return true
			}
		}
	}
	return false
}
