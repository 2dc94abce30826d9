package knative_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/types"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/internal/deadletter"
	"github.com/homing-dev/homing/internal/letterbox"
	"github.com/homing-dev/homing/internal/problem"
	"github.com/homing-dev/homing/runtimes/knative"
)

// keeping is a store with a box, in which all can go wrong.
type keeping struct {
	reply.Store
	letterbox.Box

	mu     sync.Mutex
	bodies map[string]string
	limits letterbox.Limits
	puts   int
	putErr error
	down   error
	order  []string
}

func (k *keeping) Letters(l letterbox.Limits) letterbox.Box {
	k.limits = l
	return k
}

func (k *keeping) Put(_ context.Context, key string, body []byte) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.order = append(k.order, "put")
	if k.putErr != nil {
		return k.putErr
	}
	k.puts++
	k.bodies[key] = string(body)
	return nil
}

func (k *keeping) List(context.Context) iter.Seq2[letterbox.Letter, error] { return nil }

func (k *keeping) Complete(ctx context.Context, r reply.Reply) error {
	k.mu.Lock()
	k.order = append(k.order, "complete")
	down := k.down
	k.mu.Unlock()
	if down != nil {
		return down
	}
	return k.Store.Complete(ctx, r)
}

// failureRole is a process with the role failure.
type failureRole struct {
	knative.Service

	store *keeping
	log   *bytes.Buffer
}

func newFailureRole(t *testing.T, store reply.Store, environ ...string) failureRole {
	t.Helper()
	cfg, err := knative.FromEnv(append(environ, "HOMING_ROLE=failure", "K_SINK=http://broker"))
	if err != nil {
		t.Fatal(err)
	}
	if len(cfg.Ignored) > 0 {
		t.Errorf("%q are without effect", cfg.Ignored)
	}
	log := &bytes.Buffer{}
	s, err := knative.New(cfg, nil, knative.Options{Store: store, Logger: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	kept, _ := store.(*keeping)
	return failureRole{s, kept, log}
}

func newKeepingRole(t *testing.T) failureRole {
	t.Helper()
	return newFailureRole(t, &keeping{Store: memory.New(memory.Options{}), bodies: map[string]string{}}, "HOMING_STORE=redis://host",
		"HOMING_DEAD_LETTER_ENTRIES=7")
}

const secretData = "the data of a tenant"

// bury posts a dead letter.
func bury(s http.Handler, id reply.ID, headers ...string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(secretData))
	for name, value := range map[string]string{
		"Content-Type": "text/plain", "Ce-Specversion": "1.0", "Ce-Id": id.String(), "Ce-Source": "/chains/quote", "Ce-Type": "homing.quote",
		"Ce-Expirytime": time.Now().Add(time.Minute).UTC().Format(time.RFC3339), "Ce-Routingslip": "quote.price,",
		"Ce-Knativeerrordest": "http://quote", "Ce-Knativeerrorcode": "500",
		"Ce-Knativeerrordata": base64.StdEncoding.EncodeToString([]byte("dispatch error: connection refused")),
	} {
		req.Header.Set(name, value)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
		if headers[i+1] == "" {
			req.Header.Del(headers[i])
		}
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, req)
	return w
}

func TestDeadLetterIsKeptAndThenItsRequestCompleted(t *testing.T) {
	t.Parallel()
	s := newKeepingRole(t)
	id := reply.NewID(time.Now(), 1)
	for range 3 { // the broker delivers at least once
		if w := bury(s, id); w.Code != http.StatusNoContent {
			t.Fatalf("got %d %s", w.Code, w.Body)
		}
	}
	rec, err := s.store.Lookup(t.Context(), id)
	if err != nil || rec.State != reply.Completed {
		t.Fatalf("got %+v, %v", rec, err)
	}
	if doc := string(rec.Reply.Event.Data()); !strings.Contains(doc, `"Step unreachable","status":502`) || !strings.Contains(doc, `"step":"price","attempt":6`) ||
		rec.Reply.Event.Type() != "homing.quote.reply" {
		t.Errorf("the reply is %s", rec.Reply.Event)
	}
	if len(s.store.bodies) != 1 || s.store.order[0] != "put" || s.store.limits.Letters != 7 {
		t.Errorf("kept %q, in the order %q, with %+v", s.store.bodies, s.store.order, s.store.limits)
	}
	for _, body := range s.store.bodies {
		if l, err := deadletter.Open(body); err != nil || l.Broker != "http://broker" || l.RequestID != id.String() || l.Reason != deadletter.Unreachable {
			t.Errorf("got %+v, %v", l, err)
		}
	}
	if n := strings.Count(s.log.String(), `msg="dead letter" kept=true answered=true`); n != 1 || strings.Contains(s.log.String(), secretData) {
		t.Errorf("logged %d times: %s", n, s.log)
	}
}

func TestBrokerComesAgainIfKeepingOrAnsweringFailed(t *testing.T) {
	t.Parallel()
	s := newKeepingRole(t)
	id := reply.NewID(time.Now(), 1)
	s.store.putErr = errors.New("down")
	if w := bury(s, id); w.Code != http.StatusServiceUnavailable || len(s.store.order) != 1 {
		t.Errorf("got %d after %q", w.Code, s.store.order)
	}
	s.store.putErr, s.store.down = nil, context.DeadlineExceeded
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // the broker has left
	if w := buryWithin(ctx, s, id); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("got %d", w.Code)
	}
	s.store.down = nil
	if w := bury(s, id); w.Code != http.StatusNoContent || len(s.store.bodies) != 1 {
		t.Errorf("got %d and %d letters", w.Code, len(s.store.bodies))
	}
	if strings.Contains(s.log.String(), secretData) {
		t.Error("the data is logged")
	}
}

// buryWithin posts a dead letter for a broker that leaves.
func buryWithin(ctx context.Context, s http.Handler, id reply.ID) *httptest.ResponseRecorder {
	return bury(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.ServeHTTP(w, r.WithContext(ctx)) }), id)
}

func TestFullBoxKeepsNobodyFromHisReply(t *testing.T) {
	t.Parallel()
	s := newKeepingRole(t)
	for _, full := range []error{letterbox.ErrFull, reply.ErrFull} {
		s.store.putErr = full
		id := reply.NewID(time.Now(), 1)
		w := bury(s, id)
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "No room") {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
		if rec, err := s.store.Lookup(t.Context(), id); err != nil || rec.State != reply.Completed {
			t.Errorf("got %+v, %v", rec, err)
		}
	}
	if !strings.Contains(s.log.String(), "kept=false answered=true") {
		t.Errorf("logged %s", s.log)
	}
}

func TestRequestThatNeedsNoReplyIsDealtWith(t *testing.T) {
	t.Parallel()
	s := newKeepingRole(t)
	id := reply.NewID(time.Now(), 1)
	if err := s.store.Store.Complete(t.Context(), reply.Reply{
		Request: reply.Request{ID: id, Expires: time.Now().Add(time.Hour)}, Event: problem.Empty(http.StatusNoContent, id.String(), types.URIRef{}, "done"),
	}); err != nil {
		t.Fatal(err)
	}
	if w := bury(s, id); w.Code != http.StatusNoContent || !strings.Contains(s.log.String(), "answered=false") {
		t.Errorf("got %d, log %s", w.Code, s.log)
	}
}

func TestWithoutAStoreTheReplyGoesHomeAndTheLetterIsLogged(t *testing.T) {
	t.Parallel()
	var got []string
	var mu sync.Mutex
	status := http.StatusNoContent
	home := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, r.Method+" "+r.URL.Path+" "+r.Header.Get("Ce-Replytoken")+" "+r.Header.Get("Ce-Httpstatus"))
		w.WriteHeader(status)
	}))
	defer home.Close()
	s := newFailureRole(t, nil, "HOMING_REPLY_ALLOW="+home.URL)
	id := reply.NewID(time.Now(), 1)
	for range 2 {
		w := bury(s, id, "Ce-Replyto", home.URL+"/requests/1/reply", "Ce-Replytoken", "token")
		if w.Code != http.StatusNoContent {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
	}
	if len(got) != 2 || got[0] != "PUT /requests/1/reply token 502" {
		t.Errorf("got %q", got)
	}
	if n := strings.Count(s.log.String(), `msg="dead letter" kept=false answered=true`); n != 1 {
		t.Errorf("logged %d times: %s", n, s.log)
	}
	// What would be the same another time is not asked for again.
	status = http.StatusForbidden
	for _, headers := range [][]string{
		{"Ce-Replyto", home.URL + "/requests/1/reply", "Ce-Replytoken", "forged"},
		{"Ce-Replyto", "http://elsewhere.example/reply", "Ce-Replytoken", "token"},
		{"Ce-Replyto", home.URL + "/requests/1/reply"},
		{},
	} {
		if w := bury(s, reply.NewID(time.Now(), 1), headers...); w.Code != http.StatusNoContent {
			t.Errorf("%q: got %d %s", headers, w.Code, w.Body)
		}
	}
	if strings.Contains(s.log.String(), secretData) || strings.Contains(s.log.String(), "forged") {
		t.Errorf("logged %s", s.log)
	}
}

func TestSinkRefusesWhatIsNoDeadLetter(t *testing.T) {
	t.Parallel()
	s := newKeepingRole(t)
	for want, headers := range map[string][]string{
		"400 code":   {"Ce-Knativeerrorcode", "many"},
		"400 data":   {"Ce-Knativeerrordata", "????"},
		"400 source": {"Ce-Source", ""},
		"400 none":   {"Ce-Knativeerrorcode", "", "Ce-Knativeerrordest", "", "Ce-Routingslip", ""},
		"415 batch":  {"Content-Type", "application/cloudevents+avro", "Ce-Specversion", ""},
	} {
		w := bury(s, reply.NewID(time.Now(), 1), headers...)
		if code, _, _ := strings.Cut(want, " "); http.StatusText(w.Code) == "" || code != w.Result().Status[:3] ||
			w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: got %d %s", want, w.Code, w.Body)
		}
	}
	if len(s.store.order) != 0 || strings.Contains(s.log.String(), secretData) {
		t.Errorf("did %q, logged %s", s.store.order, s.log)
	}
	for method, path := range map[string]string{"GET": "/", "POST": "/other"} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(method, path, nil))
		if w.Code != http.StatusMethodNotAllowed && w.Code != http.StatusNotFound {
			t.Errorf("%s %s: got %d", method, path, w.Code)
		}
	}
	if err := s.Drain(t.Context()); err != nil {
		t.Error(err)
	}
	if w := bury(s, reply.NewID(time.Now(), 1)); w.Code != http.StatusServiceUnavailable {
		t.Errorf("it takes %d while it drains", w.Code)
	}
}

func TestForeignEventsAreKept(t *testing.T) {
	t.Parallel()
	s := newKeepingRole(t)
	if w := bury(s, reply.NewID(time.Now(), 1), "Ce-Id", "42", "Ce-Routingslip", "", "Ce-Expirytime", ""); w.Code != http.StatusNoContent || s.store.puts != 1 {
		t.Errorf("got %d, %d letters", w.Code, s.store.puts)
	}
}

func TestFailureNeedsAWayToAnswer(t *testing.T) {
	t.Parallel()
	_, err := knative.FromEnv([]string{"HOMING_ROLE=failure"})
	if err == nil || !strings.Contains(err.Error(), "HOMING_REPLY_ALLOW") || !strings.Contains(err.Error(), "HOMING_STORE") {
		t.Errorf("got %v", err)
	}
}
