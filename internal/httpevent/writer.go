package httpevent

import (
	"net/http"
	"strings"
)

// Writer is the [http.ResponseWriter] of one request whose answer goes out at
// once. It behaves as a server's: the first WriteHeader counts, headers that
// are set after it do not, and the type of a body is found out if none is set.
//
// It is a [http.Flusher] that does nothing, and what else
// [http.ResponseController] can ask for is answered by [http.ErrNotSupported].
// As with every ResponseWriter, one goroutine uses it at a time.
type Writer struct {
	source Source
	head   head
	body   []byte
}

var (
	_ http.ResponseWriter = (*Writer)(nil)
	_ http.Flusher        = (*Writer)(nil)
)

// NewWriter creates the writer of the answer to r, in the form of source.
func NewWriter(source Source, r *http.Request) *Writer {
	return &Writer{source: source, head: newHead(r)}
}

// Header is what is sent with the answer, until it is written.
func (w *Writer) Header() http.Header { return w.head.header }

// WriteHeader sets the status of the answer. Only the first call counts. An
// informational status is ignored: no source can pass one on. A status that is
// none becomes 500.
func (w *Writer) WriteHeader(status int) { w.head.write(status) }

// Write adds to the body. The answer to HEAD has none, and takes what is
// written without sending it; neither has one with status 204 or 304, which
// returns [http.ErrBodyNotAllowed].
func (w *Writer) Write(p []byte) (int, error) {
	send, err := w.head.admit(p)
	if send {
		w.body = append(w.body, p...)
	}
	return accepted(len(p), err)
}

// WriteString is Write for a string.
func (w *Writer) WriteString(s string) (int, error) { return w.Write([]byte(s)) }

// Flush does nothing but what it must: after it, the header is final.
func (w *Writer) Flush() { w.head.write(http.StatusOK) }

// accepted is what Write returns.
func accepted(n int, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	return n, nil
}

// head is status and header of an answer, and when they are final.
type head struct {
	header http.Header
	// status is 0 as long as the header is not final.
	status int
	// sent is the header as it was when it became final.
	sent http.Header
	// typed is true once the type of the body is settled.
	typed bool
	// noBody is true if the request was a HEAD.
	noBody bool
}

func newHead(r *http.Request) head {
	return head{header: http.Header{}, noBody: r != nil && r.Method == http.MethodHead}
}

// write finishes the header.
func (h *head) write(status int) {
	switch {
	case h.status != 0:
		return
	case status >= 100 && status < 200:
		return
	case status < 100 || status > 999:
		status = http.StatusInternalServerError
	}
	h.status = status
	h.sent = h.header.Clone()
	for name, values := range h.sent {
		if key := http.CanonicalHeaderKey(name); key != name { // set past the methods of http.Header
			delete(h.sent, name)
			h.sent[key] = append(h.sent[key], values...)
		}
	}
}

// admit reports whether p is to be sent as a part of the body.
func (h *head) admit(p []byte) (send bool, err error) {
	h.write(http.StatusOK)
	if h.status == http.StatusNoContent || h.status == http.StatusNotModified {
		return false, http.ErrBodyNotAllowed
	}
	if len(p) > 0 && !h.typed {
		h.typed = true
		h.detectType(p)
	}
	return !h.noBody, nil
}

// detectType sets the type of a body that begins with p, unless the handler
// did. What is encoded cannot be looked into.
func (h *head) detectType(p []byte) {
	if _, set := h.sent["Content-Type"]; !set && h.sent.Get("Content-Encoding") == "" {
		h.sent["Content-Type"] = []string{http.DetectContentType(p)}
	}
}

// finish takes out of the final header what cannot be sent in an event.
func (h *head) finish() {
	h.write(http.StatusOK)
	for name, values := range h.sent {
		switch {
		case len(values) == 0, !isToken(name), IsPerConnection(name), strings.HasPrefix(name, http.TrailerPrefix):
			delete(h.sent, name)
		default:
			for i, v := range values {
				if !isFieldValue(v) {
					values[i] = strings.Map(plain, v)
				}
			}
		}
	}
}

// IsPerConnection reports whether a header of an answer is for one connection
// only. A load balancer refuses an answer with one.
func IsPerConnection(name string) bool {
	switch name {
	case "Connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade":
		return true
	default:
		return false
	}
}

// plain replaces control characters, so that no value can begin a new line.
func plain(r rune) rune {
	const del = 0x7f
	if r < ' ' && r != '\t' || r == del {
		return ' '
	}
	return r
}
