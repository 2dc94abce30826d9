package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// sin is what the double does to one call that it knows to do right.
type sin string

const (
	sound      sin = ""
	swaps      sin = "answers with another's answer"
	empties    sin = "answers 200 with nothing"
	blurts     sin = "answers an error that is no problem"
	misleads   sin = "answers 500 where no function failed"
	hangs      sin = "does not answer"
	breaks     sin = "closes the connection"
	forgetsIt  sin = "does not know what it accepted"
	loses      sin = "accepts and never ends"
	takesBack  sin = "has a reply and then none"
	runsTwice  sin = "runs a key twice"
	changes    sin = "has another reply the next time"
	ignores    sin = "has a result behind a cancel"
	neverKeyed sin = "never has a result under a key"
	giveEarly  sin = "answers 504 long before the deadline"
)

// double stands for two adapters and all behind them: right, but for its sin.
type double struct {
	sin sin

	mu         sync.Mutex
	executions int
	requests   map[string]*promised
	keys       map[string]string // request by key
}

// promised is a request of the double.
type promised struct {
	plan      plan
	body      string
	since     time.Time
	cancelled bool
	looks     int
}

func (d *double) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id, fetch := strings.CutPrefix(r.URL.Path, "/requests/")
	switch {
	case fetch && r.Method == http.MethodDelete:
		d.cancel(w, id)
	case fetch:
		d.fetch(w, r, id)
	default:
		d.call(w, r)
	}
}

func (d *double) call(w http.ResponseWriter, r *http.Request) {
	var order struct{ Reference string }
	body, _ := io.ReadAll(r.Body)
	if err := json.Unmarshal(body, &order); err != nil {
		panic(err)
	}
	p, err := parsePlan(order.Reference)
	if err != nil {
		panic(err)
	}
	async := r.Header.Get("Prefer") == "respond-async"
	d.mu.Lock()
	id, known := d.keys[r.Header.Get("Idempotency-Key")]
	if !known || d.sin == runsTwice {
		id = d.begin(p)
	}
	if key := r.Header.Get("Idempotency-Key"); key != "" {
		d.keys[key] = id
	}
	d.mu.Unlock()
	switch {
	case d.sin == hangs:
		<-r.Context().Done()
	case d.sin == breaks:
		panic(http.ErrAbortHandler)
	case d.sin == neverKeyed, d.sin == giveEarly:
		fail(w, http.StatusGatewayTimeout, "too slow")
	case d.sin == misleads:
		fail(w, http.StatusInternalServerError, "the call failed")
	case d.sin == blurts:
		http.Error(w, "oops", http.StatusServiceUnavailable)
	case async:
		w.Header().Set("X-Request-ID", id)
		w.Header().Set("Location", "/requests/"+id)
		w.WriteHeader(http.StatusAccepted)
	default:
		d.answer(w, id)
	}
}

// begin executes a call; d.mu is held.
func (d *double) begin(p plan) string {
	d.executions++
	id := fmt.Sprintf("id-%d", d.executions)
	d.requests[id] = &promised{plan: p, since: time.Now(), body: d.result(p, id)}
	return id
}

func (d *double) result(p plan, id string) string {
	if d.sin == swaps {
		p.nonce = "n-of-another"
	}
	return sealed(p.nonce, id, fmt.Sprint(d.executions), quoteOf(p.String()))
}

func quoteOf(reference string) string {
	return fmt.Sprintf(`{"reference":%q,"total":"1.00"}`, reference)
}

func (d *double) answer(w http.ResponseWriter, id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	w.Header().Set("X-Request-ID", id)
	q := d.requests[id]
	switch q.plan.end {
	case endDrop:
		w.WriteHeader(http.StatusNoContent)
	case endRefuse, endFail:
		fail(w, q.plan.status(), sealDetail(q.plan.nonce))
	default:
		w.Header().Set("Content-Type", "application/json")
		if d.sin != empties {
			_, _ = io.WriteString(w, q.body)
		}
	}
}

// fetch answers with the reply of a request once it is 50 ms old.
func (d *double) fetch(w http.ResponseWriter, r *http.Request, id string) {
	d.mu.Lock()
	q := d.requests[id]
	if q == nil || d.sin == forgetsIt {
		d.mu.Unlock()
		fail(w, http.StatusNotFound, "never seen")
		return
	}
	if d.sin == changes {
		d.executions++
		q.body = d.result(q.plan, id)
	}
	running := time.Since(q.since) < 50*time.Millisecond || d.sin == loses || d.sin == takesBack && q.looks > 0
	if !running {
		q.looks++
	}
	isCancelled, body := q.cancelled && d.sin != ignores, q.body
	d.mu.Unlock()
	switch {
	case isCancelled:
		fail(w, http.StatusGone, "cancelled")
	case r.Header.Get("Accept") == "text/event-stream" && !running && q.plan.end == endResult:
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = fmt.Fprintf(w, "id: 1\nevent: accepted\ndata: {}\n\nid: 2\nevent: reply\ndata: "+
			`{"id":%q,"httpstatus":"200","datacontenttype":"application/json","data":%s}`+"\n\n", id, body)
	case running:
		w.Header().Set("X-Request-ID", id)
		w.Header().Set("Location", "/requests/"+id)
		w.WriteHeader(http.StatusAccepted)
	default:
		d.answer(w, id)
	}
}

func (d *double) cancel(w http.ResponseWriter, id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	q := d.requests[id]
	if time.Since(q.since) >= 50*time.Millisecond && d.sin != ignores {
		fail(w, http.StatusConflict, "has completed")
		return
	}
	q.cancelled = true
	w.WriteHeader(http.StatusNoContent)
}

func fail(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"status":%d,"title":%q,"detail":%q}`, status, http.StatusText(status), detail)
}

// newDouble serves the double as both adapters, and returns callers for it.
func newDouble(t *testing.T, s sin, times *timeline) *callers {
	t.Helper()
	limits := standard()
	if s == hangs || s == loses || s == neverKeyed { // who waits in vain must not wait for long
		limits.patience = time.Second
	}
	if s == hangs || s == loses {
		limits.grace = 200 * time.Millisecond
	}
	if s == hangs {
		limits.vertex, limits.split, limits.brief = 100*time.Millisecond, 100*time.Millisecond, 100*time.Millisecond
	}
	if s == loses {
		limits.async = 300 * time.Millisecond
	}
	d := &double{sin: s, requests: map[string]*promised{}, keys: map[string]string{}}
	url, err := serve(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	var e expectation
	for range orders() {
		e.quotes = append(e.quotes, quoteOf(placeholder))
	}
	k := newCallers([2]adapter{{"adapter-1", url}, {"adapter-2", url}}, limits, times, e, newDice(1, streamCallers))
	t.Cleanup(k.client.CloseIdleConnections)
	return k
}
