package homingtest

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/nearest"
)

// transport takes requests to the handlers that stand for remote steps.
type transport struct {
	t    testing.TB
	open bool // to the network, for all others

	handlers map[string]http.Handler // by the hosts that stand for their steps

	dial    sync.Once
	network *http.Transport // created for the first request, if any
}

// replace returns the chains with what stands for remote steps, by their names.
func (n *transport) replace(chains []functions.Chain, by map[string]any) ([]functions.Chain, error) {
	n.handlers = map[string]http.Handler{}
	out := slices.Clone(chains)
	var remote []string
	unused := maps.Clone(by)
	for i, c := range out {
		steps := slices.Clone(c.Steps)
		for j, s := range steps {
			if s.URL == "" {
				continue
			}
			full := c.Name + "/" + s.Name
			remote = append(remote, s.Name, full)
			for _, name := range []string{s.Name, full} {
				stub, ok := by[name]
				if !ok {
					continue
				}
				delete(unused, name)
				var err error
				if steps[j], err = n.stub(s, c.Name, stub); err != nil {
					return nil, fmt.Errorf("the remote step %s: %w", full, err)
				}
			}
		}
		out[i].Steps = steps
	}
	for _, name := range slices.Sorted(maps.Keys(unused)) {
		return nil, fmt.Errorf("there is no remote step %q%s", name, nearest.DidYouMean(name, remote))
	}
	return out, nil
}

// stub returns the step with what stands for it.
func (n *transport) stub(s functions.Step, chain string, by any) (functions.Step, error) {
	switch h := by.(type) {
	case http.Handler:
		return n.handle(s, chain, h), nil
	case func(http.ResponseWriter, *http.Request):
		return n.handle(s, chain, http.HandlerFunc(h)), nil
	}
	known, err := functions.Map{s.Name: by}.Functions()
	if err != nil {
		return s, fmt.Errorf("neither an http.Handler nor a function: %w", err)
	}
	s.Function = known[s.Name]
	return s, nil
}

// handle has the step run at a host of its own, with the path that it has.
func (n *transport) handle(s functions.Step, chain string, h http.Handler) functions.Step {
	to := &url.URL{Path: "/"}
	if given, err := url.Parse(s.URL); err == nil && given.Opaque == "" {
		to = given
	}
	to.Scheme, to.Host = "http", s.Name+"."+chain+".homingtest"
	n.handlers[to.Host] = h
	s.URL = to.String()
	return s
}

// RoundTrip implements [http.RoundTripper].
func (n *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if h, ok := n.handlers[r.URL.Host]; ok {
		return serve(h, r)
	}
	if !n.open {
		err := fmt.Errorf("a step wanted to reach %s; replace it by homingtest.Remote, or let it by homingtest.Network", r.URL)
		n.t.Errorf("homingtest: %v", err)
		closeBody(r)
		return nil, err
	}
	n.dial.Do(func() { n.network = new(http.Transport) })
	return n.network.RoundTrip(r)
}

func (n *transport) close() {
	n.dial.Do(func() {})
	if n.network != nil {
		n.network.CloseIdleConnections()
	}
}

func closeBody(r *http.Request) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
}

// errBroken is what a client sees of a server whose handler has panicked.
var errBroken = errors.New("the handler panicked")

// serve calls a handler as a server would. What it has answered when the request's
// context has ended does not count.
func serve(h http.Handler, r *http.Request) (_ *http.Response, err error) {
	in := r.Clone(r.Context())
	in.RequestURI, in.RemoteAddr = r.URL.RequestURI(), "192.0.2.1:1234"
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", errBroken, p)
			if p == http.ErrAbortHandler { //nolint:errorlint,err113 // as net/http compares it
				err = io.ErrUnexpectedEOF
			}
		}
	}()
	defer closeBody(in)
	h.ServeHTTP(w, in)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	resp := w.Result()
	resp.Request, resp.ContentLength = r, int64(w.Body.Len())
	resp.Header.Del("Content-Length")
	return resp, nil
}

