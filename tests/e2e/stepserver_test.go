package e2e_test

import (
	"io"
	stdlog "log"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// stepServer serves steps that run at a URL, in the process of the test: so a
// test sees them run, holds them, and has them answer anything.
type stepServer struct {
	url     string
	arrived chan message  // events at /gate
	open    chan struct{} // lets them go on
}

func newStepServer(t *testing.T) *stepServer {
	t.Helper()
	const room = 2000
	s := &stepServer{arrived: make(chan message, room), open: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /gate", s.gate)
	for _, f := range faults() {
		mux.HandleFunc("POST /"+f.name, f.answer)
	}
	srv := httptest.NewUnstartedServer(mux)
	srv.Config.ErrorLog = stdlog.New(io.Discard, "", 0) // some answers are wrong on purpose
	srv.Start()
	s.url = srv.URL
	t.Cleanup(func() {
		srv.CloseClientConnections() // of steps that are still held
		srv.Close()
	})
	return s
}

// gate hands its event on, when it is let.
func (s *stepServer) gate(w http.ResponseWriter, r *http.Request) {
	m := received(r)
	s.arrived <- m
	select {
	case <-s.open:
		m.write(w)
	case <-r.Context().Done():
	}
}

// received reads an event in binary mode; what is no event has no id.
func received(r *http.Request) message {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return message{http.Header{}, err.Error()}
	}
	return message{attributes(r.Header), string(body)}
}

// write answers with the event.
func (m message) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), m.header)
	_, _ = io.WriteString(w, m.body) // who has gone needs no answer
}

// chainFile writes a chain.yaml in which {url} stands for the step server.
func (s *stepServer) chainFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "chain.yaml")
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, "{url}", s.url)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// gated is the sample chain quote with a step in it that a test can hold, and a time
// which no machine needs for it; overdue returns it with the time that is meant to end.
const gated = `
chains:
  - name: gated
    route: POST /gated
    timeout: 1m
    steps:
      - function: quote.validate
      - {name: gate, url: "{url}/gate", retry: {attempts: 1}}
      - function: quote.enrich
      - function: quote.price
`

func overdue() string { return strings.Replace(gated, "1m", gatedTimeout.String(), 1) }

// gatedPlan deploys gated, or overdue.
func (s *stepServer) gatedPlan(t *testing.T, how shape, chains string) plan {
	t.Helper()
	return plan{
		shape: how, file: s.chainFile(t, chains), broker: patient(),
		chains: map[string][]string{"gated": {"validate", "gate", "enrich", "price"}},
	}
}

// The timeouts of the two.
const (
	gatedTimeout = 4 * second
	wholeTimeout = time.Minute
)
