package knative_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
)

// What an event takes is bounded in every role, and one that stalls keeps out
// another large one, but nothing small.
func TestTheBodiesOfEveryRoleHaveABoundInSum(t *testing.T) {
	t.Parallel()
	held := func(_ context.Context, ev event.Event) (*event.Event, error) { return &ev, nil }
	for name, tt := range map[string]struct{ role, path string }{
		"vertex": {"vertex", "/"}, "all": {"all", "/letters"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, env{"HOMING_ROLE": tt.role, "HOMING_BODY_BUDGET": "4MiB"}, single("letters", held))
			headers := []string{"Ce-Specversion", "1.0", "Ce-Id", "1", "Ce-Source", "/s", "Ce-Type", "homing.letters", "Content-Type", "text/plain"}
			stalled := upload(t, p.url, tt.path, 2_000_000, headers)
			// Another one, as long as the first has been taken in.
			for end := time.Now().Add(time.Minute); ; {
				got := do(t, http.MethodPost, p.url+tt.path, strings.Repeat("x", 2_000_000), headers...)
				if got.status == http.StatusServiceUnavailable {
					got.problem(t, http.StatusServiceUnavailable)
					break
				}
				if time.Now().After(end) {
					t.Fatalf("got %d", got.status)
				}
			}
			if got := do(t, http.MethodPost, p.url+tt.path, "small", headers...); got.status != http.StatusOK || string(got.body) != "small" {
				t.Errorf("small: %d %s", got.status, got.body)
			}
			if _, err := stalled.Write(make([]byte, 1_000_000)); err != nil {
				t.Fatal(err)
			}
			resp, err := http.ReadResponse(bufio.NewReader(stalled), nil)
			if err != nil || resp.StatusCode != http.StatusOK {
				t.Fatalf("the first: %v %v", resp, err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		})
	}
}

// upload sends the header of a request, and half of its body.
func upload(t *testing.T, url, path string, length int, headers []string) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+path, io.MultiReader(strings.NewReader(strings.Repeat("x", length/2))))
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = int64(length)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	_ = req.Write(conn) // fails, because the body is too short
	return conn
}
