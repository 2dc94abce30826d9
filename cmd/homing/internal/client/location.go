package client

import (
	"errors"
	"net/http"
	"net/url"
)

// ErrElsewhere says that an answer points to no place on the same server; what
// stands there is none of its business, and the token is not sent to it.
var ErrElsewhere = errors.New("the answer has no Location on this server")

// location is the path behind the base at which the reply of a call waits.
func (c Client) location(h http.Header) (string, error) {
	text := h.Get("Location")
	at, err := url.Parse(text)
	if text == "" || err != nil {
		return "", ErrElsewhere
	}
	if at.Host == "" && at.Scheme == "" && len(at.Path) > 0 && at.Path[0] == '/' {
		return at.RequestURI(), nil
	}
	base, err := url.Parse(c.Base)
	if err != nil || at.Scheme != base.Scheme || at.Host != base.Host || len(at.Path) <= len(base.Path) ||
		at.Path[:len(base.Path)] != base.Path || at.Path[len(base.Path)] != '/' {
		return "", ErrElsewhere
	}
	return at.RequestURI()[len(base.EscapedPath()):], nil
}
