package carrier_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/carrier"
)

// wire answers a connection with what raw writes, and then closes it.
func wire(t *testing.T, raw func(net.Conn)) string {
	t.Helper()
	return remote(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		raw(conn)
	})
}

// closed is where nobody listens: a port that was free a moment ago may be that of
// another test.
const closed = "http://127.0.0.1:1"

func TestAnAnswerThatDoesNotComeMayBeAskedForAgain(t *testing.T) {
	t.Parallel()
	say := func(text string) func(net.Conn) {
		return func(c net.Conn) { _, _ = io.WriteString(c, text) }
	}
	const head = "HTTP/1.1 200 OK\r\nCe-Specversion: 1.0\r\nCe-Id: 1\r\nCe-Source: /s\r\nCe-Type: t\r\n"
	for name, url := range map[string]string{
		"nobody listens": closed,
		"closed at once": wire(t, func(net.Conn) {}),
		"reset": wire(t, func(c net.Conn) {
			if tcp, ok := c.(*net.TCPConn); !ok || tcp.SetLinger(0) != nil {
				t.Error("no reset")
			}
		}),
		"cut in its header":   wire(t, say("HTTP/1.1 200 OK\r\nCe-Specv")),
		"cut in its body":     wire(t, say(head+"Content-Length: 10\r\n\r\n{}")),
		"cut in its chunks":   wire(t, say(head+"Transfer-Encoding: chunked\r\n\r\n5\r\nhe")),
		"no HTTP":             wire(t, say("SSH-2.0-server\r\n\r\n")),
		"no last chunk":       wire(t, say(head+"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n")),
		"malformed chunk":     wire(t, say(head+"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n")),
		"two content lengths": wire(t, say(head+"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}")),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, _ := request()
			_, err := client(t, carrier.Options{}).Send(t.Context(), url, in)
			own := failure(t, err, http.StatusBadGateway, true)
			if strings.Contains(own.Detail, "127.0.0.1") {
				t.Errorf("the caller hears where the step runs: %s", own.Detail)
			}
			if own.Cause == nil || !strings.Contains(own.Cause.Error(), url) {
				t.Errorf("the log does not hear of %s: %v", url, own.Cause)
			}
		})
	}
}

func TestTheCauseOfAnEndedContextIsTheError(t *testing.T) {
	t.Parallel()
	gone := errors.New("the client has gone")
	for name, slow := range map[string]func(http.ResponseWriter){
		"no header": func(http.ResponseWriter) {},
		"half a body": func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "10")
			_, _ = io.WriteString(w, "{}")
			_ = http.NewResponseController(w).Flush()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancelCause(t.Context())
			url := remote(t, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				slow(w)
				cancel(gone)
				<-r.Context().Done()
			})
			in, _ := request()
			if out, err := client(t, carrier.Options{}).Send(ctx, url, in); out != nil || !errors.Is(err, gone) {
				t.Errorf("got %v, %v", out, err)
			}
		})
	}
}

func TestADeadlineEndsASlowAnswer(t *testing.T) {
	t.Parallel()
	url := remote(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	in, _ := request()
	if _, err := client(t, carrier.Options{}).Send(ctx, url, in); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestAnEventThatCannotBeSentIsAnError(t *testing.T) {
	t.Parallel()
	in, _ := request()
	c := client(t, carrier.Options{})
	if _, err := c.Send(t.Context(), "http://%zz", in); err == nil {
		t.Error("a URL that is none was taken")
	}
	nameless := event.Event{Context: &event.EventContextV1{}}
	if _, err := c.Send(t.Context(), closed, nameless); err == nil || !strings.Contains(err.Error(), "id") {
		t.Errorf("an event without an id: %v", err)
	}
}
