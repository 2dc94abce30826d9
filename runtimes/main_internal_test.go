package runtimes

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
)

const greeting = `
chains:
  - name: greet
    route: POST /greet
    steps: [greet]
`

func greet(_ context.Context, in event.Event) (*event.Event, error) {
	in.DataEncoded = append([]byte("Hello, "), in.DataEncoded...)
	return &in, nil
}

// output is written to by another goroutine.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

var servingAt = regexp.MustCompile(`"msg":"serving","role":"(\w+)","address":"([^"]+)"`)

// process is an app that runs.
type process struct {
	role, address string
	log           *output
	stop          func() int
}

// running runs an app until stop is called, and waits until it listens.
func running(t *testing.T, a app, environ ...string) process {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	log, code := &output{}, make(chan int, 1)
	go func() { code <- a.main(ctx, nil, environ, io.Discard, log) }()
	stop := sync.OnceValue(func() int { cancel(); return <-code })
	t.Cleanup(func() { stop() })
	for {
		if found := servingAt.FindStringSubmatch(log.String()); found != nil {
			return process{found[1], found[2], log, stop}
		}
		select {
		case c := <-code:
			t.Fatalf("it ended with %d: %s", c, log)
		case <-time.After(time.Millisecond):
		}
	}
}

func plainApp(options ...Option) app {
	return app{[]byte(greeting), functions.Map{"greet": greet}, options}
}

func TestTheEnvironmentDecidesHowAnAppRuns(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		environ  []string
		role     string
		loopback bool
		status   int // of POST /greet
	}{
		"nothing":      {[]string{"HOMING_LISTEN=127.0.0.1:0"}, "all", true, 200},
		"HOMING_ROLE":  {[]string{"HOMING_ROLE=vertex", "PORT=0"}, "vertex", false, 404},
		"K_SERVICE":    {[]string{"K_SERVICE=greeting", "PORT=0"}, "all", false, 200},
		"role and all": {[]string{"HOMING_ROLE=all", "PORT=0", "HOMING_MAX_BODY=2"}, "all", false, 413},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := running(t, plainApp(), tc.environ...)
			role, address, log := p.role, p.address, p.log
			if role != tc.role || strings.HasPrefix(address, "127.0.0.1:") != tc.loopback {
				t.Errorf("the role is %s, the address %s", role, address)
			}
			resp, err := http.Post("http://127.0.0.1"+address[strings.LastIndexByte(address, ':'):]+"/greet", "text/plain", strings.NewReader("you"))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, _ := io.ReadAll(resp.Body)
			if resp.StatusCode != tc.status || tc.status == 200 && string(body) != "Hello, you" {
				t.Errorf("got %d %s", resp.StatusCode, body)
			}
			http.DefaultClient.CloseIdleConnections()
			if code := p.stop(); code != 0 || !strings.Contains(log.String(), `"msg":"stopped"`) {
				t.Errorf("it ended with %d: %s", code, log)
			}
			if open := strings.Contains(log.String(), "may call the chains"); open != (!tc.loopback && tc.role == "all") {
				t.Errorf("warned is %v", open)
			}
		})
	}
}

func TestAnAppTellsTheToolWhatItHas(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		app  app
		want string
	}{
		"an app":    {plainApp(Platform{Name: "lambda.Runtime()"}), `"functions":{"greet":{}},"options":["lambda.Runtime()"],"chains":"\nchains:\n`},
		"functions": {app{nil, functions.Map{"greet": "text"}, nil}, `"error":"the function greet is a string`},
	} {
		out, log := &output{}, &output{}
		environ := []string{"AWS_LAMBDA_RUNTIME_API=x", "HOMING_TOKENZ=x"} // which keep it from serving
		code := tc.app.main(t.Context(), []string{"describe"}, environ, out, log)
		if code != 0 || log.String() != "" || strings.Count(out.String(), "\n") != 1 || !strings.Contains(out.String(), tc.want) {
			t.Errorf("%s: it ended with %d: %s%s", name, code, out, log)
		}
	}
}

func TestAnAppTellsTheToolWhereItListens(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	out, log, code := &output{}, &output{}, make(chan int, 1)
	go func() {
		code <- plainApp().main(ctx, []string{"serve"}, []string{"HOMING_LISTEN=127.0.0.1:0"}, out, log)
	}()
	for !strings.HasSuffix(out.String(), "\n") {
		select {
		case c := <-code:
			t.Fatalf("it ended with %d: %s", c, log)
		case <-time.After(time.Millisecond):
		}
	}
	cancel()
	address := servingAt.FindStringSubmatch(log.String())[2]
	if c := <-code; c != 0 || out.String() != `{"homingAddress":"`+address+`"}`+"\n" || strings.Contains(log.String(), "curl") {
		t.Errorf("it ended with %d: %s%s", c, out, log)
	}
}

func TestAnAppLogsItsRoutes(t *testing.T) {
	t.Parallel()
	p := running(t, plainApp(), "HOMING_LISTEN=127.0.0.1:0")
	p.stop()
	if want := `"route":"POST /greet","chain":"greet","try":"curl -sS`; !strings.Contains(p.log.String(), want) {
		t.Errorf("got %s", p.log)
	}
}

func TestALocalServerListensOnLoopbackByDefault(t *testing.T) {
	t.Parallel()
	log := &output{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_ = plainApp().main(ctx, nil, nil, io.Discard, log) // whether the port is free or not
	if !strings.Contains(log.String(), "127.0.0.1:8080") {
		t.Errorf("got %s", log)
	}
}

func TestAnAppOnLambdaIsStartedByItsOption(t *testing.T) {
	t.Parallel()
	var started []string
	platform := Platform{Name: "lambda.Runtime()", Variable: lambdaVariable, Start: func(
		_ context.Context, environ []string, chains LoadChains, _ io.Writer, _ ...Option,
	) error {
		got, err := chains("")
		if err != nil || len(got) != 1 {
			t.Errorf("got %v, %v", got, err)
		}
		started = environ
		return errors.New("no more")
	}}
	log := &output{}
	code := plainApp(platform).main(t.Context(), nil, []string{"AWS_LAMBDA_RUNTIME_API=127.0.0.1:1", "HOMING_ROLE=vertex"}, io.Discard, log)
	if code != 1 || len(started) != 2 || !strings.Contains(log.String(), "no more") {
		t.Errorf("it ended with %d, %q: %s", code, started, log)
	}
}

func TestWhatIsNotLinkedIsNamed(t *testing.T) {
	t.Parallel()
	const lambdaStep = "\nchains: [{name: a, route: POST /a, steps: [{name: b, url: 'lambda:b'}]}]\n"
	for name, tc := range map[string]struct {
		app     app
		environ []string
		code    int
		want    string
	}{
		"Lambda": {plainApp(), []string{"AWS_LAMBDA_RUNTIME_API=x"}, 2, "option lambda.Runtime() of github.com/homing-dev/homing/runtimes/lambda"},
		"JWTs": {
			plainApp(),
			[]string{"HOMING_JWT_ISSUERS=https://i.example", "HOMING_JWT_AUDIENCE=us"},
			2,
			"option oidc.Tokens() of github.com/homing-dev/homing/runtimes/oidc",
		},
		"JWTs for anybody": {plainApp(), []string{"HOMING_JWT_ISSUERS=https://i.example"}, 2, "HOMING_JWT_AUDIENCE is missing"},
		"JWTs of nobody":   {plainApp(), []string{"HOMING_JWT_AUDIENCE=us"}, 2, "HOMING_JWT_ISSUERS is missing"},
		"a shared store":   {plainApp(), []string{"HOMING_STORE=redis://s"}, 2, "option redis.Replies() of github.com/homing-dev/homing/adapter/reply/redis"},
		"a table":          {plainApp(), []string{"HOMING_TABLE=t"}, 2, "option dynamodb.Replies() of github.com/homing-dev/homing/adapter/reply/dynamodb"},
		"a step on Lambda": {app{[]byte(lambdaStep), nil, nil}, nil, 1, "option lambda.Runtime()"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := &output{}
			if code := tc.app.main(t.Context(), nil, tc.environ, io.Discard, log); code != tc.code || !strings.Contains(log.String(), tc.want) {
				t.Errorf("it ended with %d: %s", code, log)
			}
		})
	}
}

func TestWhatIsInvalidEndsAnAppBeforeItListens(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		app     app
		args    []string
		environ []string
		code    int
		want    []string
	}{
		"settings":  {plainApp(), nil, []string{"HOMING_TOKENZ=x", "HOMING_KEEP=1"}, 2, []string{"did you mean HOMING_TOKENS?", "HOMING_KEEP is"}},
		"arguments": {plainApp(), []string{"--listen=:80"}, nil, 2, []string{"takes no arguments"}},
		"chains":    {app{[]byte("chains: [{name: a}]"), nil, nil}, nil, nil, 1, []string{"chain.yaml:1"}},
		"functions": {app{[]byte(greeting), functions.Map{"greet": "text"}, nil}, nil, nil, 1, []string{"greet is a string"}},
		"a file":    {plainApp(), nil, []string{"HOMING_CHAIN=/missing.yaml"}, 1, []string{"/missing.yaml"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := &output{}
			code := tc.app.main(t.Context(), tc.args, tc.environ, io.Discard, log)
			for _, want := range tc.want {
				if code != tc.code || !strings.Contains(log.String(), want) || strings.Contains(log.String(), "serving") {
					t.Errorf("it ended with %d, want %q: %s", code, want, log)
				}
			}
		})
	}
}

func TestAStoreAndRemoteStepsAreThoseOfTheOptions(t *testing.T) {
	t.Parallel()
	opened := ""
	driver := reply.Driver{Name: "dynamodb.Replies()", Setting: "table", Open: func(_ context.Context, setting func(string) string, _ *slog.Logger) (reply.Store, error) {
		opened = setting("table") + setting("arrivals")
		return memory.New(memory.Options{}), nil
	}}
	platform := Platform{Name: "lambda.Runtime()", RemoteSteps: RemoteSteps{"lambda": func(_ *carrier.Client, s functions.Step) functions.Function {
		return func(_ context.Context, in event.Event) (*event.Event, error) {
			in.DataEncoded = []byte(s.Target())
			return &in, nil
		}
	}}}
	a := app{[]byte("chains: [{name: a, route: POST /a, steps: [{name: b, url: 'lambda:b'}]}]"), nil, []Option{driver, platform}}
	address := running(t, a, "HOMING_LISTEN=127.0.0.1:0", "HOMING_TABLE=t", "HOMING_ARRIVALS=true").address
	resp, err := http.Post("http://"+address+"/a", "text/plain", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	http.DefaultClient.CloseIdleConnections()
	if string(body) != "lambda:b" || opened != "ttrue" {
		t.Errorf("got %s, opened %s", body, opened)
	}
}
