package httpevent

import (
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/problem"
)

// MaxAnswer is the largest answer that Lambda takes from a function that does
// not stream, in bytes of JSON. The service responds with 502 above it.
const MaxAnswer = 6_291_556

// Answer returns the answer as the JSON that the source expects. An answer above
// [MaxAnswer] is replaced by a problem document with status 500 that names the
// limit.
//
// The body is a string as it is if it is valid UTF-8 of a textual type, else in
// base64, which costs a third more.
func (w *Writer) Answer() []byte {
	w.head.finish()
	w.settleLength()
	if answer, fits := w.encode(); fits {
		return answer
	}
	answer, _ := w.tooLarge().encode()
	return answer
}

// tooLarge is what is sent instead.
func (w *Writer) tooLarge() *Writer {
	said := &Writer{source: w.source, head: head{header: http.Header{}}}
	problem.Write(said, functions.Errorf(http.StatusInternalServerError,
		"the answer is too large: Lambda takes at most %d bytes of it as JSON, and its body alone has %d bytes before it is encoded",
		MaxAnswer, len(w.body)))
	return said
}

// settleLength takes a Content-Length out that is not that of the body. The
// answers to HEAD and 304 have the length of a body that they do not have.
func (w *Writer) settleLength() {
	values := w.head.sent["Content-Length"]
	if len(values) == 0 || w.head.noBody || w.head.status == http.StatusNotModified {
		return
	}
	if len(values) > 1 || values[0] != strconv.Itoa(len(w.body)) {
		delete(w.head.sent, "Content-Length")
	}
}

// asText reports whether the body is sent as it is. What has a content coding is
// no text, although it could be valid UTF-8 by chance.
func (w *Writer) asText() bool {
	switch coding := w.head.sent.Get("Content-Encoding"); {
	case len(w.body) == 0:
		return true
	case coding != "" && !strings.EqualFold(coding, "identity"):
		return false
	default:
		return isTextual(w.head.sent.Get("Content-Type")) && utf8.Valid(w.body)
	}
}

// encode writes the answer, and reports whether it is small enough.
func (w *Writer) encode() (answer []byte, fits bool) {
	const frame = 256 // of the answer without header and body
	size := frame
	text := w.asText()
	if text {
		size += escapedLen(w.body)
	} else {
		size += base64.StdEncoding.EncodedLen(len(w.body))
	}
	if size-frame > MaxAnswer { // there is no need to try
		return nil, false
	}
	for name, values := range w.head.sent {
		for _, v := range values {
			size += len(name) + len(v) + len(`"":"",`)
		}
	}
	out := w.head.appendHead(make([]byte, 0, size), w.source)
	out = append(out, `,"body":`...)
	if text {
		out = appendString(out, w.body)
	} else {
		out = append(out, '"')
		out = base64.StdEncoding.AppendEncode(out, w.body)
		out = append(out, '"')
	}
	out = append(out, `,"isBase64Encoded":`...)
	out = append(strconv.AppendBool(out, !text), '}')
	return out, len(out) <= MaxAnswer
}

// appendHead writes status and header, and leaves the object open.
func (h *head) appendHead(out []byte, source Source) []byte {
	out = append(out, `{"statusCode":`...)
	out = strconv.AppendInt(out, int64(h.status), 10)
	if source.LoadBalancer() {
		out = append(out, `,"statusDescription":`...)
		out = appendString(out, strings.TrimRight(strconv.Itoa(h.status)+" "+http.StatusText(h.status), " "))
	}
	names := slices.AppendSeq(make([]string, 0, len(h.sent)), maps.Keys(h.sent))
	slices.Sort(names) // so that the same answer is the same bytes
	switch {
	case source.multiValue():
		return h.appendMulti(out, names)
	case source == ALB:
		return h.appendSingle(out, names, appendCookiesByCase)
	default:
		out = h.appendSingle(out, names, nil)
		return appendCookies(out, h.sent["Set-Cookie"])
	}
}

// appendMulti writes all values of every name.
func (h *head) appendMulti(out []byte, names []string) []byte {
	out = append(out, `,"multiValueHeaders":{`...)
	for i, name := range names {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(appendString(out, name), ':')
		out = appendStrings(out, h.sent[name])
	}
	return append(out, '}')
}

// appendSingle writes one value for every name: several are folded into one by
// commas (RFC 9110 section 5.3), which all names allow but Set-Cookie.
func (h *head) appendSingle(out []byte, names []string, cookies func(out []byte, first bool, values []string) []byte) []byte {
	out = append(out, `,"headers":{`...)
	first := true
	for _, name := range names {
		if name == setCookie {
			continue
		}
		if !first {
			out = append(out, ',')
		}
		first = false
		values := h.sent[name]
		out = append(appendString(out, name), ':')
		if len(values) == 1 {
			out = appendString(out, values[0])
		} else {
			out = appendString(out, strings.Join(values, ", "))
		}
	}
	if cookies != nil {
		out = cookies(out, first, h.sent[setCookie])
	}
	return append(out, '}')
}

const setCookie = "Set-Cookie"

// appendCookies writes the cookies of format 2.0.
func appendCookies(out []byte, cookies []string) []byte {
	if len(cookies) == 0 {
		return out
	}
	out = append(out, `,"cookies":`...)
	return appendStrings(out, cookies)
}

// appendCookiesByCase writes several cookies where every name has one value
// only: as names that differ in case, which are one name to a client and
// several to JSON. There are 512 of them; more cookies are left out.
func appendCookiesByCase(out []byte, first bool, cookies []string) []byte {
	const ways = 1 << (len(setCookie) - len("-"))
	for i, cookie := range cookies[:min(len(cookies), ways)] {
		if !first || i > 0 {
			out = append(out, ',')
		}
		out = append(appendString(out, inCase(setCookie, i)), ':')
		out = appendString(out, cookie)
	}
	return out
}

// inCase returns a name with the case of its letters changed where way has a bit.
func inCase(name string, way int) string {
	const caseBit = 'a' - 'A'
	b := []byte(name)
	for i := range b {
		if b[i] == '-' {
			continue
		}
		b[i] ^= byte(way&1) * caseBit
		way >>= 1
	}
	return string(b)
}

// appendStrings writes an array of strings.
func appendStrings(out []byte, values []string) []byte {
	out = append(out, '[')
	for i, v := range values {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendString(out, v)
	}
	return append(out, ']')
}

// isTextual reports whether a media type is text, so that a body of it may be
// passed on as a string. Parameters, case and space do not matter.
func isTextual(contentType string) bool {
	mediaType, _, _ := strings.Cut(contentType, ";")
	mediaType = strings.ToLower(strings.TrimSpace(mediaType))
	if strings.HasPrefix(mediaType, "text/") || strings.HasSuffix(mediaType, "+json") || strings.HasSuffix(mediaType, "+xml") {
		return true
	}
	switch mediaType {
	case "application/json", "application/xml", "application/javascript", "application/ecmascript", "application/yaml",
		"application/x-ndjson", "application/jsonl", "application/json-seq", "application/graphql", "application/toml",
		"application/x-www-form-urlencoded":
		return true
	default:
		return false
	}
}

// escapedLen is the length of valid UTF-8 as a JSON string without its quotes.
func escapedLen(s []byte) int {
	n := len(s)
	for _, c := range s {
		switch {
		case c >= ' ' && c != '"' && c != '\\':
		case c == '"', c == '\\', c == '\b', c == '\f', c == '\n', c == '\r', c == '\t':
			n++
		default:
			n += len(`\u0000`) - 1
		}
	}
	return n
}

// appendString writes s as a JSON string; bytes that are not UTF-8 become
// U+FFFD.
func appendString[S string | []byte](dst []byte, s S) []byte {
	out, _ := jsontext.AppendQuote(dst, s) // the error is about those bytes
	return out
}
