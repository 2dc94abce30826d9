package aws_test

import (
	"encoding/json"
	"io"
	stdlog "log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// stage is called by the steps of faulty that they run, and holds step act of a
// call that says so.
type stage struct {
	url     string
	arrived chan string   // keys of the calls that are held
	open    chan struct{} // lets them go on

	mu   sync.Mutex
	runs map[string]int // by key and step
}

func newStage(t *testing.T) *stage {
	t.Helper()
	const room = 2000
	s := &stage{arrived: make(chan string, room), open: make(chan struct{}), runs: map[string]int{}}
	srv := httptest.NewUnstartedServer(s)
	srv.Config.ErrorLog = stdlog.New(io.Discard, "", 0) // some of its clients are killed
	srv.Start()
	s.url = srv.URL
	t.Cleanup(func() {
		srv.CloseClientConnections() // of steps that are still held
		srv.Close()
	})
	return s
}

// ServeHTTP implements http.Handler.
func (s *stage) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	key, step := r.FormValue("key"), strings.TrimPrefix(r.URL.Path, "/")
	s.mu.Lock()
	s.runs[key+" "+step]++
	s.mu.Unlock()
	if do := r.FormValue("do"); step != "act" || do != "hold" && do != "ignore" {
		return
	}
	s.arrived <- key
	select {
	case <-s.open:
	case <-r.Context().Done():
	}
}

// ran returns how often a step has run for a key.
func (s *stage) ran(key, step string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.runs[key+" "+step]
}

// order is the body of a call that has step act do something.
func order(key, do string) string {
	data, err := json.Marshal(map[string]any{"key": key, "do": do})
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// right is the only right answer to such a call that can be answered.
func right(key, do string) string {
	return `{"key":"` + key + `","do":"` + do + `","trail":["before","act","after"]}`
}

// right holds an answer to be the one.
func (a answer) right(t *testing.T, key, do string) answer {
	t.Helper()
	a.is(t, http.StatusOK)
	if want := right(key, do); a.body != want {
		t.Errorf("got %s, want %s", excerpt(a.body), want)
	}
	return a
}
