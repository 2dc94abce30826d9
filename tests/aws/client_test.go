package aws_test

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

// slack is for how much later than it should an answer may come on a machine that
// runs all the other tests, too: the start of a process is in it. It is for what would
// be far longer if it were wrong.
const slack = 10 * time.Second

// answer is what a caller gets.
type answer struct {
	status int // 0: none
	header http.Header
	body   string
	took   time.Duration
	late   time.Duration // by how much this machine was late meanwhile, at the most
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
	return answer{status: resp.StatusCode, header: resp.Header, body: string(data), took: time.Since(start)}, err
}

// call is a call that must be answered.
func call(t *testing.T, method, url, body string, headers ...string) answer {
	t.Helper()
	late := wait.Late()
	got, err := try(t.Context(), newClient(t), method, url, body, headers...)
	if got.late = late(); err != nil {
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
		t.Errorf("got %d %s, want %d", a.status, excerpt(a.body), status)
		return a
	}
	if status < http.StatusBadRequest {
		return a
	}
	if p := a.problem(); p.Status != status || a.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("got %s %s, want a problem of status %d", a.header.Get("Content-Type"), excerpt(a.body), status)
	}
	return a
}

// problem is the content of a problem document.
type problem struct {
	Status                         int
	Title, Detail, Step, RequestID string
}

func (a answer) problem() problem {
	var p problem
	if json.Unmarshal([]byte(a.body), &p) != nil {
		return problem{}
	}
	return p
}

// timely reports whether this machine had the time for what takes less than a few
// hundred milliseconds.
func (a answer) timely() bool {
	const most = 50 * time.Millisecond
	return a.late <= most && !wait.Overloaded()
}

// within holds an answer to a span of time, to its end on a machine that has
// time for it.
func (a answer) within(t *testing.T, least, most time.Duration) answer {
	t.Helper()
	if a.took < least || a.took > wait.Bound(most) {
		t.Errorf("it took %s, want %s to %s", a.took, least, most)
	}
	return a
}

// excerpt is both ends of a body, without the picture in the middle.
func excerpt(body string) string {
	const end = 300
	if len(body) <= 2*end {
		return body
	}
	return body[:end] + " ... " + body[len(body)-end:]
}

// sample reads a file of the project.
func sample(t *testing.T, path ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(append([]string{root}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
