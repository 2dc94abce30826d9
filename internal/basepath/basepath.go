// Package basepath is what stands in front of the paths of a service for its
// clients: the stage of an API, the mapping of a domain, the prefix of a proxy.
package basepath

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/homing-dev/homing/internal/pathmux"
)

// Root is a base path that puts nothing in front.
const Root = "/"

var errInvalid = errors.New(`must be "/", or segments such as /shop/v1 without a slash at the end`)

// Parse checks a base path: "" is none, and [Root] says that there is nothing,
// whatever the platform thinks.
func Parse(s string) (string, error) {
	if s == "" || s == Root {
		return s, nil
	}
	u, err := url.ParseRequestURI(s)
	if err != nil || s[0] != '/' || path.Clean(s) != s || path.Clean(u.Path) != u.Path || u.RawQuery != "" || u.EscapedPath() != s {
		return "", errInvalid
	}
	return s, nil
}

type key struct{}

// With returns the context of a request from whose path a platform has taken a
// base path.
func With(ctx context.Context, base string) context.Context {
	if base == "" {
		return ctx
	}
	return context.WithValue(ctx, key{}, base)
}

// Of returns what a platform has taken from the path of a request, "" if that is
// nothing.
func Of(ctx context.Context) string {
	base, _ := ctx.Value(key{}).(string)
	return base
}

// Strip returns the request without the base path in front of its path, if it is
// there: a proxy may have taken it away already. What a platform has taken away
// may be a part of it.
func Strip(r *http.Request, base string) *http.Request {
	if base == "" || base == Root {
		return r
	}
	sent := pathmux.Path(r.URL)
	inner, ok := cut(Of(r.Context())+sent, base)
	if !ok {
		inner, ok = cut(sent, base)
	}
	if !ok {
		return r
	}
	out, u := *r, *r.URL
	out.URL = &u
	u.RawPath = inner
	if u.Path, _ = url.PathUnescape(inner); u.Path == "" { // a part of a path that was parsed
		u.Path, u.RawPath = "/", ""
	}
	return &out
}

// cut cuts a path behind the base, segment by segment.
func cut(sent, base string) (inner string, ok bool) {
	for segment := range strings.SplitSeq(base[1:], "/") {
		if sent == "" || sent[0] != '/' {
			return "", false
		}
		end := strings.IndexByte(sent[1:], '/') + 1
		if end == 0 {
			end = len(sent)
		}
		if sent[1:end] != segment && !sameText(sent[1:end], segment) {
			return "", false
		}
		sent = sent[end:]
	}
	return sent, true
}

// sameText reports whether two segments differ in their encoding alone.
func sameText(a, b string) bool {
	a, err := url.PathUnescape(a)
	if err != nil {
		return false
	}
	b, err = url.PathUnescape(b)
	return err == nil && a == b
}
