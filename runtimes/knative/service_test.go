package knative_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/cloudevents"
	"github.com/homing-dev/homing/internal/httpbody"
	"github.com/homing-dev/homing/runtimes/knative"
)

// later is a server whose handler is made when its URL is known.
type later struct {
	url     string
	handler atomic.Value
}

func newLater(t *testing.T) *later {
	t.Helper()
	l := &later{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.handler.Load().(http.HandlerFunc)(w, r)
	}))
	t.Cleanup(srv.Close)
	l.url = srv.URL
	return l
}

// triggers is a broker that brings every event to the vertex of its next step.
func triggers(t *testing.T, vertices map[string]*process) http.HandlerFunc {
	t.Helper()
	return func(w http.ResponseWriter, r *http.Request) {
		data, err := httpbody.Read(w, r, 1<<20)
		ev, rerr := cloudevents.Read(r.Header, data)
		if err := errors.Join(err, rerr); err != nil {
			t.Error(err)
		}
		_, step, _ := carrier.SlipOf(ev).Next()
		to := vertices[step]
		if to == nil {
			t.Errorf("no trigger for %q", carrier.SlipOf(ev))
			return
		}
		w.WriteHeader(http.StatusAccepted)
		_ = http.NewResponseController(w).Flush()
		// The last reply may end the test before the delivery that has led to it is done.
		if got := send(t, to.post(context.WithoutCancel(t.Context()), ev)); got.status != http.StatusNoContent {
			t.Errorf("the vertex answered %d %s", got.status, got.body)
		}
	}
}

// shapes are the chain in every shape, each at its URL.
func shapes(t *testing.T, c functions.Chain) map[string]string {
	t.Helper()
	all := start(t, env{}, c)
	mono := start(t, with(vertexOf(""), "HOMING_REPLY_KEYS", "a="+secret), c)
	whole := start(t, env{"HOMING_ROLE": "adapter", "HOMING_VERTEX_URL": mono.url, "HOMING_REPLY_KEYS": "a=" + secret}, c)
	front := newLater(t)
	front.handler.Store(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { mono.ServeHTTP(w, withPath(r, "/")) }))
	split := start(t, env{"HOMING_ROLE": "adapter", "HOMING_VERTEX_URL": front.url + "/{chain}/{step}", "HOMING_REPLY_KEYS": "a=" + secret}, c)
	out := map[string]string{"all": all.url, "vertex": whole.url, "split": split.url}
	for name, groups := range map[string][]string{
		"vertex, broker": {"letters.*"}, "split, broker": {"letters.a", "letters.b", "letters.c"},
		"two groups": {"letters.a,letters.b", "letters.c"},
	} {
		out[name] = brokered(t, c, groups)
	}
	return out
}

func withPath(r *http.Request, path string) *http.Request {
	out := r.Clone(r.Context())
	out.URL.Path = path
	return out
}

// brokered starts an adapter, a broker and a vertex for every group of steps.
func brokered(t *testing.T, c functions.Chain, groups []string) string {
	t.Helper()
	broker, front := newLater(t), newLater(t)
	adapter := start(t, env{
		"HOMING_ROLE": "adapter", "HOMING_BROKER_URL": broker.url, "HOMING_REPLY_URL": front.url,
		"HOMING_REPLY_KEYS": "a=" + secret,
	}, c)
	front.handler.Store(http.HandlerFunc(adapter.ServeHTTP))
	vertices := map[string]*process{}
	for _, steps := range groups {
		v := start(t, env{
			"HOMING_ROLE": "vertex", "HOMING_STEPS": steps, "HOMING_BROKER_URL": broker.url, "HOMING_REPLY_ALLOW": front.url,
			"HOMING_REPLY_KEYS": "a=" + secret,
		}, c)
		for _, s := range c.Steps {
			if strings.HasPrefix(steps, "letters.*") || strings.Contains(steps, "letters."+s.Name) {
				vertices[s.Name] = v
			}
		}
	}
	broker.handler.Store(triggers(t, vertices))
	return adapter.url
}

func TestEveryShapeAnswersTheSame(t *testing.T) {
	t.Parallel()
	for name, url := range shapes(t, letters()) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := do(t, "POST", url+"/letters", "-", "Content-Type", "text/plain")
			if got.status != 200 || string(got.body) != "-abc" || got.header.Get("Content-Type") != "text/plain" {
				t.Errorf("got %d %s %v", got.status, got.body, got.header)
			}
			for _, mode := range []string{"application/cloudevents+json", "application/json"} {
				const doc = `{"specversion":"1.0","id":"1","source":"/s","type":"homing.letters","datacontenttype":"text/plain","data":"-"}`
				got = do(t, "POST", url+"/events", doc, "Content-Type", "application/cloudevents+json", "Accept", mode)
				all := string(got.body)
				for key := range got.header {
					all += " " + key
				}
				if got.status != 200 || !strings.Contains(all, "-abc") {
					t.Errorf("got %d %s", got.status, all)
				}
				for _, attr := range []string{functions.AttrReplyTo, functions.AttrReplyToken, functions.AttrRoutingSlip} {
					if strings.Contains(strings.ToLower(all), attr) {
						t.Errorf("the client sees %s: %s", attr, all)
					}
				}
			}
		})
	}
}

func TestEveryShapeReportsARefusalTheSame(t *testing.T) {
	t.Parallel()
	c := letters()
	c.Steps[1].Function = func(context.Context, event.Event) (*event.Event, error) {
		return nil, functions.Invalid(functions.FieldError{Pointer: "#/x", Detail: "is wrong"})
	}
	for name, url := range shapes(t, c) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := do(t, "POST", url+"/letters", "-").problem(t, http.StatusUnprocessableEntity)
			got.RequestID = ""
			if got.Step != "b" || got.Attempt != 1 || len(got.Errors) != 1 || got.Title != "Invalid request" {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestEveryShapeReportsADrop(t *testing.T) {
	t.Parallel()
	c := letters()
	c.Steps[1].Function = func(context.Context, event.Event) (*event.Event, error) { return nil, nil }
	for name, url := range shapes(t, c) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := do(t, "POST", url+"/letters", "-"); got.status != http.StatusNoContent {
				t.Errorf("got %d %s", got.status, got.body)
			}
		})
	}
}

func TestAnAdapterWhoseVertexLacksAStepDoesNotAnswerHalfAResult(t *testing.T) {
	t.Parallel()
	v := start(t, vertexOf("letters.a"), letters())
	c := letters()
	c.Timeout = 500_000_000
	a := start(t, env{"HOMING_ROLE": "adapter", "HOMING_VERTEX_URL": v.url}, c)
	if got := do(t, "POST", a.url+"/letters", "-"); got.status == http.StatusOK {
		t.Errorf("got %d %s", got.status, got.body)
	}
}

func TestTokensGuardEveryAdapter(t *testing.T) {
	t.Parallel()
	for _, e := range []env{{}, {"HOMING_ROLE": "adapter", "HOMING_VERTEX_URL": "http://127.0.0.1:1"}} {
		p := start(t, with(e, "HOMING_TOKENS", "shop="+secret), letters())
		do(t, "POST", p.url+"/letters", "-").problem(t, http.StatusUnauthorized)
	}
}

func TestRepliesAreTakenOnlyWhereTheyAreExpected(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		env    env
		status int
	}{
		{env{}, 404},
		{env{"HOMING_ROLE": "adapter", "HOMING_VERTEX_URL": "http://127.0.0.1:1"}, 404},
		{env{"HOMING_ROLE": "adapter", "HOMING_BROKER_URL": "http://127.0.0.1:1", "HOMING_REPLY_URL": "http://127.0.0.1:1"}, 421},
	} {
		p := start(t, tt.env, letters())
		do(t, "PUT", p.url+"/requests/01900000-0000-7000-8000-000000000000/reply", "").problem(t, tt.status)
	}
}

func TestNewRefusesWhatCannotBeServed(t *testing.T) {
	t.Parallel()
	odd := letters()
	odd.Steps[0].Function = nil
	for name, tt := range map[string]struct {
		env    env
		chains []functions.Chain
		says   string
	}{
		"all, no function":    {env{}, []functions.Chain{odd}, "letters"},
		"vertex, no function": {vertexOf(""), []functions.Chain{odd}, "letters"},
		"adapter, same routes": {
			env{"HOMING_ROLE": "adapter", "HOMING_VERTEX_URL": "http://v"}, []functions.Chain{letters(), letters()}, "letters",
		},
		"split, no steps": {env{"HOMING_ROLE": "adapter", "HOMING_VERTEX_URL": "http://{step}"}, []functions.Chain{{Name: "x"}}, "x"},
		"allow-list": {env{
			"HOMING_ROLE": "vertex", "K_SINK": "http://s", "HOMING_REPLY_ALLOW": "ftp://a",
		}, []functions.Chain{letters()}, "HOMING_REPLY_ALLOW"},
	} {
		cfg, err := knative.FromEnv(tt.env.environ())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if svc, err := knative.New(cfg, tt.chains, knative.Options{}); svc != nil || err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: got %v, %v", name, svc, err)
		}
	}
}

func TestAVertexHoldsAnEventAsLongAsItsLongestChain(t *testing.T) {
	t.Parallel()
	c := letters()
	if got := start(t, vertexOf(""), c).MaxResponseTime(); got != functions.DefaultAsyncTimeout {
		t.Errorf("got %s", got)
	}
}
