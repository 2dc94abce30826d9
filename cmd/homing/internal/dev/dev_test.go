package dev_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/homing-dev/homing/cmd/homing/internal/console"
	"github.com/homing-dev/homing/cmd/homing/internal/dev"
	"github.com/homing-dev/homing/internal/describe"
)

// TestMain is also the app of the tests: it answers the text of VERSION, and what its
// step answers if it has one.
func TestMain(m *testing.M) {
	switch os.Getenv("DEV_TEST") {
	case "app":
		app()
	case "dies":
		slog.New(slog.NewJSONHandler(os.Stderr, nil)).Error("this app cannot serve", "error", "chain.yaml:3: unknown function")
		os.Exit(1)
	default:
		os.Exit(m.Run())
	}
}

func app() {
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	ln, err := net.Listen("tcp", os.Getenv("HOMING_LISTEN"))
	if err != nil {
		panic(err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/die":
			os.Exit(3)
		case "/slow":
			_, _ = io.WriteString(w, "begun ")
			_ = http.NewResponseController(w).Flush()
			<-time.After(time.Second)
		case "/host":
			_, _ = io.WriteString(w, r.Host+" "+r.Header.Get("X-Forwarded-For")+" "+r.URL.RawQuery)
			return
		case "/step":
			res, err := http.Get(strings.TrimPrefix(os.Getenv("HOMING_STEP_URLS"), "greet.clean="))
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadGateway)
				return
			}
			_, _ = io.Copy(w, res.Body)
			return
		}
		log.Info("call", "status", 200, "duration", "1.234567ms", "route", "GET /", "requestid", "id-1", slog.Group("steps", "b", "1ms", "a", "2ms failed 500"))
		_, _ = io.WriteString(w, os.Getenv("VERSION"))
	})}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		<-ctx.Done()
		_ = srv.Shutdown(context.Background())
	}()
	if err := json.NewEncoder(os.Stdout).Encode(describe.Listening{Address: ln.Addr().String()}); err != nil {
		panic(err)
	}
	_ = srv.Serve(ln)
	<-drained
	stop()
	os.Exit(0)
}

// files is an app whose chain.yaml is its version, or why there is none.
type files struct {
	dir      string
	programs []dev.Program
}

func (f files) Build(context.Context) (dev.Version, error) {
	text, err := os.ReadFile(filepath.Join(f.dir, "chain.yaml"))
	if err != nil {
		return dev.Version{}, err
	}
	kind, rest, _ := strings.Cut(string(text), " ")
	if kind == "broken" {
		return dev.Version{}, errors.New("functions.go:7: " + rest)
	}
	return dev.Version{Command: []string{os.Args[0]}, Environ: append(os.Environ(), "DEV_TEST="+kind, "VERSION="+rest), Programs: f.programs}, nil
}

func (f files) Test(context.Context) error {
	text, err := os.ReadFile(filepath.Join(f.dir, "chain.yaml"))
	if strings.Contains(string(text), "untested") {
		return errors.New("--- FAIL: TestGreet")
	}
	return err
}

// screen is what was printed.
type screen struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// session is a run of dev on a folder.
type session struct {
	t      *testing.T
	dir    string
	url    string
	screen *screen
}

func begin(t *testing.T, version string, programs func(dir string) []dev.Program) *session {
	t.Helper()
	s := &session{t: t, dir: t.TempDir(), screen: &screen{}}
	s.write("chain.yaml", version)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.url = "http://" + ln.Addr().String()
	app := files{dir: s.dir}
	if programs != nil {
		app.programs = programs(s.dir)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		ended <- dev.Run(ctx, dev.Options{App: app, Dir: s.dir, Listener: ln, Out: dev.NewPrinter(console.Stream{Writer: s.screen})})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Log(s.screen)
		}
	})
	return s
}

func (s *session) write(name, text string) {
	s.t.Helper()
	path, whole := filepath.Join(s.dir, name), filepath.Join(s.t.TempDir(), "file")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(whole, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Rename(whole, path); err != nil { // at once, as an empty file would be a version, too
		s.t.Fatal(err)
	}
}

func (s *session) get(path string) (int, string) {
	res, err := http.Get(s.url + path)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err.Error()
	}
	return res.StatusCode, string(body)
}

// eventually waits until an answer has a text; a loaded machine may be slow.
func (s *session) eventually(path, want string) {
	s.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		status, got := s.get(path)
		if strings.Contains(fmt.Sprint(status, " ", got), want) {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%s answers %d %s, want %s\n%s", path, status, got, want, s.screen)
		}
		<-time.After(20 * time.Millisecond)
	}
}

func (s *session) prints(want string) {
	s.t.Helper()
	for deadline := time.Now().Add(time.Minute); !strings.Contains(s.screen.String(), want); <-time.After(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("%q was not printed:\n%s", want, s.screen)
		}
	}
}

func TestAnEditIsServedAndABrokenOneIsNot(t *testing.T) {
	t.Parallel()
	s := begin(t, "app first", nil)
	if status, body := s.get("/"); status != http.StatusOK || body != "first" { // waits for the first build
		t.Fatalf("got %d %s", status, body)
	}
	s.prints("the tests pass")
	s.prints("200   1.23ms GET /  b 1ms  a 2ms failed 500  id-1")
	s.write("chain.yaml", "broken undefined: Greet")
	s.prints("functions.go:7: undefined: Greet\nthe version before serves on")
	s.eventually("/", "first")
	s.write("chain.yaml", "dies")
	s.prints("the app does not start\nchain.yaml:3: unknown function\nthe version before serves on")
	s.eventually("/", "first")
	s.write("chain.yaml", "app second untested")
	s.eventually("/", "second")
	s.prints("the tests fail\n--- FAIL: TestGreet")
	s.write("node_modules/a.go", "")
	s.write("notes.txt", "")
	s.write("deeper/still/a.go", "") // a folder that is new
	s.write("chain.yaml", "app third")
	s.eventually("/", "third")
}

func TestWhatDoesNotBuildIsAnswered(t *testing.T) {
	t.Parallel()
	s := begin(t, "broken undefined: Greet", nil)
	status, body := s.get("/")
	var problem struct{ Title, Detail string }
	if err := json.Unmarshal([]byte(body), &problem); err != nil || status != http.StatusServiceUnavailable || !strings.Contains(problem.Detail, "undefined: Greet") {
		t.Errorf("got %d %s, %v", status, body, err)
	}
	s.write("chain.yaml", "app mended")
	s.eventually("/", "mended")
}

func TestACallIsFinishedByTheVersionThatHasBegunIt(t *testing.T) {
	t.Parallel()
	s := begin(t, "app first", nil)
	res, err := http.Get(s.url + "/slow")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	s.write("chain.yaml", "app second")
	if body, err := io.ReadAll(res.Body); err != nil || string(body) != "begun first" {
		t.Errorf("got %s, %v", body, err)
	}
	s.eventually("/", "second")
}

func TestAnAppThatEndsIsStartedAgain(t *testing.T) {
	t.Parallel()
	s := begin(t, "app first", nil)
	if status, body := s.get("/die"); status != http.StatusBadGateway {
		t.Errorf("got %d %s", status, body)
	}
	s.prints("the app has ended by itself: exit status 3")
	s.eventually("/", "200 first")
}

func TestNothingStandsBetween(t *testing.T) {
	t.Parallel()
	s := begin(t, "app first", nil)
	if _, body := s.get("/host?a;b=%zz"); body != strings.TrimPrefix(s.url, "http://")+"  a;b=%zz" {
		t.Errorf("got %q", body)
	}
}

const echo = `import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"WORD")
    def log_message(self, *args):
        print("called", flush=True)
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
`

func TestProgramsOfStepsAreStartedAndRestarted(t *testing.T) {
	t.Parallel()
	s := begin(t, "app first", func(dir string) []dev.Program {
		if err := os.WriteFile(filepath.Join(dir, "step.py"), []byte(strings.Replace(echo, "WORD", "one", 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		return []dev.Program{{Step: "greet.clean", Command: "python3 step.py", Dir: dir, Environ: os.Environ()}}
	})
	s.eventually("/step", "one")
	s.prints("greet.clean called")
	s.write("step.py", strings.Replace(echo, "WORD", "two", 1))
	s.eventually("/step", "two")
	s.write("step.py", "raise SystemExit('no more')")
	s.prints("greet.clean no more")
	s.prints("step greet.clean has ended: exit status 1")
	s.write("step.py", strings.Replace(echo, "WORD", "three", 1))
	s.eventually("/step", "three")
}
