package replies_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"go.yaml.in/yaml/v4"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/redis"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/settings"
	"github.com/homing-dev/homing/internal/settings/replies"
	"github.com/homing-dev/homing/runtimes"
	"github.com/homing-dev/homing/runtimes/knative"
	"github.com/homing-dev/homing/tests/redisserver"
	"github.com/homing-dev/homing/tests/told"
)

func server(t *testing.T) *redisserver.Server {
	t.Helper()
	path, err := redisserver.Redis()
	if err != nil {
		t.Fatal(err)
	}
	s, err := redisserver.Start(t.Context(), redisserver.Options{Path: path, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Kill)
	return s
}

var linked = []reply.Driver{redis.Replies()}

// load reads settings, and opens the store that they name.
func load(t *testing.T, runtime settings.Runtime, environ ...string) (settings.Config, reply.Store) {
	t.Helper()
	cfg, err := settings.Load(settings.Input{Runtime: runtime, Environ: environ})
	if err != nil {
		t.Fatal(err)
	}
	store, err := replies.Open(t.Context(), cfg, slog.New(slog.DiscardHandler), linked, "store")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := replies.Close(store); err != nil {
			t.Error(err)
		}
	})
	return cfg, store
}

func shout(ctx context.Context, in event.Event) (*event.Event, error) {
	if in.Subject() == "slow" {
		<-ctx.Done()
	}
	out := event.New()
	out.SetID("1")
	out.SetSource("/shout")
	out.SetType("shouted")
	out.SetDataContentType(event.TextPlain)
	out.DataEncoded = []byte(strings.ToUpper(string(in.Data())))
	return &out, nil
}

func chains() []functions.Chain {
	return []functions.Chain{{
		Name: "shout", Method: http.MethodPost, Path: "/shout", Timeout: 10 * time.Second,
		Steps: []functions.Step{{Name: "shout", Function: shout}},
	}}
}

func call(t *testing.T, method, url, body string, headers ...string) (int, http.Header, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(got)
}

// wantShared holds that two replicas answer as one.
func wantShared(t *testing.T, one, other string) {
	t.Helper()
	if status, _, body := call(t, http.MethodPost, one+"/shout", "hello"); status != http.StatusOK || body != "HELLO" {
		t.Errorf("a sync call is answered with %d %s", status, body)
	}
	status, header, body := call(t, http.MethodPost, one+"/shout", "async", "Prefer", "respond-async")
	if status != http.StatusAccepted {
		t.Fatalf("an async call is answered with %d %s", status, body)
	}
	path := header.Get("Location")
	if status, _, body := call(t, http.MethodGet, other+path, "", "Prefer", "wait=9"); status != http.StatusOK || body != "ASYNC" {
		t.Errorf("the other replica answers a fetch with %d %s", status, body)
	}
	for range 2 {
		_, first, _ := call(t, http.MethodPost, one+"/shout", "keyed", "Idempotency-Key", "1")
		status, again, body := call(t, http.MethodPost, other+"/shout", "keyed", "Idempotency-Key", "1")
		if status != http.StatusOK || body != "KEYED" || first.Get("Homing-Request-Id") != again.Get("Homing-Request-Id") {
			t.Errorf("the other replica answers a key with %d %s", status, body)
		}
	}
	if status, _, _ := call(t, http.MethodPost, other+"/shout", "another", "Idempotency-Key", "1"); status != http.StatusUnprocessableEntity {
		t.Errorf("another call with the key is answered with %d", status)
	}
}

func TestLocalServersShareReplies(t *testing.T) {
	t.Parallel()
	on := server(t)
	urls := [2]string{}
	for i := range urls {
		cfg, store := load(t, settings.Local, "HOMING_STORE="+on.URL())
		cfg.Store, cfg.SharedStore = store, true
		a, err := runtimes.Inline(chains(), cfg.Config)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(a.Close)
		srv := httptest.NewServer(a)
		t.Cleanup(srv.Close)
		urls[i] = srv.URL
	}
	wantShared(t, urls[0], urls[1])
}

// relay is a broker with one trigger.
type relay struct{ to string }

func (b *relay) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	header := r.Header.Clone()
	w.WriteHeader(http.StatusAccepted)
	go func() {
		req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, b.to, strings.NewReader(string(body)))
		if err != nil {
			return
		}
		req.Header = header
		if res, err := http.DefaultClient.Do(req); err == nil {
			_ = res.Body.Close()
		}
	}()
}

// A vertex behind a broker needs no address of an adapter: it completes requests
// in the store.
func TestContainersShareReplies(t *testing.T) {
	t.Parallel()
	on := server(t)
	start := func(environ ...string) string {
		cfg, store := load(t, settings.Container, append(environ, "HOMING_STORE="+on.URL())...)
		s, err := knative.New(cfg, chains(), knative.Options{Store: store, Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		srv := httptest.NewServer(s)
		t.Cleanup(srv.Close)
		return srv.URL
	}
	broker := &relay{}
	b := httptest.NewServer(broker)
	t.Cleanup(b.Close)
	broker.to = start("HOMING_ROLE=vertex", "HOMING_BROKER_URL="+b.URL)
	var urls [2]string
	for i := range urls {
		urls[i] = start("HOMING_ROLE=adapter", "HOMING_BROKER_URL="+b.URL)
	}
	wantShared(t, urls[0], urls[1])
}

// noting is a store of Redis that notes what is told of quotas.
type noting struct {
	reply.Store
	reply.Notifier
	*told.Counting
}

// What HOMING_QUOTAS allows is for both, unless each is to have the whole of it.
func TestContainersShareQuotas(t *testing.T) {
	t.Parallel()
	for shared, want := range map[string]int{"true": 11, "false": 20} {
		t.Run(shared, func(t *testing.T) {
			t.Parallel()
			on := server(t)
			var urls [2]string
			var counts [2]*told.Counting
			for i := range urls {
				cfg, store := load(t, settings.Container, "HOMING_STORE="+on.URL(), "HOMING_QUOTAS=*=10/h", "HOMING_QUOTAS_SHARED="+shared)
				counts[i] = &told.Counting{Counting: store.(reply.Counting)}
				s, err := knative.New(cfg, chains(), knative.Options{Store: noting{store, store.(reply.Notifier), counts[i]}, Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(s.Close)
				srv := httptest.NewServer(s)
				t.Cleanup(srv.Close)
				urls[i] = srv.URL
			}
			var made [2]int64
			calls := func(i int, n int64) (passed int) {
				made[i] += n
				for range n {
					if status, _, _ := call(t, http.MethodPost, urls[i]+"/shout", "x"); status == http.StatusOK {
						passed++
					}
				}
				if shared == "true" {
					counts[i].All(t, made[i])
				}
				return passed
			}
			passed := calls(0, 12) // of which it tells the other
			passed += calls(1, 1)  // which asks what is left, and lets this one in
			if passed += calls(1, 12); passed != want {
				t.Errorf("%d calls were let in, want %d", passed, want)
			}
		})
	}
}

func TestAStoreThatIsInvalidIsAnError(t *testing.T) {
	t.Parallel()
	for want, environ := range map[string][]string{
		"HOMING_STORE: URL":     {"HOMING_STORE=http://user:hidden@host"},
		"HOMING_TABLE are both": {"HOMING_STORE=redis://host", "HOMING_TABLE=t"},
		"HOMING_STORE_URL: the reply store of the role store": {"HOMING_STORE=redis://host", "HOMING_STORE_URL=http://host"},
	} {
		cfg, err := settings.Load(settings.Input{Runtime: settings.Container, Environ: environ})
		if err == nil {
			_, err = replies.Open(t.Context(), cfg, slog.New(slog.DiscardHandler), linked, "store")
		}
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%v: %v, want %q", environ, err, want)
		}
	}
}

func TestOnLambdaTheStoreStandsForTheTable(t *testing.T) {
	t.Parallel()
	environ := append(os.Environ(), "AWS_LAMBDA_FUNCTION_NAME=self", "HOMING_STORE=redis://host")
	if _, err := settings.Load(settings.Input{Runtime: settings.Lambda, Environ: environ}); err != nil {
		t.Error(err)
	}
}

// No container is started here: what the file sets must be understood, and its
// URL must be one of a store.
func TestTheComposeFileIsUnderstood(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../infra/compose/compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Services map[string]struct{ Environment map[string]string }
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	stores := 0
	for name, service := range file.Services {
		if service.Environment == nil {
			continue
		}
		var environ []string
		for key, value := range service.Environment {
			if strings.HasPrefix(value, "${HOMING_REPLY_KEYS:?") { // which Compose fills in
				value = "k1=0123456789abcdef"
			}
			environ = append(environ, key+"="+value)
		}
		cfg, err := settings.Load(settings.Input{Runtime: settings.Container, Environ: environ})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if len(cfg.Ignored) > 0 {
			t.Errorf("%s: %v has no effect", name, cfg.Ignored)
		}
		if cfg.SharedStoreURL != "" {
			load(t, settings.Container, environ...)
			stores++
		}
	}
	if stores != 2 {
		t.Errorf("%d services share replies, want both adapters", stores)
	}
}
