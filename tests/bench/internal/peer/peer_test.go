package peer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/tests/bench/internal/peer"
)

// serve runs a server until the test ends and gives its URL.
func serve(t *testing.T, name peer.Name, work peer.Work) string {
	t.Helper()
	return serveAt(t, name, work, peer.Place{})
}

func serveAt(t *testing.T, name peer.Name, work peer.Work, place peer.Place) string {
	t.Helper()
	var network net.ListenConfig
	ln, err := network.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- peer.Serve(ctx, name, work, place, ln) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("%s ended with %v", name, err)
		}
	})
	return "http://" + ln.Addr().String() + peer.Path
}

func post(t *testing.T, url string, body []byte) (int, string, []byte) {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Post(url, "application/json", bytes.NewReader(body))
	if err != nil {
		t.Error(err)
		return 0, "", nil
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	return resp.StatusCode, resp.Header.Get("Content-Type"), got
}

func named(t *testing.T, name string) peer.Work {
	t.Helper()
	work, err := peer.NewWork(name)
	if err != nil {
		t.Fatal(err)
	}
	return work
}

func TestTheOrderIsJSONOf1KB(t *testing.T) {
	t.Parallel()
	if n := len(peer.Order); n < 977 || n > 1024 {
		t.Errorf("it has %d bytes", n)
	}
	if !json.Valid(peer.Order) {
		t.Error("it is no JSON")
	}
}

func TestEveryServerAnswersTheOrderWithIdentitySteps(t *testing.T) {
	t.Parallel()
	for _, name := range peer.Names() {
		t.Run(string(name), func(t *testing.T) {
			t.Parallel()
			status, contentType, got := post(t, serve(t, name, named(t, peer.Identity)), peer.Order)
			if status != 200 || contentType != "application/json" || !bytes.Equal(got, peer.Order) {
				t.Errorf("got %d, %s, %s", status, contentType, got)
			}
		})
	}
}

func TestQuoteIsTheSameWithAndWithoutHoming(t *testing.T) {
	t.Parallel()
	status, _, want := post(t, serve(t, peer.Plain, named(t, peer.Quote)), peer.Order)
	if status != 200 || !bytes.Contains(want, []byte(`"payable":`)) {
		t.Fatalf("by hand: %d %s", status, want)
	}
	status, contentType, got := post(t, serve(t, peer.Homing, named(t, peer.Quote)), peer.Order)
	if status != 200 || contentType != "application/json" || !bytes.Equal(got, want) {
		t.Errorf("got %d, %s, %s, want %s", status, contentType, got, want)
	}
}

func TestStatusesAreTheSameWithAndWithoutHoming(t *testing.T) {
	t.Parallel()
	answers := func(out *event.Event, err error) peer.Work {
		return peer.Work{Steps: []functions.Function{
			func(context.Context, event.Event) (*event.Event, error) { return out, err },
		}}
	}
	tests := map[string]struct {
		work   peer.Work
		status int
	}{
		"error with a status": {answers(nil, functions.Errorf(http.StatusConflict, "taken")), 409},
		"other error":         {answers(nil, errors.New("down")), 500},
		"dropped":             {answers(nil, nil), 204},
		"wrong order":         {named(t, peer.Quote), 422},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, server := range []peer.Name{peer.Plain, peer.Homing} {
				if status, _, _ := post(t, serve(t, server, tt.work), []byte(`{"lines":[]}`)); status != tt.status {
					t.Errorf("%s answers %d, want %d", server, status, tt.status)
				}
			}
		})
	}
}

func TestWaitingRequestsGoOnWhenTheGateOpens(t *testing.T) {
	t.Parallel()
	for _, name := range []peer.Name{peer.Plain, peer.Homing} {
		t.Run(string(name), func(t *testing.T) {
			t.Parallel()
			work := named(t, peer.Wait)
			url := serve(t, name, work)
			const requests = 3
			statuses := make(chan int, requests)
			for range requests {
				go func() {
					status, _, _ := post(t, url, peer.Order)
					statuses <- status
				}()
			}
			for work.Gate.Waiting() < requests && t.Context().Err() == nil {
				select {
				case status := <-statuses:
					t.Fatalf("answered with %d before the gate opened", status)
				default:
					runtime.Gosched()
				}
			}
			work.Gate.Open()
			for range requests {
				if status := <-statuses; status != 200 {
					t.Errorf("got %d", status)
				}
			}
			if n := work.Gate.Waiting(); n != 0 {
				t.Errorf("%d wait still", n)
			}
		})
	}
}

func TestUnknownNamesAreToldOf(t *testing.T) {
	t.Parallel()
	if _, err := peer.NewWork("nap"); err == nil || !strings.Contains(err.Error(), `"nap"`) {
		t.Errorf("work: %v", err)
	}
	if err := peer.Serve(t.Context(), "apache", peer.Work{}, peer.Place{}, nil); err == nil || !strings.Contains(err.Error(), `"apache"`) {
		t.Errorf("server: %v", err)
	}
	if n := (*peer.Gate)(nil).Waiting(); n != 0 {
		t.Errorf("%d wait at no gate", n)
	}
}
