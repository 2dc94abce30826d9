package dump

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/runtimes"
	"github.com/homing-dev/homing/tests/internal/wait"
)

// Reference serves the chains in this process, with its replies in memory, until
// the test ends, and returns its URL.
func Reference(t *testing.T) string {
	t.Helper()
	a, err := runtimes.Inline(Chains(), adapter.Config{Store: memory.New(memory.Options{}), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(a)
	t.Cleanup(func() {
		srv.Close()
		a.Close()
	})
	return srv.URL
}

// Answers makes all calls to a server, and returns what it has answered, by the
// name of the call, as one text without what names one call. If later is set, calls
// of routes are made again without waiting, and their replies fetched.
func Answers(t *testing.T, base string, later bool) map[string]string {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Transport: transport, Timeout: wait.Patience}
	out := map[string]string{}
	for name, c := range Calls() {
		out[name] = Timely(func() string { return answer(t, c.send(t, client, base)) }, NamesStep, TimeOver)
		if !later || !c.IsRoute() {
			continue
		}
		c.Headers = append(slices.Clip(c.Headers), "Prefer", "respond-async")
		accepted := c.send(t, client, base)
		location := accepted.Header.Get("Location")
		if text := answer(t, accepted); accepted.StatusCode != http.StatusAccepted {
			out[name+", fetched"] = text // refused at once, as the first
			continue
		}
		fetched := request(t, client, http.MethodGet, base+location, "", "Prefer", fmt.Sprintf("wait=%d", int(wait.Patience/time.Second)))
		out[name+", fetched"] = answer(t, fetched)
	}
	return out
}

// The signs of a 504 that comes from who ran the step: the step, and that its time was
// over.
const (
	NamesStep = `"step":"`
	TimeOver  = "did not end within its time"
)

// Timely makes a call, and makes it again if its answer is a 504 that lacks a sign of a
// timely one, or says that the store has not promised to keep a late reply. So an adapter
// answers by itself when nothing has come a moment before the deadline, and that moment is
// a tenth of a second at most: a machine that runs other tests beside has not always so
// much for a process. Who never has the sign is found.
func Timely(call func() (text string), signs ...string) (text string) {
	const most = 8
	for range most {
		text = call()
		missing := slices.ContainsFunc(signs, func(sign string) bool { return !strings.Contains(text, sign) })
		late := strings.Contains(text, `"status":504`) && missing
		if !late && !strings.Contains(text, "the reply store cannot be reached") {
			break
		}
	}
	return text
}

func (c Call) send(t *testing.T, client *http.Client, base string) *http.Response {
	t.Helper()
	return request(t, client, http.MethodPost, base+c.Path, c.Body, c.Headers...)
}

func request(t *testing.T, client *http.Client, method, url, body string, headers ...string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for pair := range slices.Chunk(headers, 2) {
		req.Header.Set(pair[0], pair[1])
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

// answer is a response as a text. What a platform adds is not in it, and the lines
// of a field are one, as payloads of API Gateway have them (RFC 9110 section 5.3:
// they mean the same).
func answer(t *testing.T, resp *http.Response) string {
	t.Helper()
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	fmt.Fprintln(&b, resp.StatusCode)
	for _, name := range slices.Sorted(maps.Keys(resp.Header)) {
		switch {
		case name == "Date", name == "Content-Length", strings.HasPrefix(name, "Apigw-"), name == "X-Amzn-Requestid":
		default:
			fmt.Fprintf(&b, "%s: %q\n", name, strings.Join(resp.Header[name], ", "))
		}
	}
	return Blank(b.String() + "\n" + string(body))
}

// Compare holds the answers of a server to be those of another one.
func Compare(t *testing.T, got, want map[string]string) {
	t.Helper()
	if plain := want["plain"]; strings.Count(plain, "---") != len(Chains()[0].Steps) {
		t.Errorf("not every step was seen: %s", plain)
	}
	if want["coded"] != want["plain"] {
		t.Errorf("a coded call is another one: %s", Differences(want["coded"], want["plain"]))
	}
	for name, text := range want {
		if strings.HasPrefix(name, SpoiltBy) && (!strings.HasPrefix(text, "500\n") || !strings.Contains(text, `"title":"Invalid result"`) ||
			!strings.Contains(text, `"step":"spoil"`) || !strings.Contains(text, "event attribute ")) {
			t.Errorf("%s: %s", name, text)
		}
		if got[name] != text {
			t.Errorf("%s: %s", name, Differences(got[name], text))
		}
	}
	for name, parts := range wantHead() {
		for _, part := range parts {
			if text, there := want[name]; (there || !strings.HasSuffix(name, ", fetched")) && !strings.Contains(text, part) {
				t.Errorf("%s: %s is not in %s", name, part, text)
			}
		}
	}
	if len(got) != len(want) {
		t.Errorf("there are %d answers, and %d were expected", len(got), len(want))
	}
}
