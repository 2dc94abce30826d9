package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// stepServer serves the first and the last step of every chain.
//
// The last one names each of its executions in its result, so that two answers
// of one request that come from two executions can be told apart.
type stepServer struct {
	executions atomic.Int64

	mu     sync.Mutex
	gates  map[string]int // executions of the first step by request
	sealed map[string]int // those of the last
}

func newStepServer() *stepServer {
	return &stepServer{gates: map[string]int{}, sealed: map[string]int{}}
}

func (s *stepServer) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /gate", s.gate)
	mux.HandleFunc("POST /seal", s.seal)
	return mux
}

// execution counts one of a request.
func (s *stepServer) execution(of map[string]int, request string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	of[request]++
	return of[request]
}

// sums are the executions of the last step, the requests that had any, and the
// most that one had.
func (s *stepServer) sums() (executions, requests, most int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.sealed {
		executions += n
		most = max(most, n)
	}
	return executions, len(s.sealed), most
}

// gate passes its event on, after as many failures as its plan asks for.
func (s *stepServer) gate(w http.ResponseWriter, r *http.Request) {
	body, p, err := read(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	n := s.execution(s.gates, r.Header.Get("Ce-Correlationid"))
	if !pause(r.Context(), p.gate) {
		return
	}
	if n <= p.failures {
		http.Error(w, "as the plan says", http.StatusServiceUnavailable)
		return
	}
	maps.Copy(w.Header(), attributes(r.Header))
	_, _ = w.Write(body)
}

// seal ends the chain as the plan says.
func (s *stepServer) seal(w http.ResponseWriter, r *http.Request) {
	body, p, err := read(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	request := r.Header.Get("Ce-Correlationid")
	s.execution(s.sealed, request)
	if !pause(r.Context(), p.seal) {
		return
	}
	switch p.end {
	case endDrop:
		w.WriteHeader(http.StatusNoContent)
	case endRefuse, endFail:
		w.Header().Set("Content-Type", problemType)
		w.WriteHeader(p.status())
		_, _ = fmt.Fprintf(w, `{"status":%d,"title":%q,"detail":%q}`, p.status(), "As the plan says", sealDetail(p.nonce))
	default:
		maps.Copy(w.Header(), attributes(r.Header))
		_, _ = io.WriteString(w, sealed(p.nonce, request, strconv.FormatInt(s.executions.Add(1), 10), string(body)))
	}
}

func sealDetail(nonce string) string { return "the order of " + nonce + " is not for sale" }

// sealed is the data of a result.
func sealed(nonce, request, execution, quote string) string {
	return fmt.Sprintf(`{"nonce":%q,"request":%q,"execution":%q,"quote":%s}`, nonce, request, execution, quote)
}

// read reads the data of an event and the plan in it.
func read(r *http.Request) ([]byte, plan, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, plan{}, fmt.Errorf("read the event: %w", err)
	}
	var doc struct {
		Reference string `json:"reference"`
	}
	if err := json.Unmarshal(body, &doc); err != nil {
		return nil, plan{}, fmt.Errorf("read the order: %w", err)
	}
	p, err := parsePlan(doc.Reference)
	return body, p, err
}

// attributes are the headers that belong to an event.
func attributes(h http.Header) http.Header {
	out := maps.Clone(h)
	maps.DeleteFunc(out, func(name string, _ []string) bool {
		return name != "Content-Type" && !strings.HasPrefix(name, "Ce-")
	})
	return out
}

// pause waits, and reports false if ctx ends before.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
