package e2e_test

import (
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/protocol"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"

	"github.com/homing-dev/homing/tests/internal/wait"
)

// The storm: clients that hang up at a random moment.
const (
	stormClients = 1000
	stormAtOnce  = 12
	stormSeed    = 1914
)

// Clients hang up within such a span, which is about as long as an answer takes.
const (
	chainSpan = 60 * time.Millisecond
	echoSpan  = 2 * time.Millisecond
)

// storm sends the calls and returns how many were answered before they hung up.
func storm(t *testing.T, span time.Duration, url, body string, headers ...string) int {
	t.Helper()
	c := newClient(t)
	var answered atomic.Int64
	var clients sync.WaitGroup
	permits := make(chan struct{}, stormAtOnce)
	for i := range stormClients {
		permits <- struct{}{}
		clients.Go(func() {
			defer func() { <-permits }()
			random := rand.New(rand.NewPCG(stormSeed, uint64(i)))
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(random.Int64N(int64(span))))
			defer cancel()
			if _, err := try(ctx, c, http.MethodPost, url, body, headers...); err == nil {
				answered.Add(1)
			}
		})
	}
	clients.Wait()
	return int(answered.Load())
}

// TestStormOfClientsThatHangUp holds that the steps of a split chain still
// serve after a thousand callers went away in the middle.
func TestStormOfClientsThatHangUp(t *testing.T) {
	t.Parallel()
	p := samples(splitHTTP)
	delete(p.chains, "thumbnail")
	d := deploy(t, p)
	start := time.Now()
	answered := storm(t, chainSpan, d.url+"/quote", order(t))
	t.Logf("%d of %d clients were answered before they hung up, in %s", answered, stormClients, time.Since(start).Round(time.Millisecond))
	const healthy = 50
	var calls sync.WaitGroup
	for range healthy {
		calls.Go(func() {
			a, err := try(t.Context(), newClient(t), http.MethodPost, d.url+"/quote", order(t))
			if err != nil {
				t.Errorf("after the storm: %v", err)
				return
			}
			quoted(t, a)
			a.within(t, 0, 5*second)
		})
	}
	calls.Wait()
	wait.Eventually(t, "no call in flight", func() bool { // a call is counted until behind its answer
		return metricIs(call(t, http.MethodGet, d.url+"/metrics", "").body, "homing_calls_in_flight", "0")
	})
}

// sdkReceiver has the protocol of the CloudEvents SDK take events in the way
// its NewHTTPReceiveHandler does: every request brings a goroutine of its own
// that takes the next event from a channel that all requests share.
func sdkReceiver(p *cehttp.Protocol) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		go func() {
			m, respond, err := p.Respond(r.Context())
			if err == nil {
				_ = respond(r.Context(), m, protocol.ResultACK) // a client that is gone needs no answer
			}
		}()
		p.ServeHTTP(w, r)
	}
}

// The same storm on the receiver of the SDK, which our vertices do not use. It
// is only reported what it did: it may be mended one day.
func TestStormOnTheReceiverOfTheSDKIsReported(t *testing.T) {
	t.Parallel()
	p, err := cehttp.New()
	if err != nil {
		t.Fatal(err)
	}
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: sdkReceiver(p), ReadHeaderTimeout: wait.Patience}
	go func() { _ = srv.Serve(ln) }()     // until it is closed
	t.Cleanup(func() { _ = srv.Close() }) // does not wait for handlers, which may never end
	url := "http://" + ln.Addr().String()
	headers := []string{"Ce-Specversion", "1.0", "Ce-Id", "1", "Ce-Source", "/e2e", "Ce-Type", "e2e", "Content-Type", "application/json"}
	storm(t, echoSpan, url, order(t), headers...)
	const healthy = 3
	hung := 0
	for range healthy {
		ctx, cancel := context.WithTimeout(t.Context(), second)
		if _, err := try(ctx, newClient(t), http.MethodPost, url, order(t), headers...); err != nil {
			hung++
		}
		cancel()
	}
	t.Logf("after the storm %d of %d healthy calls to the SDK's receiver hung for %s", hung, healthy, second)
}
