package httpevent

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// isDropped reports whether a header of a request is left out: it is meant for
// one connection (RFC 9110 section 7.6.1), which ends at the service, or it
// claims to be a context that only a platform's own adapter sets.
func isDropped(name string) bool {
	return IsPerConnection(name) || name == "X-Amzn-Request-Context" || name == "X-Amzn-Lambda-Context"
}

// headerReader collects the header of a request.
type headerReader struct {
	header http.Header
	// values is what the first value of every name is cut from.
	values []string
	// noCookie leaves Cookie out.
	noCookie bool
}

// header creates the header of the request, with Host in it.
func (f *fields) header(source Source) (http.Header, error) {
	multi := source == ALBMulti || !source.Format2() && source != ALB && !isEmpty(f.multiHeaders)
	object := f.headers
	if multi {
		object = f.multiHeaders
	}
	n := bytes.Count(object, []byte(`":`)) + 1 // a guess, not below what is needed by much
	h := headerReader{header: make(http.Header, n), values: make([]string, 0, n)}
	cookie, err := f.cookie(source)
	if err != nil {
		return nil, err
	}
	h.noCookie = cookie != ""
	switch {
	case object == nil:
	case multi:
		err = in([]byte("multiValueHeaders"), f.eachOf(object, f.text, h.add))
	default:
		err = in([]byte("headers"), f.each(object, f.text, h.add))
	}
	if err != nil {
		return nil, err
	}
	if cookie != "" {
		h.header["Cookie"] = []string{cookie}
	}
	return h.header, nil
}

// isEmpty reports whether an object has no members.
func isEmpty(object []byte) bool {
	return len(bytes.Trim(object, "{} \t\r\n")) == 0
}

// cookie returns the cookies of format 2.0 as the one line that a client should
// have sent (RFC 6265 section 5.4). Where the service sends them as a header,
// too, that is the same and is left out.
func (f *fields) cookie(source Source) (string, error) {
	if f.cookies == nil || !source.Format2() {
		return "", nil
	}
	var line []byte
	f.reset(f.cookies)
	err := f.array(func() error {
		pair, err := f.text()
		if err != nil {
			return err
		}
		if len(line) > 0 {
			line = append(line, "; "...)
		}
		line = append(line, pair...)
		return nil
	})
	if err == nil && !isFieldValue(line) {
		err = errors.New("one has a control character")
	}
	return string(line), in([]byte("cookies"), err)
}

// add adds one value. It is never split at its commas: a date has one, and so
// have entity tags and JSON.
func (h *headerReader) add(name, value []byte) error {
	key := http.CanonicalHeaderKey(string(name))
	if !isToken(key) {
		return fmt.Errorf("the header name %.100q is not one", name)
	}
	if !isFieldValue(value) {
		return fmt.Errorf("the header %.100s has a control character", name)
	}
	if isDropped(key) || h.noCookie && key == "Cookie" {
		return nil
	}
	if old, ok := h.header[key]; ok {
		h.header[key] = append(old, string(value))
		return nil
	}
	h.values = append(h.values, string(value))
	n := len(h.values)
	h.header[key] = h.values[n-1 : n : n]
	return nil
}

// host takes the host out of the header, as a server does.
func (f *fields) host(header http.Header) string {
	host := header.Get("Host")
	delete(header, "Host")
	if host == "" {
		return f.domain
	}
	return host
}

// isToken reports whether s is a token, RFC 9110 section 5.6.2.
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return s != ""
}

// isFieldValue reports whether a value can stand in a header: RFC 9110 section
// 5.5 without control characters.
func isFieldValue[T string | []byte](s T) bool {
	const del = 0x7f
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == del {
			return false
		}
	}
	return true
}
