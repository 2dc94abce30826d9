package trace_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/homing-dev/homing/internal/processgroup"
	"github.com/homing-dev/homing/tests/freeport"
	"github.com/homing-dev/homing/tests/internal/cached"
	"github.com/homing-dev/homing/tests/internal/wait"
)

// programs builds the app and the collector once.
var programs = sync.OnceValues(func() (dir string, err error) {
	dir, err = os.MkdirTemp("", "homing-trace-")
	if err != nil {
		return "", err
	}
	for _, name := range []string{"app", "collector"} {
		if err := cached.Run(context.Background(), "go", "build", "-o", filepath.Join(dir, name), "./"+name); err != nil {
			return dir, err
		}
	}
	return dir, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := programs(); err == nil {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// output is what a process has written.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// process is a program under test.
type process struct {
	*processgroup.Process

	out  *output
	port string
	url  string
}

// freePort returns a port that is free, and that nobody else takes until the test ends.
func freePort(t *testing.T) string {
	t.Helper()
	return strconv.Itoa(freeport.Take(t))
}

// run starts a program, which is stopped when the test ends, and waits until it
// listens on its port, the variable PORT.
func run(t *testing.T, dir string, env []string, name string, args ...string) *process {
	t.Helper()
	p, cmd := &process{out: &output{}, port: freePort(t)}, exec.Command(name, args...)
	for _, kv := range env {
		if port, ok := strings.CutPrefix(kv, "PORT="); ok {
			p.port = port
		}
	}
	p.url = "http://127.0.0.1:" + p.port
	for i := range args {
		cmd.Args[i+1] = strings.ReplaceAll(args[i], "{port}", p.port)
	}
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, p.out, p.out
	cmd.Env = append(append(bare(), env...), "PORT="+p.port, "HOMING_LISTEN=127.0.0.1:"+p.port)
	var err error
	if p.Process, err = processgroup.Start(cmd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.stop()
		if t.Failed() {
			t.Logf("%s %s:\n%s", name, env, p.out)
		}
	})
	wait.Eventually(t, filepath.Base(name)+" listens", func() bool {
		c, err := new(net.Dialer).DialContext(t.Context(), "tcp", "127.0.0.1:"+p.port)
		if err == nil {
			_ = c.Close()
		}
		return err == nil || p.ended()
	})
	if p.ended() {
		t.Fatalf("%s has ended", name)
	}
	return p
}

// bare is the environment without what would configure an app or its traces.
func bare() []string {
	var env []string
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "HOMING_") && !strings.HasPrefix(kv, "OTEL_") && !strings.HasPrefix(kv, "K_") && !strings.HasPrefix(kv, "PORT=") {
			env = append(env, kv)
		}
	}
	return env
}

// ended reports whether the process has ended by itself.
func (p *process) ended() bool {
	select {
	case <-p.Ended():
		return true
	default:
		return false
	}
}

// stop ends a process as its platform would.
func (p *process) stop() {
	p.Signal(syscall.SIGTERM)
	select {
	case <-p.Ended():
	case <-time.After(20 * time.Second):
		p.Signal(syscall.SIGKILL)
		<-p.Ended()
	}
}

// app starts the app in a role.
func app(t *testing.T, env ...string) *process {
	t.Helper()
	dir, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	return run(t, dir, append([]string{"OTEL_BSP_SCHEDULE_DELAY=100"}, env...), filepath.Join(dir, "app"))
}

// collector is an OpenTelemetry Collector.
type collector struct {
	*process

	traces string // the file that it writes
}

const collectorConfig = `yaml:
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:{port}"}}}}
exporters: {lines: {}}
service:
  telemetry: {metrics: {level: none}}
  pipelines: {traces: {receivers: [otlp], exporters: [lines]}}
`

func collect(t *testing.T) collector {
	t.Helper()
	dir, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "traces")
	return collector{run(t, dir, []string{"TRACES=" + file}, filepath.Join(dir, "collector"), "--config", collectorConfig), file}
}

// flaskStep and expressStep start steps with the auto-instrumentation of their
// language, and nothing else that knows of traces.
func flaskStep(t *testing.T, c collector) *process {
	t.Helper()
	list, err := os.ReadFile("flask/requirements.txt")
	if err != nil {
		t.Fatal(err)
	}
	dir := install(t, "flask", list, func(draft, listed string) error {
		if err := cached.Run(t.Context(), "python3", "-m", "venv", draft); err != nil {
			return err
		}
		return cached.Run(t.Context(), filepath.Join(draft, "bin", "python"), "-m", "pip", "install", "--quiet",
			"--disable-pip-version-check", "--require-hashes", "-r", listed)
	})
	python := filepath.Join(dir, "bin", "python")
	const instrument = "from opentelemetry.instrumentation.auto_instrumentation import run; run()" // as the script that is not where it was installed
	return run(t, "flask", instrumented(c, "flask"), python, "-c", instrument, python, "step.py")
}

func expressStep(t *testing.T, c collector) *process {
	t.Helper()
	list, err := os.ReadFile("express/package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	dir := install(t, "express", list, func(draft, _ string) error {
		if err := os.CopyFS(draft, os.DirFS("express")); err != nil {
			return err
		}
		return cached.Run(t.Context(), "npm", "ci", "--prefix", draft, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error")
	})
	env := append(instrumented(c, "express"), "OTEL_NODE_ENABLED_INSTRUMENTATIONS=http,express", "OTEL_NODE_RESOURCE_DETECTORS=env")
	return run(t, dir, env, "node", "--require", "@opentelemetry/auto-instrumentations-node/register", "step.cjs")
}

func instrumented(c collector, service string) []string {
	return append(exports(c, service), "OTEL_METRICS_EXPORTER=none", "OTEL_LOGS_EXPORTER=none", "OTEL_BSP_SCHEDULE_DELAY=100",
		"OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", "OTEL_TRACES_EXPORTER=otlp",
		"OTEL_SEMCONV_STABILITY_OPT_IN=http")
}

// exports is the environment of a process whose traces go to c.
func exports(c collector, service string) []string {
	return []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + c.url, "OTEL_SERVICE_NAME=" + service}
}

// installing keeps two tests from installing the same.
var installing sync.Mutex

func install(t *testing.T, name string, list []byte, fill func(draft, listed string) error) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	installing.Lock()
	defer installing.Unlock()
	dir, err := cached.Folder(filepath.Join(cache, "homing-tests"), "trace-"+name, list, fill)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// deliveries is a double of a broker: it answers 202, and brings each event to the
// vertex of its next step, with or without the trace context of the request that
// brought it.
type deliveries struct {
	byStep map[string]string // URL by chain.step
	passes bool
	work   sync.WaitGroup
}

func (d *deliveries) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body bytes.Buffer
	_, err := body.ReadFrom(r.Body)
	step, _, _ := strings.Cut(r.Header.Get("Ce-Routingslip"), ",")
	to, known := d.byStep[step]
	if err != nil || !known {
		http.Error(w, fmt.Sprintf("no trigger takes %q: %v", step, err), http.StatusBadRequest)
		return
	}
	header := http.Header{}
	for name, values := range r.Header {
		if strings.HasPrefix(name, "Ce-") || name == "Content-Type" || d.passes && (name == "Traceparent" || name == "Tracestate") {
			header[name] = values
		}
	}
	w.WriteHeader(http.StatusAccepted)
	ctx := context.WithoutCancel(r.Context())
	d.work.Go(func() {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, &body)
		if err != nil {
			return
		}
		req.Header = header
		if resp, err := http.DefaultClient.Do(req); err == nil {
			_ = resp.Body.Close()
		}
	})
}
