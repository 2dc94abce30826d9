// Package coding undoes the content codings of HTTP messages (RFC 9110 section
// 8.4), and applies them to answers for who accepts them.
//
// [Of] reads which codings a message has, and [Undo] reads its body without them.
// [Negotiate] reads an Accept-Encoding, and a [Writer] codes the answer that is
// written to it.
package coding

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// Coding is a content coding by its registered name.
type Coding string

// The codings that are undone. [Deflate] is not applied to answers.
const (
	Gzip    Coding = "gzip"
	Deflate Coding = "deflate"
	Brotli  Coding = "br"
	Zstd    Coding = "zstd"
)

// Accepted is what can be undone, as the value of an Accept-Encoding.
const Accepted = "gzip, deflate, br, zstd"

const (
	identity = "identity"
	// maxCodings is how many codings in a row are undone: each may need some MB of
	// memory.
	maxCodings = 5
)

// UnknownError is the error of a coding that cannot be undone.
type UnknownError struct {
	// Name is the coding, as the message names it; "" for too many codings.
	Name string
}

// Error implements error.
func (e *UnknownError) Error() string {
	if e.Name == "" {
		return fmt.Sprintf("more than %d content codings in a row", maxCodings)
	}
	const longest = 40
	return fmt.Sprintf("the content coding %.*q is not known", longest, e.Name)
}

// parse returns the coding with a name in any case; "" if it is unknown.
// Codings that begin with x- are those without (RFC 9110 section 8.4.1.3).
func parse(name string) Coding {
	switch c := Coding(strings.ToLower(name)); c {
	case "x-gzip":
		return Gzip
	case Gzip, Deflate, Brotli, Zstd:
		return c
	default:
		return ""
	}
}

// Of returns the codings of a message with the header h in the order in which
// they were applied, none if it is not coded. The error is an [*UnknownError].
func Of(h http.Header) ([]Coding, error) {
	lines := h["Content-Encoding"]
	if len(lines) == 0 { // nearly always
		return nil, nil
	}
	var found []Coding
	for _, line := range lines {
		for name := range strings.SplitSeq(line, ",") {
			name = strings.Trim(name, " \t")
			if name == "" || strings.EqualFold(name, identity) {
				continue
			}
			c := parse(name)
			if c == "" {
				return nil, &UnknownError{Name: name}
			}
			if len(found) == maxCodings {
				return nil, &UnknownError{}
			}
			found = append(found, c)
		}
	}
	return found, nil
}

// Memory returns how many bytes the windows may take by which the codings of a
// message with the header h are undone, however short it is.
func Memory(h http.Header) int64 {
	const inflate, brotli = 64 << 10, 16 << 20
	codings, _ := Of(h) // those that are not known are not undone
	var size int64
	for _, c := range codings {
		switch c {
		case Brotli:
			size += brotli
		case Zstd:
			size += maxWindow
		case Gzip, Deflate:
			size += inflate
		}
	}
	return size
}

// Strip corrects the header of a message whose body was decoded: it has no codings
// any more, and the length in bytes.
func Strip(h http.Header, length int) {
	delete(h, "Content-Encoding")
	if len(h["Content-Length"]) > 0 {
		h["Content-Length"] = []string{strconv.Itoa(length)}
	}
}

// Limit returns how large the coded form of a body may be that has at most limit
// bytes, for a number of codings: what cannot be compressed grows a little by each.
func Limit(limit int64, codings int) int64 {
	const part, atLeast = 128, 1 << 10
	return limit + int64(codings)*(limit/part+atLeast)
}
