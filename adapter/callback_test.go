package adapter_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/callback/hooktest"
	"github.com/homing-dev/homing/internal/deadletter"
	"github.com/homing-dev/homing/runtimes"
)

func outbox(t *testing.T, h *hooktest.Hook) deadletter.Outbox {
	t.Helper()
	return deadletter.Outbox{Allowed: h.Options(t).Allowed, Sender: h.Sender(t), Log: slog.New(slog.DiscardHandler)}
}

func calledBack(t *testing.T, h *hooktest.Hook, f functions.Function) *adapter.Adapter {
	t.Helper()
	a, err := runtimes.Inline([]functions.Chain{chain("work", f)}, adapter.Config{
		Store: memory.New(memory.Options{}), Logger: slog.New(slog.DiscardHandler), Callbacks: outbox(t, h),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

func TestReplyIsDeliveredToTheCallbackOfItsCall(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		function functions.Function
		headers  []string
		status   string
		data     string
	}{
		"result": {func(_ context.Context, in event.Event) (*event.Event, error) {
			if functions.Attribute(in, functions.AttrCallback) != "" {
				return nil, functions.Errorf(http.StatusTeapot, "the function sees the callback")
			}
			out := event.New()
			out.SetDataContentType("text/plain")
			out.DataEncoded = []byte("done")
			functions.SetStatus(&out, http.StatusCreated)
			return &out, nil
		}, nil, "201", "done"},
		"error": {func(context.Context, event.Event) (*event.Event, error) {
			return nil, functions.Errorf(http.StatusConflict, "sold out")
		}, nil, "409", "sold out"},
		"dropped":    {func(context.Context, event.Event) (*event.Event, error) { return nil, nil }, nil, "204", ""},
		"keyed":      {echo, []string{"Idempotency-Key", "k"}, "", "ping"},
		"awaited":    {echo, []string{"Prefer", "respond-async, wait=5"}, "", "ping"},
		"with trace": {echo, []string{"Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}, "", "ping"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := hooktest.New(t)
			a := calledBack(t, h, tt.function)
			got, _ := ask(t, a, http.MethodPost, "/work", append([]string{"Prefer", "respond-async", "Homing-Callback", h.URL + "/hook?who=me"}, tt.headers...)...)
			if name != "awaited" && got.Code != http.StatusAccepted {
				t.Fatalf("got %d, %s", got.Code, got.Body)
			}
			ev := h.Await(t)
			if status := functions.Attribute(ev, functions.AttrHTTPStatus); status != tt.status || !strings.Contains(string(ev.Data()), tt.data) {
				t.Errorf("got %s", ev)
			}
			for _, secret := range []string{functions.AttrCallback, functions.AttrReplyTo, functions.AttrReplyToken, functions.AttrRoutingSlip} {
				if functions.Attribute(ev, secret) != "" {
					t.Errorf("it has the attribute %s: %s", secret, ev)
				}
			}
			if location := got.Header().Get("Location"); location != "" {
				if stored, _ := ask(t, a, http.MethodGet, location); strings.Contains(stored.Body.String(), h.URL) || stored.Header().Get("Ce-Callback") != "" {
					t.Errorf("the stored reply names the callback: %s", stored.Body)
				}
				if !strings.HasSuffix(location, carrier.RequestID(ev)) {
					t.Errorf("it is the reply of %s, not of %s", carrier.RequestID(ev), location)
				}
			}
		})
	}
}

func TestDeliveryIsTriedAgain(t *testing.T) {
	t.Parallel()
	h := hooktest.New(t, http.StatusServiceUnavailable)
	a := calledBack(t, h, echo)
	ask(t, a, http.MethodPost, "/work", "Prefer", "respond-async", "Homing-Callback", h.URL)
	if ev := h.Await(t); string(ev.Data()) != "ping" {
		t.Errorf("got %s", ev)
	}
}

func TestCallbackThatCannotBeIsRefused(t *testing.T) {
	t.Parallel()
	h := hooktest.New(t)
	a := calledBack(t, h, echo)
	without := over(t, newStoppable())
	async := []string{"Prefer", "respond-async"}
	batch := append(async, "Content-Type", "application/cloudevents-batch+json") //nolint:gocritic // another list
	for name, tt := range map[string]struct {
		a       *adapter.Adapter
		path    string
		headers []string
		status  int
		detail  string
	}{
		"nobody may":     {without, "/far", append(async, "Homing-Callback", h.URL), 403, "HOMING_CALLBACKS"},
		"not listed":     {a, "/work", append(async, "Homing-Callback", "https://hooks.example.com/"), 403, "Homing-Callback"},
		"another port":   {a, "/work", append(async, "Homing-Callback", "http://127.0.0.1:1/"), 403, "Homing-Callback"},
		"no URL":         {a, "/work", append(async, "Homing-Callback", "hooks"), 400, "Homing-Callback"},
		"empty":          {a, "/work", append(async, "Homing-Callback", ""), 400, "Homing-Callback"},
		"caller waits":   {a, "/work", []string{"Homing-Callback", h.URL}, 400, "respond-async"},
		"caller waits 1": {a, "/work", []string{"Homing-Callback", h.URL, "Prefer", "wait=1"}, 400, "respond-async"},
		"batch":          {a, "/events", append(batch, "Homing-Callback", h.URL), 400, "batch"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, _ := ask(t, tt.a, http.MethodPost, tt.path, tt.headers...)
			if got.Code != tt.status || !strings.Contains(got.Body.String(), tt.detail) {
				t.Errorf("got %d: %s", got.Code, got.Body)
			}
		})
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/work", nil)
	r.Header.Set("Prefer", "respond-async")
	r.Header["Homing-Callback"] = []string{h.URL, h.URL}
	w := httptest.NewRecorder()
	if a.ServeHTTP(w, r); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "2 times") {
		t.Errorf("two of them: got %d: %s", w.Code, w.Body)
	}
}

// A client cannot have a reply delivered by an event's attribute, which nobody checks.
func TestCallbackOfAClientsEventIsRemoved(t *testing.T) {
	t.Parallel()
	h := hooktest.New(t)
	a := calledBack(t, h, func(_ context.Context, in event.Event) (*event.Event, error) {
		if functions.Attribute(in, functions.AttrCallback) != "" {
			return nil, functions.Errorf(http.StatusTeapot, "it is there")
		}
		return &in, nil
	})
	got, _ := ask(t, a, http.MethodPost, "/events", "Prefer", "respond-async", "Ce-Callback", h.URL,
		"Ce-Id", "1", "Ce-Source", "/s", "Ce-Specversion", "1.0", "Ce-Type", chain("work", echo).WithDefaults().Type, "Content-Type", "text/plain")
	if got.Code != http.StatusAccepted {
		t.Fatalf("got %d, %s", got.Code, got.Body)
	}
	if done, _ := ask(t, a, http.MethodGet, got.Header().Get("Location"), "Prefer", "wait=5"); done.Code != http.StatusOK {
		t.Errorf("got %d, %s", done.Code, done.Body)
	}
	if err := a.Drain(t.Context()); err != nil {
		t.Error(err)
	}
	if h.Tried() > 0 {
		t.Error("the reply was delivered")
	}
}

// The reply comes to another replica than the one that has taken the call: it is the
// one that delivers.
func TestReplyOfAVertexIsDeliveredByTheReplicaThatItComesTo(t *testing.T) {
	t.Parallel()
	h := hooktest.New(t)
	store, keys := memory.New(memory.Options{}), reply.RandomKeys()
	replica := func(n reply.Mailbox, carry carrierFunc) *adapter.Adapter {
		a, err := adapter.New(adapter.Config{
			Store: store, SharedStore: true, Mailbox: box + n, ReplyKeys: keys, Logger: slog.New(slog.DiscardHandler), Callbacks: outbox(t, h),
		}, served(carry))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(a.Close)
		return a
	}
	var sent event.Event
	took := replica(0, func(_ context.Context, in event.Event) (carrier.Result, error) {
		sent = in
		return carrier.Result{Accepted: true}, nil
	})
	other := replica(1, accept)
	got, _ := ask(t, took, http.MethodPost, "/far", "Prefer", "respond-async", "Homing-Callback", h.URL)
	if got.Code != http.StatusAccepted {
		t.Fatalf("got %d: %s", got.Code, got.Body)
	}
	if err := took.Drain(t.Context()); err != nil { // the work has ended: the event has gone
		t.Fatal(err)
	}
	if functions.Attribute(sent, functions.AttrCallback) != h.URL {
		t.Errorf("the event does not say where the reply is delivered: %s", sent)
	}
	id, err := reply.ParseID(carrier.RequestID(sent))
	if err != nil {
		t.Fatal(err)
	}
	put := func(data string) int {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPut, "/requests/"+id.String()+"/reply", strings.NewReader(data))
		for name, value := range map[string]string{
			"Ce-Id": "1", "Ce-Source": "/s", "Ce-Specversion": "1.0", "Ce-Type": "t", "Content-Type": "text/plain", "Ce-Correlationid": id.String(),
			"Ce-Replytoken": keys.Sign(id, time.Now().Add(time.Minute)), "Ce-Callback": "http://127.0.0.1:1/",
		} {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		other.ServeHTTP(w, r)
		return w.Code
	}
	if code := put("first"); code != http.StatusNoContent {
		t.Errorf("got %d", code)
	}
	if code := put("second"); code != http.StatusConflict {
		t.Errorf("the second one got %d", code)
	}
	if ev := h.Await(t); string(ev.Data()) != "first" {
		t.Errorf("got %s", ev)
	}
	if err := other.Drain(t.Context()); err != nil {
		t.Error(err)
	}
	if h.Tried() != 1 {
		t.Errorf("%d deliveries", h.Tried())
	}
}

// A drain waits for the first attempt, and for no pause behind it.
func TestDrainDeliversWhatItCan(t *testing.T) {
	t.Parallel()
	h := hooktest.New(t, 503, 503, 503, 503)
	a := calledBack(t, h, echo)
	for range 3 {
		ask(t, a, http.MethodPost, "/work", "Prefer", "respond-async", "Homing-Callback", h.URL)
	}
	if err := a.Drain(t.Context()); err != nil {
		t.Error(err)
	}
	if h.Tried() < 3 {
		t.Errorf("%d were tried", h.Tried())
	}
}
