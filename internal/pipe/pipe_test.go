package pipe_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/pipe"
	"github.com/homing-dev/homing/tests/leaks"
)

func TestMain(m *testing.M) { leaks.Main(m) }

func TestHTTPGoesThrough(t *testing.T) {
	t.Parallel()
	ln := pipe.Listen()
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
	})}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	transport := &http.Transport{DialContext: ln.Dial}
	defer transport.CloseIdleConnections()
	hc := http.Client{Transport: transport}
	const size = 1 << 20
	resp, err := hc.Post("http://here/", "text/plain", strings.NewReader(strings.Repeat("x", size)))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if data, err := io.ReadAll(resp.Body); err != nil || len(data) != size {
		t.Errorf("got %d bytes, %v; want %d", len(data), err, size)
	}
	if err := srv.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		t.Errorf("Serve ended with %v", err)
	}
}

func TestClosedListenerIsClosedForBothSides(t *testing.T) {
	t.Parallel()
	ln := pipe.Listen()
	accepted := make(chan error, 1)
	go func() {
		_, err := ln.Accept()
		accepted <- err
	}()
	for range 2 { // closing again is no error
		if err := ln.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := <-accepted; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept gives %v", err)
	}
	if _, err := ln.Dial(t.Context(), "", ""); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Dial gives %v", err)
	}
}

func TestDialEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("changed my mind")
	cancel(why)
	if _, err := pipe.Listen().Dial(ctx, "", ""); !errors.Is(err, why) {
		t.Errorf("got %v, want %v", err, why)
	}
}

func TestAddrIsThisProcess(t *testing.T) {
	t.Parallel()
	if a := pipe.Listen().Addr(); a.Network() != "pipe" || a.String() == "" {
		t.Errorf("got %s %q", a.Network(), a)
	}
}
