package console_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/console"
	"github.com/homing-dev/homing/internal/letterbox"
	"github.com/homing-dev/homing/runtimes"
)

// view is what the tests read of a request.
type view struct {
	ID, Chain, Kind, State, Failure, Step, Of string
	Status, In, Out                           int
	Ended                                     float64
	Missing                                   []string
	Steps                                     []struct {
		Step, State, Failure     string
		Attempt, Status, In, Out int
		Start, End               float64
	}
	Payloads []struct {
		Kind, Text, ContentType string
		Size, Kept              int
		Attributes              map[string]string
	}
}

// app is an adapter with a console.
type app struct {
	*adapter.Adapter

	t *testing.T
}

func start(t *testing.T, o console.Options, cfg adapter.Config, chains ...functions.Chain) app {
	t.Helper()
	cfg.Logger = slog.New(slog.DiscardHandler)
	return startWith(t, console.New(o), cfg, chains...)
}

func startWith(t *testing.T, r *console.Recorder, cfg adapter.Config, chains ...functions.Chain) app {
	t.Helper()
	cfg.Store, cfg.Observer, cfg.Console = memory.New(memory.Options{}), r, r.Handler()
	a, err := runtimes.Inline(chains, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.Close()
		a.Close()
	})
	return app{a, t}
}

func chain(name string, steps ...functions.Function) functions.Chain {
	c := functions.Chain{Name: name, Method: http.MethodPost, Path: "/" + name, Headers: []string{"Authorization", "X-Colour"}}
	for i, f := range steps {
		c.Steps = append(c.Steps, functions.Step{Name: fmt.Sprintf("step%d", i), Function: f})
	}
	return c
}

func same(_ context.Context, in event.Event) (*event.Event, error) { return &in, nil }

// call calls a path under a name of this machine, and returns the response.
func (a app) call(method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(a.t.Context(), method, "http://localhost"+path, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if host := r.Header.Get("Host"); host != "" {
		r.Host = host
	}
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	return w
}

// send calls a chain and returns what the console has of it.
func (a app) send(path, body string, headers ...string) view {
	a.t.Helper()
	return a.view(a.call(http.MethodPost, path, body, headers...).Header().Get("X-Request-ID"))
}

func (a app) view(id string) (v view) {
	a.t.Helper()
	w := a.call(http.MethodGet, "/_homing/api/requests/"+id, "")
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil || w.Code != http.StatusOK {
		a.t.Fatalf("request %s: %d %s %v", id, w.Code, w.Body, err)
	}
	return v
}

func TestAStepIsShownWithWhatWentInAndCameOut(t *testing.T) {
	t.Parallel()
	shout := func(_ context.Context, in event.Event) (*event.Event, error) {
		in.DataEncoded = bytes.ToUpper(in.DataEncoded)
		return &in, nil
	}
	a := start(t, console.Options{}, adapter.Config{}, chain("talk", same, shout))
	v := a.send("/talk", "hello", "Content-Type", "text/plain", "X-Colour", "blue", "Authorization", "Bearer secret", "X-Other", "hidden")
	if v.State != "done" || v.Status != http.StatusOK || v.Kind != "sync" || len(v.Steps) != 2 || len(v.Missing) != 0 {
		t.Fatalf("got %+v", v)
	}
	if in, out := v.Payloads[v.Steps[1].In], v.Payloads[v.Steps[1].Out]; in.Text != "hello" || out.Text != "HELLO" || in.ContentType != "text/plain" {
		t.Errorf("the second step had %+v and made %+v", in, out)
	}
	attrs := v.Payloads[v.In].Attributes
	if attrs["httpxcolour"] != "blue" || attrs["httpauthorization"] != "(not shown)" || attrs["httpxother"] != "" {
		t.Errorf("attributes %v", attrs)
	}
	if text := a.call(http.MethodGet, "/_homing/api/requests/"+v.ID, "").Body.String(); strings.Contains(text, "Bearer secret") {
		t.Error("the console shows a credential")
	}
}

func TestFailuresAttemptsAndStepsThatDidNotRun(t *testing.T) {
	t.Parallel()
	n := 0
	flaky := func(context.Context, event.Event) (*event.Event, error) {
		if n++; n == 1 {
			return nil, functions.Errorf(http.StatusServiceUnavailable, "closed")
		}
		panic("no more")
	}
	c := chain("bad", same, flaky, same)
	c.Steps[1].Policy.Retry = functions.Retry{Attempts: 2, Delay: time.Millisecond}
	a := start(t, console.Options{}, adapter.Config{}, c)
	v := a.send("/bad", "x")
	if v.Status != http.StatusInternalServerError || v.Step != "step1" || len(v.Steps) != 3 || len(v.Missing) != 1 || v.Missing[0] != "step2" {
		t.Fatalf("got %+v", v)
	}
	if s := v.Steps[1]; s.State != "failed" || s.Status != http.StatusServiceUnavailable || !strings.Contains(s.Failure, "closed") || s.Attempt != 1 {
		t.Errorf("the first attempt is %+v", s)
	}
	if s := v.Steps[2]; s.State != "failed" || s.Attempt != 2 || !strings.Contains(s.Failure, "panicked") {
		t.Errorf("the second attempt is %+v", s)
	}
}

func TestARefusedCallIsShown(t *testing.T) {
	t.Parallel()
	c := chain("small", same)
	c.MaxBody = 3
	a := start(t, console.Options{}, adapter.Config{}, c)
	a.call(http.MethodPost, "/small", "much too large")
	var list struct{ Requests []view }
	if err := json.Unmarshal(a.call(http.MethodGet, "/_homing/api/requests", "").Body.Bytes(), &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Requests) != 1 || list.Requests[0].Status != http.StatusRequestEntityTooLarge || list.Requests[0].Failure == "" {
		t.Errorf("got %+v", list.Requests)
	}
}

func TestAnAsyncCallIsFollowedToItsReply(t *testing.T) {
	t.Parallel()
	goOn := make(chan struct{})
	wait := func(ctx context.Context, in event.Event) (*event.Event, error) {
		select {
		case <-goOn:
			return &in, nil
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	a := start(t, console.Options{}, adapter.Config{}, chain("later", wait))
	v := a.send("/later", "x", "Prefer", "respond-async")
	if v.State != "pending" || v.Status != http.StatusAccepted || v.Kind != "async" {
		t.Errorf("before its end it is %+v", v)
	}
	close(goOn)
	for v.State == "pending" && t.Context().Err() == nil {
		time.Sleep(time.Millisecond)
		v = a.view(v.ID)
	}
	if v.Status != http.StatusOK || v.Ended == 0 || v.Payloads[v.Out].Text != "x" {
		t.Errorf("behind its end it is %+v", v)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	a := start(t, console.Options{Limits: console.Limits{Requests: 5, Bytes: 64 << 10, Body: 10 << 10}}, adapter.Config{}, chain("talk", same))
	large := strings.Repeat("é", 10<<10)
	first := a.send("/talk", large)
	if p := first.Payloads[first.In]; p.Size != 20<<10 || p.Kept != 10<<10 || p.Kind != "text" || len(p.Text) != 10<<10 {
		t.Errorf("a cut body is %d of %d bytes, %q", p.Kept, p.Size, p.Kind)
	}
	for range 20 {
		a.send("/talk", large)
	}
	var stats console.Stats
	if err := json.Unmarshal(a.call(http.MethodGet, "/_homing/api/stats", "").Body.Bytes(), &stats); err != nil {
		t.Fatal(err)
	}
	if stats.Requests > 5 || stats.Bytes > 64<<10 || stats.Bytes == 0 || stats.Chains[0].Running != 0 || stats.Chains[0].Total != 21 {
		t.Errorf("it keeps %+v", stats)
	}
	if w := a.call(http.MethodGet, "/_homing/api/requests/"+first.ID, ""); w.Code != http.StatusNotFound {
		t.Errorf("the first request is still there: %d", w.Code)
	}
}

func TestABodyIsWhatItsBytesAre(t *testing.T) {
	t.Parallel()
	a := start(t, console.Options{}, adapter.Config{}, chain("talk", same))
	for body, want := range map[string]string{
		"": "empty", "plain": "text", "a\x00b": "binary", "\xff\xfe\xfd": "binary", "\x89PNG\r\n\x1a\n\x00\x00": "image/png",
		`<svg xmlns="http://www.w3.org/2000/svg"/>`: "text", "<!doctype html><script>": "text", "GIF89a": "image/gif",
	} {
		v := a.send("/talk", body, "Content-Type", "image/png")
		if got := v.Payloads[v.In].Kind; got != want {
			t.Errorf("%q is %s, want %s", body, got, want)
		}
		w := a.call(http.MethodGet, fmt.Sprintf("/_homing/api/requests/%s/data/%d", v.ID, v.In), "")
		if w.Body.String() != body || w.Header().Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment") {
			t.Errorf("its data is %q with %v", w.Body, w.Header())
		}
		if ct := w.Header().Get("Content-Type"); ct != "application/octet-stream" && !strings.HasPrefix(want, "image/") {
			t.Errorf("the data of %s is served as %s", want, ct)
		}
	}
}

func TestOneStepRunsAgain(t *testing.T) {
	t.Parallel()
	a := start(t, console.Options{}, adapter.Config{}, chain("talk", same, func(_ context.Context, in event.Event) (*event.Event, error) {
		if string(in.Data()) == "fail" {
			return nil, errors.New("as asked")
		}
		in.DataEncoded = []byte("[" + string(in.Data()) + functions.Header(in, "X-Colour") + "]")
		return &in, nil
	}))
	first := a.send("/talk", "one", "Content-Type", "text/plain", "X-Colour", "blue")
	again := func(body string) view {
		t.Helper()
		var got struct{ ID string }
		w := a.call(http.MethodPost, "/_homing/api/replay", body, "Content-Type", "application/json")
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", body, w.Code, w.Body)
		}
		return a.view(got.ID)
	}
	v := again(fmt.Sprintf(`{"request":%q,"run":1}`, first.ID))
	if v.Kind != "step" || v.Of != first.ID || len(v.Steps) != 1 || v.Payloads[v.Out].Text != "[oneblue]" || v.Status != http.StatusOK {
		t.Errorf("got %+v", v)
	}
	if v = again(fmt.Sprintf(`{"request":%q,"run":1,"text":"two"}`, first.ID)); v.Payloads[v.Out].Text != "[twoblue]" {
		t.Errorf("with another input it is %+v", v)
	}
	if v = again(fmt.Sprintf(`{"request":%q,"run":1,"text":"fail"}`, first.ID)); v.Status != http.StatusInternalServerError || !strings.Contains(v.Failure, "as asked") {
		t.Errorf("one that fails is %+v", v)
	}
	for body, want := range map[string]int{
		`{"request":"nobody","run":0}`: http.StatusNotFound, fmt.Sprintf(`{"request":%q,"run":9}`, first.ID): http.StatusConflict,
		fmt.Sprintf(`{"request":%q,"run":-1}`, first.ID): http.StatusConflict, `{`: http.StatusBadRequest, `{"other":1}`: http.StatusBadRequest,
		`{"text":"` + strings.Repeat("x", 5<<20) + `"}`: http.StatusRequestEntityTooLarge,
	} {
		if w := a.call(http.MethodPost, "/_homing/api/replay", body, "Content-Type", "application/json"); w.Code != want {
			t.Errorf("%.60s: got %d, want %d", body, w.Code, want)
		}
	}
}

func TestWhoMaySee(t *testing.T) {
	t.Parallel()
	open := start(t, console.Options{}, adapter.Config{}, chain("talk", same))
	tokens := []adapter.Token{{Tenant: "ops", Secret: "ops-0123456789abcdef"}, {Tenant: "guest", Secret: "guest-0123456789abcdef"}}
	secured := start(t, console.Options{Tokens: true}, adapter.Config{Tokens: tokens, Admins: []string{"ops"}}, chain("talk", same))
	const api, page, replay = "/_homing/api/overview", "/_homing/", "/_homing/api/replay"
	for _, tc := range []struct {
		name         string
		app          app
		method, path string
		want         int
		headers      []string
	}{
		{"this machine", open, http.MethodGet, api, http.StatusOK, nil},
		{"its address", open, http.MethodGet, page, http.StatusOK, []string{"Host", "[::1]:8080"}},
		{"a name that was made to lead here", open, http.MethodGet, api, http.StatusMisdirectedRequest, []string{"Host", "evil.example"}},
		{"another page", open, http.MethodPost, replay, http.StatusForbidden, []string{"Origin", "https://evil.example", "Content-Type", "application/json"}},
		{"a form of another page", open, http.MethodPost, replay, http.StatusForbidden, []string{"Sec-Fetch-Site", "cross-site"}},
		{"no token", secured, http.MethodGet, api, http.StatusUnauthorized, nil},
		{"the page is everybody's", secured, http.MethodGet, page, http.StatusOK, []string{"Host", "homing.example"}},
		{"another tenant", secured, http.MethodGet, api, http.StatusForbidden, []string{"Authorization", "Bearer guest-0123456789abcdef"}},
		{"an admin", secured, http.MethodGet, api, http.StatusOK, []string{"Authorization", "Bearer ops-0123456789abcdef", "Host", "homing.example"}},
		{"no such file", open, http.MethodGet, "/_homing/other.js", http.StatusNotFound, nil},
		{"no such path", open, http.MethodGet, "/_homing/api/other/path", http.StatusNotFound, nil},
		{"the folder", open, http.MethodGet, "/_homing", http.StatusPermanentRedirect, nil},
	} {
		if w := tc.app.call(tc.method, tc.path, "{}", tc.headers...); w.Code != tc.want {
			t.Errorf("%s: got %d %s, want %d", tc.name, w.Code, w.Body, tc.want)
		}
	}
}

// TestThePageIsPacked: after a change, go run ./internal/console/pack internal/console.
func TestThePageIsPacked(t *testing.T) {
	t.Parallel()
	packed, err := os.Open("web.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	unzipped, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	var files map[string]string
	if err := json.NewDecoder(unzipped).Decode(&files); err != nil {
		t.Fatal(err)
	}
	there, _ := filepath.Glob("web/*")
	size := 0
	for _, name := range there {
		text, err := os.ReadFile(name)
		if err != nil || files[filepath.Base(name)] != string(text) {
			t.Errorf("%s is another one in web.gz; run make generate (%v)", name, err)
		}
		size += len(text)
	}
	if len(files) != len(there) || size > 60_000 {
		t.Errorf("%d files of %d, with %d bytes; 60000 are meant to do", len(files), len(there), size)
	}
}

func TestAStreamBringsWhatChanges(t *testing.T) {
	t.Parallel()
	a := start(t, console.Options{}, adapter.Config{}, chain("talk", same))
	srv := httptest.NewServer(a)
	defer srv.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+"/_homing/api/stream", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := srv.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	until := func(text string) {
		t.Helper()
		var got strings.Builder
		for buf := make([]byte, 1<<10); !strings.Contains(got.String(), text); {
			n, err := resp.Body.Read(buf)
			got.Write(buf[:n])
			if err != nil {
				t.Fatalf("%v behind %s", err, got.String())
			}
		}
	}
	until("event: stats")
	v := a.send("/talk", "x")
	until(v.ID)
}

func TestTheLogIsKeptBesideItsWriter(t *testing.T) {
	t.Parallel()
	r := console.New(console.Options{})
	var out bytes.Buffer
	log := slog.New(r.Log(slog.NewTextHandler(&out, nil))).With("chain", "talk")
	log.Debug("not at this level")
	log.Info("hello\x1b[31m", "took", time.Second)
	log.Info(strings.Repeat("long", 10_000))
	w := httptest.NewRecorder()
	r.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/api/logs", http.NoBody))
	var got struct{ Lines []map[string]any }
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Lines) != 2 || got.Lines[0]["msg"] != "hello\x1b[31m" || got.Lines[0]["chain"] != "talk" || got.Lines[0]["took"] != "1s" ||
		!strings.Contains(fmt.Sprint(got.Lines[1]["msg"]), "too long") {
		t.Errorf("got %v", got.Lines)
	}
	if lines := strings.Count(out.String(), "\n"); lines != 2 {
		t.Errorf("the writer has %d lines", lines)
	}
}

func TestManyCallAndWatchAtOnce(t *testing.T) {
	t.Parallel()
	slow := func(ctx context.Context, in event.Event) (*event.Event, error) {
		if in.Data()[0]%2 == 0 {
			time.Sleep(3 * time.Millisecond) // longer than the step has, whatever its context says
		}
		in.DataEncoded = bytes.ToUpper(in.DataEncoded)
		return &in, ctx.Err()
	}
	c := chain("talk", same, slow, same)
	c.Steps[1].Policy = functions.Policy{Timeout: time.Millisecond, Retry: functions.Retry{Attempts: 2, Delay: time.Microsecond}}
	a := start(t, console.Options{Limits: console.Limits{Requests: 10, Bytes: 20 << 10}}, adapter.Config{}, c)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 30 {
				w := a.call(http.MethodPost, "/talk", strings.Repeat(string(rune('a'+(i+n)%26)), 500))
				a.call(http.MethodGet, "/_homing/api/requests/"+w.Header().Get("X-Request-ID"), "")
				a.call(http.MethodGet, "/_homing/api/requests", "")
				a.call(http.MethodGet, "/_homing/api/stats", "")
			}
		})
	}
	all.Wait()
	var stats console.Stats
	if err := json.Unmarshal(a.call(http.MethodGet, "/_homing/api/stats", "").Body.Bytes(), &stats); err != nil {
		t.Fatal(err)
	}
	if stats.Requests > 10 || stats.Bytes > 20<<10 || stats.Chains[0].Running != 0 || stats.Chains[0].Total != 240 {
		t.Errorf("at the end there is %+v", stats)
	}
}

// box is a store that has dead letters.
type box struct {
	*memory.Store

	letters []letterbox.Letter
}

func (b box) Letters(letterbox.Limits) letterbox.Box { return b }

func (b box) Put(context.Context, string, []byte) error { return letterbox.ErrFull }

func (b box) Get(context.Context, string) (letterbox.Letter, error) {
	return letterbox.Letter{}, letterbox.ErrNone
}

func (b box) Delete(context.Context, letterbox.Letter) error { return nil }

func (b box) List(context.Context) iter.Seq2[letterbox.Letter, error] {
	return func(yield func(letterbox.Letter, error) bool) {
		for _, l := range b.letters {
			if !yield(l, nil) {
				return
			}
		}
	}
}

func TestDeadLettersOfTheStoreAreListed(t *testing.T) {
	t.Parallel()
	b := box{memory.New(memory.Options{}), []letterbox.Letter{
		{Key: "one", Kept: time.Unix(1, 0), Body: []byte(`{"reason":"crash"}`)}, {Key: "huge", Body: bytes.Repeat([]byte("x"), 21)},
	}}
	a := start(t, console.Options{Store: b, Limits: console.Limits{Body: 20}}, adapter.Config{}, chain("talk", same))
	w := a.call(http.MethodGet, "/_homing/api/letters", "")
	var got struct {
		Letters []struct {
			Key, Body string
			Size      int
		}
		More bool
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Letters) != 2 || got.Letters[0].Body != `{"reason":"crash"}` || got.Letters[1].Size != 21 || got.Letters[1].Body != "" || got.More {
		t.Errorf("got %s", w.Body)
	}
	none := start(t, console.Options{Store: memory.New(memory.Options{})}, adapter.Config{}, chain("talk", same))
	if w := none.call(http.MethodGet, "/_homing/api/letters", ""); w.Code != http.StatusNotFound {
		t.Errorf("a store without a box answers %d", w.Code)
	}
}
