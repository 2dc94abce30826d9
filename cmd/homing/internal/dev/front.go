package dev

import (
	"context"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/problem"
)

// front passes calls on to the version that serves. A call that comes before there
// is one waits for it, or for the reason why there is none.
type front struct {
	proxy *httputil.ReverseProxy

	mu      sync.Mutex
	target  *url.URL      // nil while nothing serves
	failure string        // why nothing does
	known   chan struct{} // closed when there is one of the two
	closed  bool
}

func newFront() *front {
	f := &front{known: make(chan struct{})}
	f.proxy = &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			target, _ := r.In.Context().Value(targetKey{}).(*url.URL)
			r.Out.URL.Scheme, r.Out.URL.Host = target.Scheme, target.Host
			r.Out.Host = r.In.Host
			for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
				if values, ok := r.In.Header[name]; ok { // as if nothing stood between
					r.Out.Header[name] = values
				}
			}
			r.Out.URL.RawQuery = r.In.URL.RawQuery // also what no query can be
		},
		FlushInterval: -1, // streams
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if r.Context().Err() == nil {
				problem.Write(w, functions.Errorf(http.StatusBadGateway, "the app has ended during the call; the terminal says why: %s", err))
			}
		},
	}
	return f
}

// targetKey is where the context of a request has the version that it goes to.
type targetKey struct{}

// ServeHTTP implements http.Handler.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	known := f.known
	f.mu.Unlock()
	select {
	case <-known:
	case <-r.Context().Done():
		return
	}
	f.mu.Lock()
	target, failure := f.target, f.failure
	f.mu.Unlock()
	if target == nil {
		p := functions.Errorf(http.StatusServiceUnavailable, "%s", failure)
		p.Title = "The app cannot serve"
		problem.Write(w, p)
		return
	}
	f.proxy.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), targetKey{}, target)))
}

// use has calls go to an address from now on.
func (f *front) use(address string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.target = &url.URL{Scheme: "http", Host: address}
	f.tell()
}

// fail says why there is no version, unless there is one still.
func (f *front) fail(why string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failure = why
	f.tell()
}

// gone forgets the version that has ended.
func (f *front) gone() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.target = nil
}

// close answers who waits.
func (f *front) close() { f.fail("homing dev has ended") }

func (f *front) tell() {
	if !f.closed {
		f.closed = true
		close(f.known)
	}
}

// serves reports whether there is a version.
func (f *front) serves() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.target != nil
}
