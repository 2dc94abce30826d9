// Package pathmux finds the handler of a request by the patterns of
// [http.ServeMux], and takes the request's path byte for byte: nothing is
// cleaned and nobody is redirected.
//
//	mux := pathmux.New()
//	err := mux.Handle("GET", "/files/{rest...}", files)
//
// A path is split at its slashes, and each segment is decoded by itself before
// it is compared: so %2F is a byte of a segment and no slash, and /%61 is the
// same route as /a (RFC 3986 section 6.2.2.2). An empty segment, "." and ".."
// are segments as all others (sections 3.3 and 5.2.4: only the resolver of a
// reference takes them away). {name} stands for one segment that is not empty,
// {name...} and a slash at the end for all that follow, of which there is at
// least one, and {$} for nothing behind a slash. /files is not /files/.
package pathmux

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/problem"
)

// Mux holds handlers by their patterns. It may be used concurrently once all
// patterns are in it.
type Mux struct {
	patterns *http.ServeMux // which knows what is a pattern, and which of them conflict
	plain    map[target]http.HandlerFunc
	root     node
}

// target is what a request asks for.
type target struct{ method, path string }

// New returns a mux without patterns.
func New() *Mux { return &Mux{patterns: http.NewServeMux(), plain: map[target]http.HandlerFunc{}} }

// Handle adds a handler for a method and a path. The error is that of a pattern
// that [http.ServeMux] does not take, or not together with another.
func (m *Mux) Handle(method, path string, h http.HandlerFunc) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	m.patterns.HandleFunc(method+" "+path, h)
	r := route{handler: h}
	n := &m.root
	segments := strings.Split(path[1:], "/")
	for i, segment := range segments {
		name, isWildcard := strings.CutPrefix(segment, "{")
		name, isRest := strings.CutSuffix(strings.TrimSuffix(name, "}"), "...")
		switch last := i == len(segments)-1; {
		case last && (segment == "" || isWildcard && isRest):
			r.add(name, i, true)
			n.rest.set(method, r)
			return nil
		case isWildcard && name == "$":
			n = n.literal("")
		case isWildcard:
			r.add(name, i, false)
			n = n.wildcard()
		default:
			n = n.literal(unescape(segment))
		}
	}
	n.end.set(method, r)
	if !strings.ContainsAny(path, "{%") {
		m.plain[target{method, path}] = h
	}
	return nil
}

// Find returns the handler of a request, and sets the request's path values,
// decoded. If none is found it returns one that answers so: 405 with Allow, or
// 404.
func (m *Mux) Find(r *http.Request) (h http.HandlerFunc, found bool) {
	path := Path(r.URL)
	if h := m.plain[target{r.Method, path}]; h != nil { // most requests
		return h, true
	}
	segments, ok := strings.CutPrefix(path, "/")
	if !ok { // the * of OPTIONS, or no path
		return notFound, false
	}
	rt := m.root.find(r.Method, segments)
	if rt.handler == nil && r.Method == http.MethodHead {
		rt = m.root.find(http.MethodGet, segments)
	}
	if rt.handler != nil {
		rt.setValues(r, segments)
		return rt.handler, true
	}
	methods := map[string]bool{}
	m.root.methods(segments, methods)
	if len(methods) == 0 {
		return notFound, false
	}
	if methods[http.MethodGet] {
		methods[http.MethodHead] = true
	}
	allow := strings.Join(slices.Sorted(maps.Keys(methods)), ", ")
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", allow)
		problem.Write(w, functions.Errorf(http.StatusMethodNotAllowed, "%s is not possible on %s; use %s", r.Method, Path(r.URL), allow))
	}, false
}

func notFound(w http.ResponseWriter, r *http.Request) {
	problem.Write(w, functions.Errorf(http.StatusNotFound, "there is no route %s here", Path(r.URL)))
}

// ServeHTTP implements [http.Handler].
func (m *Mux) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h, _ := m.Find(r)
	h(w, r)
}

// Path returns the path of a request's URL as it was sent. EscapedPath alone
// does not: if a byte is in it that should have been encoded it encodes the
// whole path anew, and %2F becomes a slash.
func Path(u *url.URL) string {
	if u.RawPath != "" && unescape(u.RawPath) == u.Path {
		return u.RawPath
	}
	return u.EscapedPath()
}

// unescape decodes what can be decoded.
func unescape(segment string) string {
	if decoded, err := url.PathUnescape(segment); err == nil {
		return decoded
	}
	return segment
}
