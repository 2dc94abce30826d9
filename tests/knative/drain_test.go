package knative_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"testing"
	"time"
)

// A call whose body is still on its way when the shutdown begins is answered,
// and only then is the instance stopped.
func TestACallInFlightIsAnsweredBeforeTheServiceEnds(t *testing.T) {
	t.Parallel()
	s := start(t)
	stopping := make(chan struct{})
	s.svc.RegisterOnShutdown(func() { close(stopping) })

	order := sample(t, "testdata/order.json")
	body, rest := io.Pipe()
	got := make(chan answer, 1)
	reading := make(chan struct{})
	go func() { got <- s.upload(body, int64(len(order)), reading) }()
	<-reading // the adapter reads the body: the call runs

	s.cancel()
	<-stopping
	if _, err := io.Copy(rest, bytes.NewReader(order)); err != nil {
		t.Fatal(err)
	}
	(<-got).isQuote(t)
	if err := <-s.ended; err != nil {
		t.Errorf("the service ended with %v", err)
	}
	s.isStopped()
}

// upload posts an order of a length that comes from body, and closes reading
// when the server asks for it. An answer without a status means that there was
// none.
func (s *service) upload(body io.Reader, length int64, reading chan struct{}) answer {
	trace := &httptrace.ClientTrace{Got100Continue: func() { close(reading) }}
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(s.t.Context(), trace), http.MethodPost, s.url+"/quote", body)
	if err != nil {
		return answer{body: []byte(err.Error())}
	}
	req.ContentLength = length
	req.Header.Set("Content-Type", jsonType)
	req.Header.Set("Expect", "100-continue")
	client := &http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Minute}}
	resp, err := client.Do(req)
	if err != nil {
		return answer{body: []byte(err.Error())}
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{body: []byte(err.Error())}
	}
	return answer{resp.StatusCode, resp.Header, data}
}

// isStopped checks that the instance takes no calls: a process that lives on
// must not look ready, and a call that still comes in gets an honest answer.
func (s *service) isStopped() {
	s.t.Helper()
	if ready, err := s.instance.Ready(s.t.Context()); ready || err != nil {
		s.t.Errorf("after Stop, Ready gives %v, %v", ready, err)
	}
	w := httptest.NewRecorder()
	s.instance.Handle(w, httptest.NewRequestWithContext(s.t.Context(), http.MethodPost, "http://127.0.0.1/quote", http.NoBody))
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		s.t.Errorf("after Stop, a call gets %d %v", w.Code, w.Header())
	}
}

// What was accepted is worked off: Stop waits for async calls, whose
// connections have ended long ago.
func TestAnAsyncCallIsFinishedByStop(t *testing.T) {
	t.Parallel()
	s := start(t)
	accepted := call(t, http.MethodPost, s.url+"/thumbnail", sample(t, "testdata/photo.jpg"),
		"Content-Type", "image/jpeg", "Prefer", "respond-async")
	if accepted.status != http.StatusAccepted {
		t.Fatalf("got %d: %s", accepted.status, accepted.body)
	}
	s.cancel()
	if err := <-s.ended; err != nil { // Drain gives an error if it had to cut calls off
		t.Errorf("the service ended with %v", err)
	}
	s.isStopped()
}
