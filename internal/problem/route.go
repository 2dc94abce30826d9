package problem

import (
	"net/http"

	"github.com/homing-dev/homing/functions"
)

// Route serves r by mux, and writes a problem where mux has no pattern for r:
// 405 with the methods that the path has, else 404.
func Route(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) {
	if _, pattern := mux.Handler(r); pattern != "" {
		mux.ServeHTTP(w, r)
		return
	}
	probe := headerProbe{header: http.Header{}}
	mux.ServeHTTP(&probe, r) // net/http knows which methods the path has
	if allow := probe.header.Get("Allow"); probe.status == http.StatusMethodNotAllowed && allow != "" {
		w.Header().Set("Allow", allow)
		Write(w, functions.Errorf(http.StatusMethodNotAllowed, "%s is not possible on %s; use %s", r.Method, r.URL.Path, allow))
		return
	}
	Write(w, functions.Errorf(http.StatusNotFound, "there is no route %s here", r.URL.Path))
}

// headerProbe takes the header and status of an answer and nothing else.
type headerProbe struct {
	header http.Header
	status int
}

func (p *headerProbe) Header() http.Header         { return p.header }
func (p *headerProbe) WriteHeader(status int)      { p.status = status }
func (p *headerProbe) Write(b []byte) (int, error) { return len(b), nil }
