package trace_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/homing-dev/homing/tests/internal/wait"
)

const (
	trace  = "0af7651916cd43dd8448eb211c80319c"
	caller = "b7ad6b7169203331"
)

// call calls a chain as a client that is traced.
func call(t *testing.T, url, body string) (status int, answer string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "text/plain")
	r.Header.Set("Traceparent", "00-"+trace+"-"+caller+"-01")
	r.Header.Add("Tracestate", "a=1")
	r.Header.Add("Tracestate", "b=2")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

// deployment starts an adapter and two vertices behind a broker, whose chain has a
// step of Flask and one of Express.
func deployment(t *testing.T, c collector, passes bool) (adapter *process) {
	t.Helper()
	flask, express := flaskStep(t, c), expressStep(t, c)
	broker := &deliveries{byStep: map[string]string{}, passes: passes}
	ingress := httptest.NewServer(broker)
	t.Cleanup(func() {
		ingress.Close()
		broker.work.Wait()
	})
	common := []string{"HOMING_BROKER_URL=" + ingress.URL + "/broker", "FLASK_URL=" + flask.url, "EXPRESS_URL=" + express.url}
	reply := freePort(t)
	vertex := func(name, steps string) *process {
		env := append(exports(c, name), "HOMING_ROLE=vertex", "HOMING_STEPS="+steps, "HOMING_REPLY_ALLOW=http://127.0.0.1:"+reply)
		return app(t, append(env, common...)...)
	}
	front, back := vertex("front", "letters.front,letters.flask,letters.express"), vertex("back", "letters.back")
	broker.byStep["letters.front"], broker.byStep["letters.back"] = front.url, back.url
	env := append(exports(c, "adapter"), "HOMING_ROLE=adapter", "HOMING_REPLY_URL=http://127.0.0.1:"+reply, "PORT="+reply)
	adapter = app(t, append(env, common...)...)
	return adapter
}

func TestACallIsOneTraceOverThreeProcessesAndABroker(t *testing.T) {
	t.Parallel()
	c := collect(t)
	adapter := deployment(t, c, true)
	if status, got := call(t, adapter.url+"/letters", "a"); status != http.StatusOK || got != "{[A]}" {
		t.Fatalf("got %d %s", status, got)
	}
	all := c.await(t, trace, `
adapter: POST /letters server 200
  adapter: publish /broker producer
    adapter: POST client 202
      front: process letters.front consumer
        front: step front internal
        front: step flask internal
          front: POST client 200
            flask: POST / server 200
        front: step express internal
          front: attempt express internal error
            front: POST client 503 error
              express: POST / server 503 error
          front: attempt express internal
            front: POST client 200
              express: POST / server 200
        front: publish /broker producer
          front: POST client 202
            back: process letters.back consumer
              back: step back internal
              back: PUT client 204
                adapter: PUT /requests/{id}/reply server 204
`)
	first := one(t, all, "adapter", "POST /letters")
	if first.parent() != caller || first.TraceState().AsRaw() != "a=1, b=2" && first.TraceState().AsRaw() != "a=1,b=2" {
		t.Errorf("the call is below %s with %q", first.parent(), first.TraceState().AsRaw())
	}
	for _, s := range []span{one(t, all, "front", "process letters.front"), one(t, all, "back", "process letters.back")} {
		if !slices.Equal(s.links(), []string{caller}) {
			t.Errorf("%s is linked to %q, not to where the trace has started", s.Name(), s.links())
		}
		if s.attr("cloudevents.event_id") != first.attr("homing.request_id") || s.attr("messaging.operation.type") != "process" {
			t.Errorf("got %v", s.Attributes().AsRaw())
		}
	}
}

// A broker that passes on nothing but the event leaves the trace where it has started.
func TestATraceGoesOnBehindABrokerThatKnowsNothingOfIt(t *testing.T) {
	t.Parallel()
	c := collect(t)
	adapter := deployment(t, c, false)
	if status, got := call(t, adapter.url+"/letters", "a"); status != http.StatusOK {
		t.Fatalf("got %d %s", status, got)
	}
	wait.Eventually(t, "the spans of all processes", func() bool {
		services := map[string]bool{}
		for _, s := range c.spans(t, trace) {
			services[s.service] = true
		}
		return len(services) == 5
	})
	for _, s := range c.spans(t, trace) {
		if strings.HasPrefix(s.Name(), "process ") && (s.parent() != caller || len(s.links()) > 0) {
			t.Errorf("%s is below %s, with links to %q", s.Name(), s.parent(), s.links())
		}
	}
}

func TestTheEndOfAProcessSendsItsLastSpans(t *testing.T) {
	t.Parallel()
	c := collect(t)
	env := []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + c.url, "OTEL_BSP_SCHEDULE_DELAY=100000", "OTEL_RESOURCE_ATTRIBUTES=service.name=inline"}
	p := app(t, append(env, "HOMING_ROLE=all", "FLASK_URL=http://127.0.0.1:1", "EXPRESS_URL=http://127.0.0.1:1")...)
	if status, got := call(t, p.url+"/fails", "a"); status != http.StatusTeapot {
		t.Fatalf("got %d %s", status, got)
	}
	p.stop()
	c.await(t, trace, `
inline: POST /fails server 418
  inline: step refuse internal error
`)
}
