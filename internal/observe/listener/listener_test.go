package listener_test

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/homing-dev/homing/internal/observe"
	"github.com/homing-dev/homing/internal/observe/listener"
	"github.com/homing-dev/homing/tests/leaks"
)

func TestMain(m *testing.M) { leaks.Main(m) }

// lines is a log that several goroutines write.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func create() (listener.Listener, *lines) {
	log, level := &lines{}, &slog.LevelVar{}
	return listener.Listener{
		Metrics: observe.NewRegistry(), Level: level, Log: slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: level})),
	}, log
}

func TestTheLevelIsSetFromThisMachineAlone(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		method, from, host, body string
		status                   int
		level                    slog.Level
	}{
		"from the machine":        {"PUT", "127.0.0.1:1234", "127.0.0.1:9090", "debug", 200, slog.LevelDebug},
		"with a line end":         {"PUT", "[::1]:1234", "localhost:9090", "error\n", 200, slog.LevelError},
		"from another":            {"PUT", "10.0.0.7:1234", "10.0.0.8:9090", "error", 403, slog.LevelInfo},
		"by a page of a browser":  {"PUT", "127.0.0.1:1234", "evil.example:9090", "error", 403, slog.LevelInfo},
		"no level":                {"PUT", "127.0.0.1:1234", "localhost", "loud", 400, slog.LevelInfo},
		"a number":                {"PUT", "127.0.0.1:1234", "localhost", "INFO+100", 400, slog.LevelInfo},
		"nothing":                 {"PUT", "127.0.0.1:1234", "localhost", "", 400, slog.LevelInfo},
		"much":                    {"PUT", "127.0.0.1:1234", "localhost", strings.Repeat(" ", 1<<20) + "debug", 400, slog.LevelInfo},
		"another method":          {"POST", "127.0.0.1:1234", "localhost", "debug", 405, slog.LevelInfo},
		"shown to another":        {"GET", "10.0.0.7:1234", "10.0.0.8:9090", "", 200, slog.LevelInfo},
		"an address that is none": {"PUT", "", "", "debug", 403, slog.LevelInfo},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, log := create()
			r := httptest.NewRequestWithContext(t.Context(), tc.method, "/log-level", strings.NewReader(tc.body))
			r.RemoteAddr, r.Host = tc.from, tc.host
			w := httptest.NewRecorder()
			l.Handler().ServeHTTP(w, r)
			if w.Code != tc.status || l.Level.Level() != tc.level {
				t.Errorf("got %d and %s: %s", w.Code, l.Level.Level(), w.Body)
			}
			changed := w.Code == http.StatusOK && tc.method == http.MethodPut
			if want := strings.ToLower(tc.level.String()) + "\n"; w.Code == http.StatusOK && w.Body.String() != want {
				t.Errorf("got %q, want %q", w.Body, want)
			}
			if changed && tc.level <= slog.LevelWarn && !strings.Contains(log.String(), `"set":"debug","before":"info"`) {
				t.Errorf("the log has %s", log)
			}
		})
	}
}

func TestTheListenerServesMetricsUntilItIsStopped(t *testing.T) {
	t.Parallel()
	l, _ := create()
	address := free(t)
	stop, err := l.Serve(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/metrics", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil || !strings.Contains(string(body), "homing_build_info{") {
		t.Errorf("%v: %s", err, body)
	}
	if _, err := l.Serve(t.Context(), address); err == nil || !strings.Contains(err.Error(), "HOMING_METRICS_LISTEN") {
		t.Errorf("got %v for an address that is taken", err)
	}
	stop()
	if resp, err := client.Do(r); err == nil {
		_ = resp.Body.Close()
		t.Error("it is served behind its end")
	}
}

func free(t *testing.T) string {
	t.Helper()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	return ln.Addr().String()
}

// pipes is a network without buffers, in the time of a test.
type pipes struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

func (*pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

func TestAScraperThatHangsIsCut(t *testing.T) {
	t.Parallel()
	for name, send := range map[string]string{
		"reads nothing":    "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n",
		"sends nothing":    "",
		"sends a part":     "GET /metrics HTTP/1.1\r\nHo",
		"sends no level":   "PUT /log-level HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n",
		"is idle for days": "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l, _ := create()
				network := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
				ended := make(chan struct{})
				srv := l.Server()
				go func() {
					defer close(ended)
					_ = srv.Serve(network)
				}()
				server, scraper := net.Pipe()
				cut := &watched{Conn: server, closed: make(chan struct{})}
				network.conns <- cut
				go func() { _, _ = io.WriteString(scraper, send) }()
				if name == "is idle for days" {
					go func() { _, _ = io.Copy(io.Discard, scraper) }()
				}
				select {
				case <-cut.closed:
				case <-time.After(5 * time.Minute):
					t.Error("it holds its connection")
				}
				_, _ = scraper.Close(), srv.Close()
				<-ended
			})
		})
	}
}

// watched is a connection that shows when it is closed.
type watched struct {
	net.Conn

	once   sync.Once
	closed chan struct{}
}

func (w *watched) Close() error {
	w.once.Do(func() { close(w.closed) })
	return w.Conn.Close()
}
