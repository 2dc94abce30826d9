package homingtest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/homingtest"
	"github.com/homing-dev/homing/tests/leaks"
)

func TestMain(m *testing.M) { leaks.Main(m) }

func TestAChainIsCalledAsByItsCallers(t *testing.T) {
	t.Parallel()
	app := homingtest.NewFS(t, fstest.MapFS{"chain.yaml": {Data: []byte(chains)}}, fns(), homingtest.Network())
	for name, body := range map[string]any{
		"value": person{"Ada"}, "text": `{"name":"Ada"}`, "bytes": []byte(`{"name":"Ada"}`), "reader": strings.NewReader(`{"name":"Ada"}`),
	} {
		var got greeting
		resp := app.Post("/greet", body).Want(200)
		resp.JSON(&got)
		if got.Text != "Hello, Ada" || resp.RequestID() == "" || resp.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: got %+v, %v", name, got, resp.Header)
		}
	}
	if p := app.Post("/greet", nil).Problem(); p.Status != 400 || p.Step != "greet" {
		t.Errorf("got %+v", p)
	}
	if got := app.Get("/greet").Want(405); got.Header.Get("Allow") == "" {
		t.Errorf("got %v", got.Header)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPut, "/nowhere?a=b", nil)
	app.Do(r).Want(404)
	var document struct {
		Paths      map[string]any
		Components struct {
			Schemas map[string]struct{ Properties map[string]any }
		}
	}
	got := app.Get("/openapi.json").Want(200)
	if err := json.Unmarshal(got.Body, &document); err != nil {
		t.Fatal(err)
	}
	if document.Paths["/greet"] == nil || document.Components.Schemas["person"].Properties["name"] == nil {
		t.Errorf("got %s", got.Text())
	}
}

func TestAnEventHasAnEventForItsReply(t *testing.T) {
	t.Parallel()
	app := homingtest.New(t, []byte(chains), fns(), homingtest.Network())
	got := app.Event("homing.greet", person{"Ada"}, homingtest.Header("ce-id", "7")).Want(200).Event()
	if string(got.Data()) != `{"text":"Hello, Ada"}` || got.Type() != "homing.greet.greet" || got.Extensions()["causationid"] != "7" {
		t.Errorf("got %v", got)
	}
	app.Event("homing.nobody", nil).Want(404)
}

// slow counts its runs, each of which takes an hour.
func slow(runs *atomic.Int32) functions.Map {
	return functions.Map{"greet": func(ctx context.Context, in event.Event) (*event.Event, error) {
		runs.Add(1)
		select {
		case <-time.After(time.Hour):
			return &in, nil
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}}
}

const patient = `
chains:
  - {name: greet, route: POST /greet, timeout: 2h, steps: [greet]}
`

func TestTimeIsThatOfTheBubble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var runs atomic.Int32
		app := homingtest.New(t, []byte(patient), slow(&runs))
		start := time.Now()
		app.Post("/greet", "{}").Want(200)
		if took := time.Since(start); took != time.Hour {
			t.Errorf("a call took %s", took)
		}
		accepted := app.Post("/greet", "{}", homingtest.Async()).Want(202)
		accepted.Fetch().Want(202)
		if got := accepted.Wait().Want(200); got.Text() != "{}" {
			t.Errorf("got %s", got.Text())
		}
		accepted.Cancel().Want(409)
		for range 3 {
			app.Post("/greet", "{}", homingtest.Key("once"), homingtest.Async())
		}
		app.Post("/greet", "{}", homingtest.Key("once")).Want(200)
		app.Post("/greet", "[]", homingtest.Key("once")).Want(422)
		if n := runs.Load(); n != 3 {
			t.Errorf("it ran %d times", n)
		}
		app.Post("/greet", "{}", homingtest.Async()).Cancel().Want(204)
		app.Post("/greet", "{}", homingtest.Async()) // runs on when the test is over, and is stopped
	})
}

func TestAnAsyncCallIsFetchedByWhoMadeIt(t *testing.T) {
	t.Parallel()
	tokens, err := adapter.ParseTokens("shop=0123456789abcdef")
	if err != nil {
		t.Fatal(err)
	}
	app := homingtest.New(t, []byte(chains), fns(), homingtest.Network(), homingtest.Config(func(c *adapter.Config) { c.Tokens = tokens }))
	app.Post("/greet", person{"Ada"}).Want(401)
	accepted := app.Post("/greet", person{"Ada"}, homingtest.Async(), homingtest.Token("0123456789abcdef")).Want(202)
	accepted.Wait().Want(200)
	accepted.Fetch(homingtest.Token("fedcba9876543210")).Want(401)
}

func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for name, values := range r.Header {
			if strings.HasPrefix(name, "Ce-") || name == "Content-Type" {
				w.Header()[name] = values
			}
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestARemoteStepIsReplaced(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		by     any
		status int
		body   string
	}{
		"handler":  {answer(200, `"clean"`), 200, `"clean"`},
		"function": {func(http.ResponseWriter, *http.Request) {}, 204, ""},
		"step":     {functions.Typed(func(_ context.Context, in greeting) (string, error) { return in.Text + "!", nil }), 200, `"Hello, Ada!"`},
		"error":    {answer(503, "no"), 503, ""},
		"panic":    {http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("at the disco") }), 502, ""},
		"abort":    {http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), 502, ""},
		"path": {http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			answer(200, fmt.Sprintf("%q", r.RequestURI))(w, r)
		}), 200, `"/words?mild=yes"`},
	} {
		for _, step := range []string{"clean", "polite/clean"} {
			app := homingtest.New(t, []byte(chains), fns(), homingtest.Remote(step, tt.by))
			got := app.Post("/polite", person{"Ada"})
			if got.Status != tt.status || tt.body != "" && got.Text() != tt.body {
				t.Errorf("%s: got %d %s", name, got.Status, got.Text())
			}
		}
	}
}

const variables = `
chains:
  - name: far
    route: POST /far
    env: {FAR_URL: "http://127.0.0.1:1"}
    secrets: [FAR_KEY]
    steps:
      - {name: first, run: python3 app.py, url: "${FAR_URL}/first"}
      - {name: second, url: "${OTHER_URL}/second?key=${FAR_KEY}"}
      - {name: third, url: "lambda:third"}
`

func TestVariablesAreThoseOfTheTest(t *testing.T) {
	t.Parallel()
	var seen []string
	step := func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.RequestURI)
		answer(200, fmt.Sprintf("%q", r.RequestURI))(w, r)
	}
	app := homingtest.New(t, []byte(variables), nil,
		homingtest.Remote("first", step), homingtest.Remote("second", step), homingtest.Remote("third", step))
	app.Post("/far", "{}").Want(200)
	if got := strings.Join(seen, " "); got != "/first /second?key=value-of-FAR_KEY /" {
		t.Errorf("the steps were called at %s", got)
	}
	said := failing(t, func(t testing.TB) { homingtest.New(t, []byte(variables), nil, homingtest.Network()) })
	if !strings.Contains(said, "OTHER_URL") {
		t.Errorf("the test says %s", said)
	}
}

func TestARemoteStepIsStoppedAtItsTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		app := homingtest.New(t, []byte(chains), fns(), homingtest.Remote("clean", func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
		}))
		if p := app.Post("/polite", person{"Ada"}).Want(504).Problem(); p.Step != "clean" {
			t.Errorf("got %+v", p)
		}
	})
}

func TestTheNetworkIsReachedOnlyOnRequest(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(answer(200, `"far"`))
	defer srv.Close()
	text := []byte(strings.ReplaceAll(chains, "http://clean.example", srv.URL))
	if got := homingtest.New(t, text, fns(), homingtest.Network()).Post("/polite", person{"Ada"}).Want(200); got.Text() != `"far"` {
		t.Errorf("got %s", got.Text())
	}
	seen := failing(t, func(t testing.TB) {
		homingtest.New(t, text, fns()).Post("/polite", person{"Ada"}).Want(502)
	})
	if !strings.Contains(seen, srv.URL+"/words") || !strings.Contains(seen, "homingtest.Remote") {
		t.Errorf("the test says %s", seen)
	}
}

func TestWhatIsInvalidEndsTheTest(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		test func(t testing.TB)
		want string
	}{
		"chains":  {func(t testing.TB) { homingtest.New(t, []byte("chains: [{}]"), nil) }, "chain.yaml:1:10"},
		"no file": {func(t testing.TB) { homingtest.NewFS(t, fstest.MapFS{}, nil) }, "chain.yaml"},
		"function": {func(t testing.TB) {
			homingtest.New(t, []byte(patient), functions.Map{"greeet": functions.Typed(greet)})
		}, `did you mean "greeet"?`},
		"map": {func(t testing.TB) { homingtest.New(t, []byte(patient), functions.Map{"greet": 1}) }, "greet"},
		"unknown remote": {func(t testing.TB) {
			homingtest.New(t, []byte(chains), fns(), homingtest.Remote("clear", answer(200, "")))
		}, `did you mean "clean"?`},
		"remote is local": {func(t testing.TB) {
			homingtest.New(t, []byte(chains), fns(), homingtest.Remote("greet", answer(200, "")))
		}, `"greet"`},
		"remote by a text": {
			func(t testing.TB) { homingtest.New(t, []byte(chains), fns(), homingtest.Remote("clean", "clean")) }, "http.Handler",
		},
		"status": {func(t testing.TB) {
			homingtest.New(t, []byte(patient), fns()).Post("/greet", "{}").Want(200)
		}, "POST /greet: status 422, want 200"},
		"no problem":  {func(t testing.TB) { homingtest.New(t, []byte(patient), fns()).Post("/greet", person{"A"}).Problem() }, "no problem"},
		"no event":    {func(t testing.TB) { homingtest.New(t, []byte(patient), fns()).Post("/greet", person{"A"}).Event() }, "read the event"},
		"no location": {func(t testing.TB) { homingtest.New(t, []byte(patient), fns()).Post("/greet", person{"A"}).Wait() }, "no Location"},
		"json": {func(t testing.TB) {
			homingtest.New(t, []byte(patient), fns()).Post("/greet", person{"A"}).JSON(&person{})
		}, `unknown field "text"`},
		"body": {func(t testing.TB) { homingtest.New(t, []byte(patient), fns()).Post("/greet", func() {}) }, "func()"},
		"path": {func(t testing.TB) { homingtest.New(t, []byte(patient), fns()).Get("/%zz") }, "/%zz"},
		"log": {func(t testing.TB) {
			homingtest.New(t, []byte(patient), functions.Map{"greet": functions.Typed(func(context.Context, person) (person, error) {
				return person{}, errors.New("the cellar is flooded")
			})}).Post("/greet", person{"A"}).Want(200)
		}, "the cellar is flooded"},
	} {
		if seen := failing(t, tt.test); !strings.Contains(seen, tt.want) {
			t.Errorf("%s: the test says %s", name, seen)
		}
	}
}

// failing runs a test that must fail, and returns what it says.
func failing(t *testing.T, test func(testing.TB)) string {
	t.Helper()
	r := &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			for _, f := range r.cleanups {
				f()
			}
		}()
		test(r)
	}()
	<-done
	if !r.failed {
		t.Error("the test passed")
	}
	return r.said.String()
}
