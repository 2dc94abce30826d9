package lambda_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
	"github.com/homing-dev/homing/internal/httpevent"
	"github.com/homing-dev/homing/runtimes/lambda"
)

// asBootstrap is the variable by which this test binary is a bootstrap.
const asBootstrap = "TEST_AS_BOOTSTRAP"

// meeting is how many calls of the chain meet wait for each other.
const meeting = 4

// bootstrap is what the binary of a function does.
func bootstrap() int {
	var met sync.WaitGroup
	met.Add(meeting)
	meet := single("meet", func(_ context.Context, in event.Event) (*event.Event, error) {
		met.Done()
		met.Wait()
		return &in, nil
	})
	if err := lambda.Start(context.Background(), os.Environ(), func(string, ...chainfile.Option) ([]functions.Chain, error) {
		return []functions.Chain{letters(), meet}, nil
	}, os.Stderr); err != nil {
		return 1
	}
	return 0
}

// runtimeAPI is Lambda's Runtime API.
type runtimeAPI struct {
	next    chan []byte
	answers chan runtimeAnswer
	url     string
}

// runtimeAnswer is what a function has posted: where, of what type, and what.
type runtimeAnswer struct{ path, contentType, body string }

func newRuntimeAPI(t *testing.T) *runtimeAPI {
	t.Helper()
	a := &runtimeAPI{next: make(chan []byte, meeting), answers: make(chan runtimeAnswer, meeting)}
	var mu sync.Mutex
	n := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			body, _ := io.ReadAll(r.Body)
			w.WriteHeader(http.StatusAccepted)
			a.answers <- runtimeAnswer{r.URL.Path, r.Header.Get("Content-Type"), string(body)}
			return
		}
		select {
		case payload := <-a.next:
			mu.Lock()
			n++
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", fmt.Sprintf("r-%d", n))
			mu.Unlock()
			w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(time.Minute).UnixMilli()))
			_, _ = w.Write(payload)
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(srv.Close)
	a.url = strings.TrimPrefix(srv.URL, "http://")
	return a
}

// process starts a bootstrap with the Runtime API.
func (a *runtimeAPI) process(t *testing.T, pairs ...string) {
	t.Helper()
	a.processTo(t, t.Output(), pairs...)
}

// processTo does that with a standard error of its own. When end returns, the process
// has ended, and all that it has written is there.
func (a *runtimeAPI) processTo(t *testing.T, stderr io.Writer, pairs ...string) (end func()) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	vars := env{}.with(append([]string{
		asBootstrap, "1", "AWS_LAMBDA_RUNTIME_API", a.url, "AWS_REGION", "eu-west-1", "AWS_ENDPOINT_URL", "http://127.0.0.1:1",
		"AWS_ACCESS_KEY_ID", "id", "AWS_SECRET_ACCESS_KEY", "key", "HOME", t.TempDir(),
	}, pairs...)...)
	for k, v := range vars {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end = sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	t.Cleanup(end)
	return end
}

func (a *runtimeAPI) answer(t *testing.T) runtimeAnswer {
	t.Helper()
	select {
	case got := <-a.answers:
		return got
	case <-t.Context().Done():
		return runtimeAnswer{}
	case <-time.After(time.Minute):
		t.Fatal("the function does not answer")
		return runtimeAnswer{}
	}
}

func TestABootstrapServesAsManyCallsAtOnceAsLambdaSends(t *testing.T) {
	t.Parallel()
	a := newRuntimeAPI(t)
	a.process(t, "AWS_LAMBDA_MAX_CONCURRENCY", fmt.Sprint(meeting))
	for range meeting {
		a.next <- post(t, httpevent.HTTPAPI, "/meet", "-")
	}
	for range meeting {
		got := a.answer(t)
		answer, err := httpevent.DecodeResponse([]byte(got.body), httpevent.HTTPAPI)
		if err != nil || answer.Status != http.StatusOK || string(answer.Body) != "-" || !strings.HasSuffix(got.path, "/response") {
			t.Errorf("%v: %+v", err, got)
		}
	}
}

func TestABootstrapStreamsWhereItIsConfigured(t *testing.T) {
	t.Parallel()
	a := newRuntimeAPI(t)
	a.process(t, "HOMING_STREAM", "url")
	a.next <- post(t, httpevent.URL, "/letters", "-")
	got := a.answer(t)
	_, body, err := httpevent.DecodeStream(strings.NewReader(got.body), httpevent.URL)
	if err != nil || got.contentType != httpevent.StreamContentType {
		t.Fatalf("%v: %+v", err, got)
	}
	if data, err := io.ReadAll(body); err != nil || string(data) != "-abc" {
		t.Errorf("%v: %q", err, data)
	}
	a.next <- encode(t, direct("letters.a,"))
	if got := a.answer(t); !strings.HasPrefix(got.body, `{"specversion"`) || got.contentType != "application/json" {
		t.Errorf("%+v", got)
	}
	a.next <- []byte(`{}`)
	if got := a.answer(t); !strings.HasSuffix(got.path, "/error") || !strings.Contains(got.body, "PayloadError") {
		t.Errorf("%+v", got)
	}
}

func TestABootstrapThatCannotStartReportsToLambdaAndTheLog(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		env    env
		chains error
		want   []string
	}{
		"two variables":   {env{"HOMING_TABLE": "", "HOMING_KEEP": "x"}, nil, []string{"HOMING_TABLE", "HOMING_KEEP"}},
		"chains":          {env{}, errors.New("chain.yaml:3: bad\nchain.yaml:4: bad"), []string{"chain.yaml:3", "chain.yaml:4"}},
		"secret not told": {env{"HOMING_TOKENS": "shop=hunter2"}, nil, []string{"HOMING_TOKENS"}},
		"misspelt":        {env{"HOMING_TOKENZ": "shop=hunter2"}, nil, []string{"HOMING_TOKENZ; did you mean HOMING_TOKENS?"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newRuntimeAPI(t)
			e := env{}.with("AWS_LAMBDA_RUNTIME_API", a.url)
			maps.Copy(e, tt.env)
			var stderr bytes.Buffer
			err := lambda.Start(t.Context(), e.environ(), func(string, ...chainfile.Option) ([]functions.Chain, error) {
				return []functions.Chain{letters()}, tt.chains
			}, &stderr)
			if err == nil || strings.Count(stderr.String(), "\n") != 1 {
				t.Errorf("%v, and on stderr %q", err, stderr.String())
			}
			got := a.answer(t)
			if got.path != "/2018-06-01/runtime/init/error" {
				t.Errorf("%+v", got)
			}
			for _, text := range []string{got.body, stderr.String()} {
				for _, want := range tt.want {
					if !strings.Contains(text, want) || strings.Contains(text, "hunter2") {
						t.Errorf("%q does not tell %s", text, want)
					}
				}
			}
		})
	}
}

func TestABootstrapThatAnybodyMayCallWarnsAndLogsAsItIsSet(t *testing.T) {
	t.Parallel()
	for level, want := range map[string]bool{"": true, "error": false} {
		a, stderr := newRuntimeAPI(t), &bytes.Buffer{}
		end := a.processTo(t, stderr, "HOMING_LOG_LEVEL", level)
		a.next <- post(t, httpevent.HTTPAPI, "/letters", "-")
		a.answer(t)
		end()
		if got := strings.Contains(stderr.String(), "anybody who reaches this function may call the chains"); got != want {
			t.Errorf("with the level %q it logged %s", level, stderr)
		}
	}
}

func TestABootstrapOutsideLambdaIsAnError(t *testing.T) {
	t.Parallel()
	var stderr bytes.Buffer
	err := lambda.Start(t.Context(), env{}.with().environ(), nil, &stderr)
	if err == nil || !strings.Contains(stderr.String(), "AWS_LAMBDA_RUNTIME_API") {
		t.Errorf("%v, and on stderr %q", err, stderr.String())
	}
}

func TestALambdaThatDoesNotListenIsPartOfTheError(t *testing.T) {
	t.Parallel()
	err := lambda.Start(t.Context(), env{"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:1"}.environ(), nil, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "HOMING_TABLE") || !strings.Contains(err.Error(), "tell Lambda") {
		t.Errorf("got %v", err)
	}
}
