package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"testing"
)

// served is a `homing serve` that runs in this process.
type served struct {
	url   string
	guide string // what it printed
	stop  func() // what a first signal does
	logs  *watcher
	code  int // the exit code, once ended is closed
	ended chan struct{}
}

// serve starts `homing serve` on a free port, and waits until it listens.
func serve(t *testing.T, environ []string, args ...string) *served {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, w := io.Pipe()
	s := &served{stop: cancel, logs: newWatcher(), ended: make(chan struct{})}
	go func() {
		defer close(s.ended)
		s.code = runHere(ctx, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...), strings.NewReader(""), w, s.logs, environ)
		_ = w.Close()
	}()
	lines := bufio.NewReader(out)
	for !strings.Contains(s.guide, "\nStop with") {
		line, err := lines.ReadString('\n')
		s.guide += line
		if err != nil {
			t.Fatalf("it did not start: %v, %s", err, s.logs)
		}
	}
	first, _, _ := strings.Cut(s.guide, "\n")
	s.url = first[strings.LastIndexByte(first, ' ')+1:]
	t.Cleanup(func() {
		cancel()
		<-s.ended
	})
	return s
}

// ends stops the server and returns its exit code.
func (s *served) ends() int {
	s.stop()
	<-s.ended
	return s.code
}

// get asks for a path and returns the status.
func (s *served) get(t *testing.T, path string) int {
	t.Helper()
	resp, err := httpClient(t).Get(s.url + path)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// httpClient is an HTTP client without connections that outlive the test.
func httpClient(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{ExpectContinueTimeout: 1 << 40} // always wait for the server
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// halfSent is a call whose body has not been sent to its end.
type halfSent struct {
	finish func()   // sends the other half
	giveUp func()   // ends the body here
	status chan int // of the answer; 0 if there was none
}

// sendHalf sends the first half of an order, and waits until the server runs
// the call.
func sendHalf(t *testing.T, url string) halfSent {
	t.Helper()
	order := read(t, orderFile)
	body, w := io.Pipe()
	begun := make(chan struct{})
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got100Continue: func() { close(begun) }})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/quote", body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Expect", "100-continue")
	h := halfSent{status: make(chan int, 1)}
	hc := httpClient(t)
	go func() {
		resp, err := hc.Do(req)
		if err != nil {
			h.status <- 0
			return
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		h.status <- resp.StatusCode
	}()
	<-begun
	const half = 100
	_, _ = io.WriteString(w, order[:half])
	h.finish = func() {
		_, _ = io.WriteString(w, order[half:])
		_ = w.Close()
	}
	h.giveUp = func() { _ = w.CloseWithError(io.ErrUnexpectedEOF) }
	t.Cleanup(h.giveUp)
	return h
}

// watcher is a writer that reports when a text has been written to it.
type watcher struct {
	mu      sync.Mutex
	text    strings.Builder
	changed chan struct{} // closed at the next write
}

func newWatcher() *watcher { return &watcher{changed: make(chan struct{})} }

func (w *watcher) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text.Write(p)
	close(w.changed)
	w.changed = make(chan struct{})
	return len(p), nil
}

func (w *watcher) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// wait returns when text has been written.
func (w *watcher) wait(t *testing.T, text string) {
	t.Helper()
	for {
		w.mu.Lock()
		found, changed := strings.Contains(w.text.String(), text), w.changed
		w.mu.Unlock()
		if found {
			return
		}
		select {
		case <-changed:
		case <-t.Context().Done():
			t.Fatalf("%q was not written in %s", text, w)
		}
	}
}
