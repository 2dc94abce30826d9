package homingtest

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
	"github.com/homing-dev/homing/internal/nearest"
)

// remoteSteps are the steps that run at URLs, and what stands for them.
type remoteSteps struct {
	t       testing.TB
	network bool           // lets those reach their URLs that nothing stands for
	by      map[string]any // what stands for them, by their names

	urls     map[string]string       // for [chainfile.Environment]
	handlers map[string]http.Handler // by the hosts of urls

	dial sync.Once
	real *http.Transport // created for the first request to the network, if any
}

// find gives every remote step that is not to reach its URL a host of its own.
func (n *remoteSteps) find(chains []functions.Chain) error {
	n.urls, n.handlers = map[string]string{}, map[string]http.Handler{}
	var names []string
	unused := maps.Clone(n.by)
	for _, c := range chains {
		for _, s := range c.Steps {
			if s.Uses != "" {
				continue
			}
			names = append(names, s.Name, c.Name+"/"+s.Name)
			delete(unused, s.Name)
			delete(unused, c.Name+"/"+s.Name)
			by, replaced := n.of(c, s)
			if !replaced && n.network {
				continue
			}
			host := s.Name + "." + c.Name + ".homingtest"
			n.urls[c.Name+"."+s.Name], n.handlers[host] = "http://"+host, n.unreached(s)
			switch h := by.(type) {
			case http.Handler:
				n.handlers[host] = h
			case func(http.ResponseWriter, *http.Request):
				n.handlers[host] = http.HandlerFunc(h)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(unused)) {
		return fmt.Errorf("there is no remote step %q%s", name, nearest.DidYouMean(name, names))
	}
	return nil
}

// of returns what stands for a step.
func (n *remoteSteps) of(c functions.Chain, s functions.Step) (by any, ok bool) {
	if by, ok = n.by[c.Name+"/"+s.Name]; !ok {
		by, ok = n.by[s.Name]
	}
	return by, ok
}

// unreached stands for a step that nothing else stands for.
func (n *remoteSteps) unreached(s functions.Step) http.Handler {
	return http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		n.t.Errorf("homingtest: the step %s wanted to reach %s; replace it by homingtest.Remote(%q, …), or let it by homingtest.Network()",
			s.Name, s.URL, s.Name)
		panic(http.ErrAbortHandler)
	})
}

// environment is that of the test. What it does not have and nothing is to reach is
// made up, as secrets are.
func (n *remoteSteps) environment(chains []functions.Chain) chainfile.Option {
	return chainfile.Serve(chainfile.Environment{URLs: n.urls, Lookup: func(name string) (string, bool) {
		if value := os.Getenv(name); value != "" {
			return value, true
		}
		madeUp, known := "value-of-"+name, false
		for _, c := range chains {
			_, hasDefault := c.Env[name]
			known = known || slices.Contains(c.Secrets, name) || !n.network && !hasDefault
			for _, s := range c.Steps {
				if rest, begins := strings.CutPrefix(s.URL, "${"+name+"}"); begins && !strings.HasPrefix(rest, "://") {
					madeUp = "http://value-of-" + name
				}
			}
		}
		return madeUp, known
	}})
}

// bind sets the functions of the steps that functions stand for, and the URLs of
// all others.
func (n *remoteSteps) bind(chains []functions.Chain) error {
	for _, c := range chains {
		for i := range c.Steps {
			s := &c.Steps[i]
			if s.Uses != "" {
				continue
			}
			if s.Remote != nil {
				s.URL = s.Remote.URL
			}
			by, replaced := n.of(c, *s)
			switch by.(type) {
			case http.Handler, func(http.ResponseWriter, *http.Request), nil:
				if replaced || !n.network {
					s.Auth = functions.Auth{} // nobody checks it
				}
				continue
			}
			known, err := functions.Map{s.Name: by}.Functions()
			if err != nil {
				return fmt.Errorf("the remote step %s/%s is replaced neither by an http.Handler nor by a function: %w", c.Name, s.Name, err)
			}
			s.Function = known[s.Name]
		}
	}
	return nil
}

// RoundTrip implements [http.RoundTripper].
func (n *remoteSteps) RoundTrip(r *http.Request) (*http.Response, error) {
	if h, ok := n.handlers[r.URL.Host]; ok {
		return serve(h, r)
	}
	n.dial.Do(func() { n.real = new(http.Transport) })
	return n.real.RoundTrip(r)
}

func (n *remoteSteps) close() {
	n.dial.Do(func() {})
	if n.real != nil {
		n.real.CloseIdleConnections()
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
