package e2e_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/homing-dev/homing/tests/internal/wait"
)

// The load under which processes are restarted.
const (
	loadCalls  = 500
	loadAtOnce = 8
)

// underLoad makes calls while the work goes on, and 500 at least. Every one of
// them must be answered with the quote.
func underLoad(t *testing.T, url string, work func()) {
	t.Helper()
	body := order(t)
	var made atomic.Int64
	done := make(chan struct{})
	var callers sync.WaitGroup
	c := newClient(t)
	for range loadAtOnce {
		callers.Go(func() {
			for working(done) || made.Load() < loadCalls {
				n := made.Add(1)
				a, err := try(t.Context(), c, http.MethodPost, url, body)
				if err != nil || a.status != http.StatusOK {
					t.Errorf("call %d: %d %.300s %v", n, a.status, a.body, err)
				}
				if t.Failed() {
					return
				}
			}
		})
	}
	work()
	close(done)
	callers.Wait()
	t.Logf("%d calls", made.Load())
}

// unhurried writes the chain.yaml that is built in with a time for an order that no
// machine needs, though what it needs for it is stopped and started.
func unhurried(t *testing.T) (file string) {
	t.Helper()
	builtIn := sample(t, "chain.yaml")
	text := strings.Replace(builtIn, "timeout: 10s", "timeout: 1m", 1)
	if text == builtIn {
		t.Fatal("chain.yaml has another time")
	}
	file = filepath.Join(t.TempDir(), "chain.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func working(done <-chan struct{}) bool {
	select {
	case <-done:
		return false
	default:
		return true
	}
}

// restart drains the processes and starts them again, one after the other.
func (d *deployment) restart() {
	names := make([]string, 0, len(d.vertices))
	for name := range d.vertices {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		d.vertices[name].stop()
		d.vertices[name].start()
	}
}

// The broker holds the events of a vertex that is away.
func TestRollingRestartBehindABrokerLosesNoCall(t *testing.T) {
	t.Parallel()
	for _, s := range []shape{vertexBroker, splitBroker} {
		t.Run(string(s), func(t *testing.T) {
			t.Parallel()
			p := samples(s)
			p.file = unhurried(t)
			delete(p.chains, "thumbnail")
			d := deploy(t, p)
			underLoad(t, d.url+"/quote", d.restart)
			if dead := d.broker.deadLetters(); len(dead) != 0 {
				t.Errorf("%d dead letters", len(dead))
			}
		})
	}
}

// Two vertices behind a name, as two pods behind a service: one is always
// there, and a call that meets the other one is sent again.
func TestRollingRestartBehindAServiceLosesNoCall(t *testing.T) {
	t.Parallel()
	service, file := newGateway(t), unhurried(t)
	d := &deployment{vertices: map[string]*process{}}
	for n := range 2 {
		v := knative(t, file, "HOMING_ROLE=vertex")
		d.vertices[fmt.Sprint(n)] = v
		service.route("/", v.url)
	}
	a := knative(t, file, "HOMING_ROLE=adapter", "HOMING_VERTEX_URL="+service.url)
	underLoad(t, a.url+"/quote", d.restart)
}

// An adapter that drains answers the calls that it holds, however they wait.
func TestAdapterThatDrainsAnswersWhatItHolds(t *testing.T) {
	t.Parallel()
	for name, headers := range map[string][]string{
		"plain": nil,
		"wait":  {"Prefer", "wait=60"},
		"keyed": {"Idempotency-Key", "drain"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := adapterAlone(t, newStepServer(t).chainFile(t, gated))
			w := d.begin(t, 0, headers...)
			stopped := make(chan struct{})
			go func() {
				d.adapter.stop()
				close(stopped)
			}()
			wait.Eventually(t, "the drain", func() bool { return d.adapter.log.contains(`"draining"`) })
			select { // longer than the adapter takes to close what nobody waits for
			case <-stopped:
				t.Fatalf("the adapter has ended, and the caller got %+v", wait.Receive(t, "the end of the call", w.answer))
			case <-time.After(2 * second):
			}
			put(t, w.to, w.token, "reply").is(t, http.StatusNoContent)
			if a := wait.Receive(t, "the answer", w.answer).is(t, http.StatusOK); a.body != "reply" {
				t.Errorf("got %s", a.body)
			}
			wait.Receive(t, "the end of the adapter", stopped)
		})
	}
}
