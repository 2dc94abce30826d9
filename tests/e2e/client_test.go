package e2e_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/tests/internal/wait"
)

// answer is what a caller gets.
type answer struct {
	status int
	header http.Header
	body   string
	took   time.Duration
}

// newClient returns a client that is closed at the end of the test.
func newClient(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport: transport, Timeout: wait.Patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// try sends a call with headers given as name, value, name, value.
func try(ctx context.Context, c *http.Client, method, url, body string, headers ...string) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	switch { // what the samples consume, unless the call says otherwise
	case strings.Contains(url, "/quote"):
		req.Header.Set("Content-Type", "application/json")
	case strings.Contains(url, "/thumbnail"):
		req.Header.Set("Content-Type", http.DetectContentType([]byte(body)))
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	start := time.Now()
	resp, err := c.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(data), time.Since(start)}, err
}

// call is a call that must be answered.
func call(t *testing.T, method, url, body string, headers ...string) answer {
	t.Helper()
	got, err := try(t.Context(), newClient(t), method, url, body, headers...)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// async sends a call on a goroutine of its own. A call that is not answered
// has status 0 and the reason as its body.
func async(t *testing.T, method, url, body string, headers ...string) <-chan answer {
	t.Helper()
	out := make(chan answer, 1)
	client := newClient(t)
	go func() {
		got, err := try(t.Context(), client, method, url, body, headers...)
		if err != nil {
			got = answer{body: err.Error()}
		}
		out <- got
	}()
	return out
}

// is holds an answer to a status, and one from 400 on to be a problem document
// that tells it.
func (a answer) is(t *testing.T, status int) answer {
	t.Helper()
	if a.status != status {
		t.Errorf("got %d %s, want %d", a.status, a.body, status)
		return a
	}
	if status < http.StatusBadRequest {
		return a
	}
	var p struct{ Status int }
	if err := json.Unmarshal([]byte(a.body), &p); err != nil || p.Status != status ||
		a.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("got %s %s, want a problem of status %d (%v)", a.header.Get("Content-Type"), a.body, status, err)
	}
	return a
}

// sample reads a file of the repository.
func sample(t *testing.T, path ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(append([]string{"..", ".."}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// order is an order that the sample chain quote takes.
func order(t *testing.T) string {
	t.Helper()
	return sample(t, "testdata", "order.json")
}

// quoted holds an answer to be the quote of that order, as the sample's own
// tests have it.
func quoted(t *testing.T, a answer) {
	t.Helper()
	a.is(t, http.StatusOK)
	want := sample(t, "testdata", "order.quote.json")
	if !sameJSON(a.body, want) {
		t.Errorf("got %s, want %s", a.body, want)
	}
}

func sameJSON(a, b string) bool { return canonical(a) == canonical(b) && json.Valid([]byte(a)) }

// canonical writes JSON in one form.
func canonical(doc string) string {
	var v any
	if err := json.Unmarshal([]byte(doc), &v); err != nil {
		return doc
	}
	out, err := json.Marshal(v)
	if err != nil {
		return doc
	}
	return string(out)
}
