package e2e_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/homing-dev/homing/tests/internal/wait"
)

// smallBroker takes less than largeOrder.
const smallBroker = "HOMING_MAX_EVENT=100KB"

// largeOrder is the order of the samples with much white space.
func largeOrder(t *testing.T) string {
	t.Helper()
	const padding = 2 << 20
	return order(t) + strings.Repeat(" ", padding)
}

// gatedFirst is a chain whose first step a test can hold, with the data of the request.
const gatedFirst = `
chains:
  - name: gated
    route: POST /gated
    timeout: 30s
    asyncTimeout: 30s
    steps:
      - {name: gate, url: "{url}/gate", retry: {attempts: 1}}
      - function: quote.validate
      - function: quote.enrich
      - function: quote.price
`

// keptBodies is the data that a Redis server keeps beside events.
type keptBodies struct{ *redis.Client }

func bodiesAt(t *testing.T, url string) keptBodies {
	t.Helper()
	o, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	c := redis.NewClient(o)
	t.Cleanup(func() { _ = c.Close() })
	return keptBodies{c}
}

// keys are those of a request, or of all if it is "*".
func (b keptBodies) keys(t *testing.T, request string) []string {
	t.Helper()
	keys, err := b.Keys(t.Context(), "*d:"+request+":*").Result()
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// A process that is killed while the data of its event is kept beside it loses
// nothing: the event is delivered again, its data is still there, and it is deleted
// with the request.
func TestKilledWithLargeDataInFlight(t *testing.T) {
	t.Parallel()
	for _, s := range []shape{vertexBroker, splitBroker} {
		for _, victim := range []string{"vertex", "adapter"} {
			t.Run(string(s)+", "+victim, func(t *testing.T) {
				t.Parallel()
				store, steps := redisURL(t), newStepServer(t)
				bodies := bodiesAt(t, store)
				d := deploy(t, plan{
					shape: s, file: steps.chainFile(t, gatedFirst), broker: patient(), env: []string{"HOMING_STORE=" + store, smallBroker},
					chains: map[string][]string{"gated": {"gate", "validate", "enrich", "price"}},
				})
				accepted := call(t, http.MethodPost, d.url+"/gated", largeOrder(t), "Prefer", "respond-async").is(t, http.StatusAccepted)
				if m := wait.Receive(t, "the event at the step", steps.arrived); m.body != largeOrder(t) {
					t.Errorf("the step got %d bytes", len(m.body))
				}
				kept := bodies.keys(t, "*")
				if len(kept) != 1 || bodies.TTL(t.Context(), kept[0]).Val() <= 0 {
					t.Errorf("%q are kept", kept)
				}
				killed := d.adapter
				if victim == "vertex" {
					if killed = d.vertices["*"]; s.isSplit() {
						killed = d.vertices["gated.gate"]
					}
				}
				killed.kill()
				killed.start()
				close(steps.open)
				quoted(t, call(t, http.MethodGet, d.url+accepted.header.Get("Location"), "", "Prefer", "wait=30"))
				wait.Eventually(t, "the end of the data", func() bool { return len(bodies.keys(t, "*")) == 0 })
				if n := len(d.broker.deadLetters()); n != 0 {
					t.Errorf("%d dead letters", n)
				}
			})
		}
	}
}

// The letter of a large event has its data beside it: it can be looked at and sent
// again while that lives, and is not sent when it is gone.
func TestDeadLettersOfLargeEventsAreRedrivenWhileTheirDataLives(t *testing.T) {
	t.Parallel()
	store := redisURL(t)
	bodies := bodiesAt(t, store)
	d, _ := buried(t, store, smallBroker)
	ids := make([]string, 2)
	for i := range ids {
		ids[i] = call(t, http.MethodPost, d.url+"/quote", largeOrder(t)).is(t, http.StatusBadGateway).header.Get("X-Request-ID")
		if keys := bodies.keys(t, ids[i]); len(keys) != 1 {
			t.Fatalf("%q are kept", bodies.keys(t, "*"))
		}
	}
	lives, gone := ids[0], ids[1]
	if shown := deadletter(t, store, "show", lives); !strings.Contains(shown, "bytes, kept beside the event at redis:") {
		t.Errorf("got %s", shown)
	}
	path := filepath.Join(t.TempDir(), "data")
	deadletter(t, store, "show", lives, "--data", path)
	if data, err := os.ReadFile(path); err != nil || string(data) != largeOrder(t) {
		t.Errorf("%d bytes are shown, %v", len(data), err)
	}
	if err := bodies.Del(t.Context(), bodies.keys(t, gone)...).Err(); err != nil {
		t.Fatal(err)
	}
	vertex := knative(t, "", "HOMING_ROLE=vertex", "HOMING_BROKER_URL="+d.broker.url, "HOMING_STORE="+store)
	for _, command := range [][]string{{"redrive", gone, "--late", "--to", vertex.url}, {"show", gone, "--data", "-"}} {
		if got, err := tryDeadletter(t, store, command...); err == nil || !strings.Contains(got, "its data was kept beside it and is gone") {
			t.Errorf("%q: %v %s", command, err, got)
		}
	}
	if got := deadletter(t, store, "redrive", lives, "--late", "--to", vertex.url); !strings.Contains(got, "1 sent, 0 failed") {
		t.Errorf("got %s", got)
	}
	if keys := bodies.keys(t, "*"); len(keys) != 0 {
		t.Errorf("%q are left", keys)
	}
	if list := deadletter(t, store, "list"); !strings.Contains(list, gone) || strings.Contains(list, lives) {
		t.Errorf("got %s", list)
	}
}

// What another sends again, such as the broker, finds its data gone at the vertex, which
// logs it by the id of the request.
func TestVertexLogsThatTheDataOfAnEventIsGone(t *testing.T) {
	t.Parallel()
	store := redisURL(t)
	bodies := bodiesAt(t, store)
	d, _ := buried(t, store, smallBroker)
	id := call(t, http.MethodPost, d.url+"/quote", largeOrder(t)).is(t, http.StatusBadGateway).header.Get("X-Request-ID")
	if err := bodies.Del(t.Context(), bodies.keys(t, id)...).Err(); err != nil {
		t.Fatal(err)
	}
	vertex := knative(t, "", "HOMING_ROLE=vertex", "HOMING_BROKER_URL="+d.broker.url, "HOMING_STORE="+store)
	m := d.broker.next(t, 0)
	headers := []string{}
	for name, values := range m.header {
		headers = append(headers, name, values[0])
	}
	call(t, http.MethodPost, vertex.url, m.body, headers...).is(t, http.StatusNoContent).within(t, 0, 10*time.Second)
	wait.Eventually(t, "the word on it", func() bool {
		for line := range strings.Lines(vertex.log.tail()) {
			if strings.Contains(line, id) && strings.Contains(line, "is gone") {
				return true
			}
		}
		return false
	})
}
