package main

import (
	"context"
	"encoding/json"
	"fmt"
	"image/jpeg"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/homing-dev/homing/functions"
)

const quoteEvent = `{"specversion":"1.0","id":"mine","source":"/me","type":"homing.quote","datacontenttype":"application/json","data":%s}`

// hosts are the arguments for a run in this process, and on a server.
func hosts(t *testing.T) map[string][]string {
	t.Helper()
	return map[string][]string{"in this process": nil, "on a server": {"--url", serve(t, nil).url}}
}

func TestReplyIsTheSameHereAndOnAServerHoweverItIsAskedFor(t *testing.T) {
	t.Parallel()
	order := read(t, orderFile)
	var want, got any
	if err := json.Unmarshal([]byte(read(t, strings.TrimSuffix(orderFile, ".json")+".quote.json")), &want); err != nil {
		t.Fatal(err)
	}
	replies := map[string]bool{}
	for where, at := range hosts(t) {
		for how, args := range map[string][]string{
			"file": {"quote", "-f", orderFile}, "data": {"quote", "-d", order}, "stdin": {"quote"}, "stdin by name": {"quote", "-f", "-"},
			"path": {"/quote"}, "path with a query": {"/quote?a=b", "-q", "c=d"}, "method": {"quote", "--method", "POST"},
			"wait": {"quote", "--wait", "10s"}, "key": {"quote", "--key", "k1"}, "timeout": {"quote", "--timeout", "1m"},
		} {
			e := cliWith(t.Context(), order, nil, append(append([]string{"invoke"}, args...), at...)...)
			replies[e.ok(t).out] = true
			if err := json.Unmarshal([]byte(e.out), &got); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s, %s: got %s, %v", where, how, e.out, err)
			}
		}
	}
	if len(replies) != 1 {
		t.Errorf("there are %d replies that differ", len(replies))
	}
}

// A chain that ends before the 202 is written is answered at once, with nothing
// to follow; a picture takes so long that this is the exception.
func TestAsyncCallIsFollowedStepByStep(t *testing.T) {
	t.Parallel()
	const tries = 50
	want := cli(t, "invoke", "thumbnail", "-q", "w=16", "-f", photoFile).ok(t).out
	for where, at := range hosts(t) {
		var got ended
		for range tries {
			if got = cli(t, append([]string{"invoke", "thumbnail", "--async", "-q", "w=16", "-f", photoFile}, at...)...); got.err != "" {
				break
			}
		}
		if got.code != 0 || got.out != want || got.err != "✓ inspect\n✓ resize\n✓ encode\n" {
			t.Errorf("%s: exit code %d, %d bytes, standard error %s", where, got.code, len(got.out), got.err)
		}
	}
}

func TestAsyncFailureIsAFailure(t *testing.T) {
	t.Parallel()
	for where, at := range hosts(t) {
		got := cli(t, append([]string{"invoke", "quote", "--async", "-d", "{}"}, at...)...)
		got.failed(t, 1, "422 Unprocessable Entity: Invalid request", "#/lines")
		if t.Failed() {
			t.Log(where)
		}
	}
}

func TestEventIsAnsweredByAnEvent(t *testing.T) {
	t.Parallel()
	input := write(t, "event.json", fmt.Sprintf(quoteEvent, read(t, orderFile)))
	for where, at := range hosts(t) {
		for _, args := range [][]string{{"invoke", "--event"}, {"invoke", "quote", "--event"}, {"invoke", "--event", "--async"}} {
			got := cli(t, append(append(args, "-f", input), at...)...)
			var ev struct {
				Type string `json:"type"`
				Data struct {
					Totals map[string]string `json:"totals"`
				} `json:"data"`
			}
			if err := json.Unmarshal([]byte(got.out), &ev); err != nil || got.code != 0 || ev.Type == "" || ev.Data.Totals["gross"] == "" {
				t.Errorf("%s, %q: got %+v, %v", where, args, got, err)
			}
		}
	}
}

func TestEventForAnotherChainIsNotSent(t *testing.T) {
	t.Parallel()
	cli(t, "invoke", "thumbnail", "--event", "-d", fmt.Sprintf(quoteEvent, "{}")).
		failed(t, 2, `the event has type "homing.quote", but chain thumbnail takes "homing.thumbnail"`)
}

func TestPictureIsSaved(t *testing.T) {
	t.Parallel()
	for where, at := range hosts(t) {
		path := filepath.Join(t.TempDir(), "thumb.jpg")
		if out := cli(t, append([]string{"invoke", "thumbnail", "-q", "w=64", "-f", photoFile, "-o", path}, at...)...).ok(t).out; out != "" {
			t.Errorf("%s: printed %d bytes", where, len(out))
		}
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if c, err := jpeg.DecodeConfig(file); err != nil || c.Width != 64 {
			t.Errorf("%s: saved a picture %d wide, %v", where, c.Width, err)
		}
		_ = file.Close()
	}
}

func TestPictureIsNotWrittenToATerminal(t *testing.T) {
	t.Parallel()
	got := onTerminal(t, "invoke", "thumbnail", "-f", photoFile)
	if got.code != 0 || got.out != "" || !strings.HasPrefix(got.err, "image/jpeg, ") || !strings.Contains(got.err, "kB; use -o FILE") {
		t.Errorf("got %d bytes and %+v", len(got.out), got.err)
	}
}

func TestReplyIsIndentedOnATerminal(t *testing.T) {
	t.Parallel()
	if got := onTerminal(t, "invoke", "quote", "-f", orderFile).ok(t).out; !strings.HasPrefix(got, "{\n  \"reference\": ") {
		t.Errorf("got %s", got)
	}
}

func TestHeadersAreSentAndShown(t *testing.T) {
	t.Parallel()
	for where, at := range hosts(t) {
		got := cli(t, append([]string{"invoke", "thumbnail", "-q", "w=16", "-f", photoFile, "-H", "Accept: image/png", "-i"}, at...)...).ok(t).out
		head, body, _ := strings.Cut(got, "\n\n")
		if !strings.HasPrefix(head, "HTTP/1.1 200 OK\n") || !strings.Contains(head, "Content-Type: image/png\n") ||
			!strings.HasPrefix(body, "\x89PNG") {
			t.Errorf("%s: %s", where, head)
		}
	}
}

func TestProblemIsShownOnceAndIsExitCode1(t *testing.T) {
	t.Parallel()
	for where, at := range hosts(t) {
		got := cli(t, append([]string{"invoke", "quote", "-d", `{"currency":"XXX"}`}, at...)...)
		got.failed(t, 1, "422 Unprocessable Entity: Invalid request\n", "  #/currency  ", "  #/lines     ", "step validate, attempt 1")
		var p functions.Problem
		if err := json.Unmarshal([]byte(got.out), &p); err != nil || p.Status != 422 {
			t.Errorf("%s: standard output %q, %v", where, got.out, err)
		}
	}
	if got := onTerminal(t, "invoke", "quote", "-d", "{"); got.code != 1 || got.out != "" || !strings.HasPrefix(got.err, "400 Bad Request") {
		t.Errorf("on a terminal: %+v", got)
	}
}

func TestWaitThatEndsFirstShowsWhereTheReplyWillBe(t *testing.T) {
	t.Parallel()
	s := serve(t, nil, "--max-wait", "1ns")
	got := cli(t, "invoke", "thumbnail", "--url", s.url, "-f", photoFile, "--wait", "1s")
	if got.code != 0 || !strings.Contains(got.out, `"state":"pending"`) || !strings.Contains(got.err, "fetch it later: "+s.url+"/requests/") {
		t.Errorf("got %+v", got)
	}
}

func TestKeyRunsACallOnce(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	requestID := func(args ...string) string {
		out := cli(t, append([]string{"invoke", "quote", "--url", s.url, "-i", "-f", orderFile}, args...)...).ok(t).out
		_, id, _ := strings.Cut(out, "X-Request-Id: ")
		return id[:36]
	}
	first, again := requestID("--key", "k"), requestID("--key", "k")
	other, another := requestID(), requestID()
	if first != again || other == another {
		t.Error("a key does not join calls, or calls without one are joined")
	}
	got := cli(t, "invoke", "quote", "--url", s.url, "--key", "k", "-d", "{}")
	got.failed(t, 1, "422")
}

func TestMisuseOfInvoke(t *testing.T) {
	t.Parallel()
	wild := write(t, "wild.yaml", "chains:\n  - {name: w, route: \"POST /w/{id}\", steps: [quote.price]}\n")
	for name, tc := range map[string]struct {
		args []string
		want string
	}{
		"unknown chain":      {[]string{"qoute"}, `no chain "qoute" among quote, thumbnail; did you mean "quote"?`},
		"no chain":           {nil, "name a chain: quote, thumbnail"},
		"two chains":         {[]string{"quote", "thumbnail"}, `"thumbnail"`},
		"wildcards":          {[]string{"--chain", wild}, "the path /w/{id} of chain w has wildcards"},
		"wrong query":        {[]string{"quote", "-q", "w"}, `--query "w" is not NAME=VALUE`},
		"wrong header":       {[]string{"quote", "-H", "X: y", "-H", "Bad Name: secret"}, "--header 2 is not 'NAME: VALUE'"},
		"header of two":      {[]string{"quote", "-H", "X: y\r\nZ: secret"}, "--header 1 is not"},
		"missing file":       {[]string{"quote", "-f", "/missing"}, "/missing"},
		"no URL":             {[]string{"quote", "--url", "localhost:80"}, "did you mean http://localhost:80?"},
		"secret in the URL":  {[]string{"quote", "--url", "http://me:secret@x"}, "--url must be"},
		"unknown method":     {[]string{"quote", "--method", "NO WAY", "-d", "x"}, "this cannot be sent"},
		"argument elsewhere": {[]string{"quote", "--timeout", "-1s"}, "must be a time"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := cli(t, append([]string{"invoke"}, tc.args...)...)
			got.failed(t, 2, tc.want)
			if strings.Contains(got.err, "secret") || got.out != "" {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestChainCanBeLeftOutIfThereIsOne(t *testing.T) {
	t.Parallel()
	cli(t, "invoke", "--chain", write(t, "shop.yaml", shopFile), "-d", "no JSON").failed(t, 1, "step price, attempt 1")
}

func TestPathsBeyondTheRoutesAreAnsweredByTheServer(t *testing.T) {
	t.Parallel()
	cli(t, "invoke", "/nowhere").failed(t, 1, "404 Not Found")
	cli(t, "invoke", "/quote", "--method", "GET").failed(t, 1, "405 Method Not Allowed")
	if out := cli(t, "invoke", "/health/readiness", "--method", "GET").ok(t).out; out != "READY\n" {
		t.Errorf("got %q", out)
	}
}

func TestServerThatIsNotThereIsAskedFor(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	s.ends()
	cli(t, "invoke", "quote", "--url", s.url, "-d", "{}").failed(t, 1, s.url+" does not answer", "is `homing serve` running?")
}

func TestSlowReplyEndsWithTheTimeout(t *testing.T) {
	t.Parallel()
	cli(t, "invoke", "quote", "-f", orderFile, "--timeout", "1ns").failed(t, 1, "there was no answer in time", "--timeout")
}

func TestInterruptEndsReadingTheBody(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	never, w := io.Pipe()
	defer w.Close()
	out, errs := newWatcher(), newWatcher()
	if code := runHere(ctx, []string{"invoke", "quote"}, readCalls{never, cancel}, out, errs, nil); code != 1 || !strings.Contains(errs.String(), "standard input") {
		t.Errorf("exit code %d, standard error %s", code, errs)
	}
}

// readCalls is a reader that calls a function when it is read.
type readCalls struct {
	io.Reader

	call func()
}

func (r readCalls) Read(p []byte) (int, error) {
	r.call()
	return r.Reader.Read(p)
}

func TestContentTypeOfABody(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		file     string
		consumes []string
		body     string
		want     string
	}{
		"by the name":            {"x.png", []string{"application/json"}, "{}", "image/png"},
		"by the chain":           {"", []string{"application/json"}, "x", "application/json"},
		"by the look, JSON":      {"", []string{"a/b", "c/d"}, "{}", "application/json"},
		"by the look, text":      {"x.unheard-of", nil, "hello", "text/plain; charset=utf-8"},
		"by the look, a picture": {"-", nil, "\xff\xd8\xff", "image/jpeg"},
	} {
		if got := guessType(tc.file, tc.consumes, []byte(tc.body)); got != tc.want {
			t.Errorf("%s: got %s, want %s", name, got, tc.want)
		}
	}
}
