package local_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/homing-dev/homing/runtimes/local"
	"github.com/homing-dev/homing/tests/leaks"
)

func TestMain(m *testing.M) { leaks.Main(m) }

// pipes is a listener in memory, whose connections have simulated time.
type pipes struct {
	conns  chan net.Conn
	failed chan error
	once   sync.Once
	closed chan struct{}
}

func newPipes() *pipes {
	return &pipes{conns: make(chan net.Conn), failed: make(chan error, 1), closed: make(chan struct{})}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case err := <-p.failed:
		return nil, err
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

// dial opens a connection and sends text on it.
func (p *pipes) dial(t *testing.T, text string) net.Conn {
	t.Helper()
	client, server := net.Pipe()
	t.Cleanup(func() { _ = client.Close() })
	p.conns <- server
	if _, err := io.WriteString(client, text); err != nil {
		t.Fatal(err)
	}
	return client
}

const get = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"

// answer reads an answer: its status, or 0 if the connection ends without one.
func answer(conn net.Conn) int {
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	return resp.StatusCode
}

// service is what these tests serve.
type service struct {
	http.HandlerFunc

	draining func(context.Context) error // nil: nothing runs
}

func (s service) Drain(ctx context.Context) error {
	if s.draining == nil {
		return nil
	}
	return s.draining(ctx)
}

func hello(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		w.WriteHeader(http.StatusRequestTimeout)
		return
	}
	_, _ = io.WriteString(w, "hello")
}

// running serves s until stop is called; ended has what Serve gave.
func running(t *testing.T, s local.Server) (p *pipes, stop func(), ended <-chan error) {
	t.Helper()
	if s.Logger == nil {
		s.Logger = slog.New(slog.DiscardHandler)
	}
	p = newPipes()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, p) }()
	return p, cancel, done
}

func TestServeAnswersUntilItsContextEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, stop, ended := running(t, local.Server{Service: service{HandlerFunc: hello}})
		if got := answer(p.dial(t, get)); got != http.StatusOK {
			t.Errorf("got %d", got)
		}
		start := time.Now()
		stop()
		const poll = 500 * time.Millisecond // net/http's longest, if the connection is not idle yet
		if err := <-ended; err != nil || time.Since(start) > poll {
			t.Errorf("%v after %s", err, time.Since(start))
		}
		select {
		case <-p.closed:
		default:
			t.Error("the listener is open")
		}
	})
}

// Each limit cuts a connection off at its time, by default and as it is set.
func TestSlowClientsAreCutOff(t *testing.T) {
	t.Parallel()
	const half = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf"
	const large = http.StatusRequestHeaderFieldsTooLarge
	for name, tt := range map[string]struct {
		server local.Server
		say    string
		want   int
		after  time.Duration
	}{
		"header":             {local.Server{}, "GET / HTTP/1.1\r\nHos", http.StatusBadRequest, local.DefaultHeaderTimeout},
		"header, set":        {local.Server{HeaderTimeout: time.Second}, "GET / HTTP/1.1\r\nHos", http.StatusBadRequest, time.Second},
		"silence":            {local.Server{}, "", 0, local.DefaultHeaderTimeout},
		"body":               {local.Server{}, half, http.StatusRequestTimeout, local.DefaultRequestTimeout},
		"body, set":          {local.Server{RequestTimeout: 7 * time.Second}, half, http.StatusRequestTimeout, 7 * time.Second},
		"large header":       {local.Server{}, "GET / HTTP/1.1\r\nX: " + strings.Repeat("x", local.DefaultMaxHeader), large, 0},
		"small limit of it":  {local.Server{MaxHeader: 1000}, "GET / HTTP/1.1\r\nX: " + strings.Repeat("x", 1000), large, 0},
		"answered and quick": {local.Server{}, get, http.StatusOK, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tt.server.Service = service{HandlerFunc: hello}
				p, stop, ended := running(t, tt.server)
				start := time.Now()
				client, server := net.Pipe()
				p.conns <- server
				go func() { _, _ = io.WriteString(client, tt.say+strings.Repeat("x", pad(tt.want))) }()
				const linger = 500 * time.Millisecond // net/http's, behind an answer to what it has not read
				if got, took := answer(client), time.Since(start); got != tt.want || took < tt.after || took > tt.after+linger {
					t.Errorf("got %d after %s, want %d after %s", got, took, tt.want, tt.after)
				}
				_ = client.Close()
				stop()
				if err := <-ended; err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// pad is what it takes beyond the limit of a header until net/http refuses it.
func pad(want int) int {
	if want == http.StatusRequestHeaderFieldsTooLarge {
		return 8 << 10
	}
	return 0
}

func TestAnIdleConnectionIsClosed(t *testing.T) {
	t.Parallel()
	for _, idle := range []time.Duration{0, time.Second} {
		synctest.Test(t, func(t *testing.T) {
			p, stop, ended := running(t, local.Server{Service: service{HandlerFunc: hello}, IdleTimeout: idle})
			conn := p.dial(t, get)
			r := bufio.NewReader(conn)
			resp, err := http.ReadResponse(r, nil)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			start, want := time.Now(), idle
			if want == 0 {
				want = local.DefaultIdleTimeout
			}
			if _, err := r.ReadByte(); !errors.Is(err, io.EOF) || time.Since(start) != want {
				t.Errorf("%v after %s, want %s", err, time.Since(start), want)
			}
			stop()
			<-ended
		})
	}
}

// A connection may be held as long as the service does.
func TestTheWriteTimeoutIsNotForTheTimeUntilTheAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const hold = 10 * time.Minute
		p, stop, ended := running(t, local.Server{Service: service{HandlerFunc: func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(hold) // simulated
			hello(w, r)
		}}})
		if got := answer(p.dial(t, get)); got != http.StatusOK {
			t.Errorf("got %d", got)
		}
		stop()
		<-ended
	})
}

func TestDrainTimes(t *testing.T) {
	t.Parallel()
	stuck := errors.New("a call is stuck")
	for name, tt := range map[string]struct {
		drain time.Duration
		needs time.Duration // of the running call
		calls time.Duration // that the calls get
	}{
		"default, in time": {0, 23 * time.Second, 24 * time.Second},
		"default, stuck":   {0, time.Hour, 24 * time.Second},
		"five seconds":     {5 * time.Second, time.Hour, 4 * time.Second},
		"two seconds":      {2 * time.Second, time.Hour, 1500 * time.Millisecond},
		"a minute":         {time.Minute, 58 * time.Second, 59 * time.Second},
		"a blink":          {10 * time.Millisecond, time.Hour, 7500 * time.Microsecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var given time.Duration
				p, stop, ended := running(t, local.Server{Drain: tt.drain, Service: service{
					HandlerFunc: hello,
					draining: func(ctx context.Context) error {
						deadline, _ := ctx.Deadline()
						given = time.Until(deadline)
						select {
						case <-time.After(tt.needs):
							return nil
						case <-ctx.Done():
							return stuck
						}
					},
				}})
				p.dial(t, "") // a silent connection must not hold the end up
				start := time.Now()
				stop()
				time.Sleep(time.Millisecond)
				if got := answer(p.dial(t, get)); got != http.StatusOK {
					t.Errorf("while it drains, readiness cannot be asked for: %d", got)
				}
				err := <-ended
				limit := tt.drain
				if limit == 0 {
					limit = local.DefaultDrain
				}
				if took := time.Since(start); took > limit || given != tt.calls {
					t.Errorf("took %s of %s; the calls got %s, want %s", took, limit, given, tt.calls)
				}
				if inTime := tt.needs < tt.calls; inTime != (err == nil) || !inTime && !errors.Is(err, stuck) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

func TestAHandlerThatDoesNotEndIsCutOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		let := make(chan struct{})
		entered := make(chan struct{})
		stuck := service{HandlerFunc: func(http.ResponseWriter, *http.Request) {
			close(entered)
			<-let
		}}
		p, stop, ended := running(t, local.Server{Drain: 10 * time.Second, Service: stuck})
		conn := p.dial(t, get)
		<-entered
		start := time.Now()
		stop()
		if err := <-ended; err != nil || time.Since(start) > 10*time.Second {
			t.Errorf("%v after %s", err, time.Since(start))
		}
		if got := answer(conn); got != 0 {
			t.Errorf("got %d", got)
		}
		close(let)
	})
}

func TestAListenerThatFailsIsAnError(t *testing.T) {
	t.Parallel()
	broken := errors.New("the listener is broken")
	for _, draining := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := local.Server{Service: service{HandlerFunc: hello}}
			let := make(chan struct{})
			if draining {
				s.Service = service{HandlerFunc: hello, draining: func(context.Context) error { <-let; return nil }}
			}
			p, stop, ended := running(t, s)
			if draining {
				stop()
				synctest.Wait()
			}
			p.failed <- broken
			synctest.Wait()
			close(let)
			if err := <-ended; !errors.Is(err, broken) || !strings.Contains(err.Error(), "pipe") {
				t.Errorf("draining %v: got %v", draining, err)
			}
			stop()
		})
	}
}
