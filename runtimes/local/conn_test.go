package local_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/homing-dev/homing/runtimes/local"
)

// reader reads from a connection so many bytes each time, with a pause before, and
// returns what it got before the connection ended.
func reader(conn net.Conn, bytes int, pause time.Duration) (got int) {
	buf := make([]byte, bytes)
	for {
		time.Sleep(pause) // simulated
		n, err := io.ReadFull(conn, buf)
		if got += n; err != nil {
			return got
		}
	}
}

// Who did not read an answer of 10 MB held it for two minutes, and who read it
// slowly was cut off then.
func TestAnAnswerIsHeldAsLongAsItsClientReads(t *testing.T) {
	t.Parallel()
	const size = 2 << 20
	for name, tt := range map[string]struct {
		set   time.Duration
		bytes int
		pause time.Duration
		whole bool
		after time.Duration // the handler ends then; 0 if that does not matter
	}{
		"nothing":      {0, 1, time.Hour, false, local.DefaultWriteTimeout},
		"nothing, set": {time.Second, 1, time.Hour, false, time.Second},
		"slowly":       {0, 64 << 10, 15 * time.Second, true, 0},
		"a trickle":    {0, 10, time.Second, false, local.DefaultWriteTimeout},
		"at once":      {0, size, 0, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ended := make(chan time.Duration, 1)
				p, stop, served := running(t, local.Server{WriteTimeout: tt.set, Service: service{HandlerFunc: func(w http.ResponseWriter, _ *http.Request) {
					start := time.Now()
					_, _ = io.WriteString(w, strings.Repeat("x", size))
					ended <- time.Since(start)
				}}})
				conn := p.dial(t, "GET / HTTP/1.0\r\n\r\n")
				if got := reader(conn, tt.bytes, tt.pause); got > size != tt.whole {
					t.Errorf("read %d of %d", got, size)
				}
				if took := <-ended; tt.after != 0 && took != tt.after {
					t.Errorf("the answer was held for %s, want %s", took, tt.after)
				}
				stop()
				<-served
			})
		})
	}
}

// A stream lasts as long as its client reads it.
func TestAStreamEndsWhenItsClientDoesNotRead(t *testing.T) {
	t.Parallel()
	const beat, beats = 15 * time.Second, 100
	for name, reads := range map[string]bool{"reads": true, "does not read": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ended := make(chan time.Duration, 1)
				p, stop, served := running(t, local.Server{Service: service{HandlerFunc: func(w http.ResponseWriter, r *http.Request) {
					start := time.Now()
					for n := 0; n < beats && r.Context().Err() == nil; n++ {
						_, _ = io.WriteString(w, ": heartbeat\n\n")
						_ = http.NewResponseController(w).Flush()
						select {
						case <-time.After(beat):
						case <-r.Context().Done():
						}
					}
					ended <- time.Since(start)
				}}})
				conn := p.dial(t, get)
				if reads {
					go func() { _, _ = io.Copy(io.Discard, conn) }()
				}
				want := local.DefaultWriteTimeout
				if reads {
					want = beats * beat
				}
				if took := <-ended; took != want {
					t.Errorf("it lasted %s, want %s", took, want)
				}
				_ = conn.Close()
				stop()
				<-served
			})
		})
	}
}

// The same over sockets, whose buffers take the first part of an answer.
func TestAClientThatReadsNothingIsCutOff(t *testing.T) {
	t.Parallel()
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	s := local.Server{
		WriteTimeout: 50 * time.Millisecond, Logger: slog.New(slog.DiscardHandler),
		Service: service{HandlerFunc: func(w http.ResponseWriter, _ *http.Request) {
			_, err := w.Write(make([]byte, 64<<20))
			ended <- err
		}},
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, ln) }()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, get); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil {
		t.Error("64 MiB were written to a client that reads nothing")
	}
	_ = conn.Close()
	stop()
	<-served
}
