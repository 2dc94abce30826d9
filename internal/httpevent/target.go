package httpevent

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"
)

const (
	// upperHex are the digits of percent-encoding, RFC 3986 section 2.1.
	upperHex = "0123456789ABCDEF"
	// defaultStage is the stage of an HTTP API that is not in its paths.
	defaultStage = "$default"
)

// target returns the path and query of the request, as they would stand in its
// first line, and what a client has in front of them.
func (f *fields) target(source Source) (target, base string, err error) {
	path := cmp.Or(f.path, "/")
	if path[0] != '/' && path != "*" {
		return "", "", fmt.Errorf("the path %.100q does not begin with a slash", path)
	}
	base, path = f.splitBase(source, escapePath(path, source.decodesPath()))
	path = cmp.Or(path, "/")
	query := f.rawQuery
	if !source.Format2() {
		if query, err = f.joinQuery(source); err != nil {
			return "", "", err
		}
	}
	if query == "" {
		return path, base, nil
	}
	return path + "?" + query, base, nil
}

// withoutStage takes the stage away that an HTTP API puts in front of its
// paths. REST APIs leave it out, and so does the stage $default.
func withoutStage(path, stage string) string {
	if stage == "" || stage == defaultStage {
		return path
	}
	rest, ok := strings.CutPrefix(path, "/"+stage)
	if !ok || rest != "" && rest[0] != '/' {
		return path
	}
	return rest
}

// escapePath encodes the bytes that may not stand in a path (RFC 3986 section
// 3.3), and no others. A percent sign is one of them if the source has decoded
// the path; else it begins an encoding. A path that came encoded is left as the
// client sent it, unless a byte would end it.
func escapePath(path string, decoded bool) string {
	escape := func(c byte) bool {
		if decoded {
			return !isPathByte(c)
		}
		return c == '?' || c == '#'
	}
	n := 0
	for i := range len(path) {
		if escape(path[i]) {
			n++
		}
	}
	if n == 0 {
		return path
	}
	out := make([]byte, 0, len(path)+2*n) // two digits for each
	for i := range len(path) {
		c := path[i]
		if escape(c) {
			out = append(out, '%', upperHex[c>>4], upperHex[c&0xf])
		} else {
			out = append(out, c)
		}
	}
	return string(out)
}

// isPathByte reports whether a byte may stand in a path: a slash or a pchar
// without percent-encoding.
func isPathByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.IndexByte("/-._~!$&'()*+,;=:@", c) >= 0
}

// joinQuery joins the query of an event that has it in parts. Those of API
// Gateway are decoded, those of a load balancer as the client sent them.
func (f *fields) joinQuery(source Source) (string, error) {
	q := queryJoiner{sent: source.LoadBalancer()}
	if f.multiQuery != nil {
		err := f.eachOf(f.multiQuery, f.text, q.add)
		return string(q.text), in([]byte("multiValueQueryStringParameters"), err)
	}
	if f.query == nil {
		return "", nil
	}
	err := f.each(f.query, f.text, q.add)
	return string(q.text), in([]byte("queryStringParameters"), err)
}

// queryJoiner writes a query.
type queryJoiner struct {
	text []byte
	sent bool // the parts are as the client sent them
}

func (q *queryJoiner) add(name, value []byte) error {
	if len(q.text) > 0 {
		q.text = append(q.text, '&')
	}
	if q.sent {
		q.text = append(append(append(q.text, name...), '='), value...)
	} else {
		q.text = append(q.text, url.QueryEscape(string(name))...)
		q.text = append(q.text, '=')
		q.text = append(q.text, url.QueryEscape(string(value))...)
	}
	return nil
}
