package knative_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
)

// wire is a client without manners.
type wire struct {
	t    *testing.T
	conn *net.TCPConn
}

func dial(t *testing.T, url string) wire {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	return wire{t, conn.(*net.TCPConn)}
}

func (w wire) say(text string) {
	w.t.Helper()
	if _, err := io.WriteString(w.conn, text); err != nil {
		w.t.Fatal(err)
	}
}

// read returns the header of the answer, "" if there is none.
func (w wire) read() string {
	var head strings.Builder
	r := bufio.NewReader(w.conn)
	for {
		line, err := r.ReadString('\n')
		head.WriteString(line)
		if err != nil || line == "\r\n" {
			return head.String()
		}
	}
}

func rawEvent(slip string) string {
	return fmt.Sprintf("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nce-specversion: 1.0\r\nce-id: 1\r\nce-source: /s\r\n"+
		"ce-type: t\r\nce-routingslip: %s\r\n\r\n", slip)
}

// obedient ends with its context, and signals it.
type obedient struct{ entered, ended chan struct{} }

func newObedient() obedient { return obedient{make(chan struct{}, 1), make(chan struct{}, 1)} }

func (o obedient) function(ctx context.Context, in event.Event) (*event.Event, error) {
	o.entered <- struct{}{}
	<-ctx.Done()
	o.ended <- struct{}{}
	return &in, nil
}

func TestAStepEndsWhenItsCallerGoesAway(t *testing.T) {
	t.Parallel()
	o := newObedient()
	p := start(t, vertexOf(""), single("wait", o.function))
	conn := dial(t, p.url)
	conn.say(rawEvent("wait.work,"))
	<-o.entered
	if err := conn.conn.Close(); err != nil {
		t.Fatal(err)
	}
	<-o.ended
	if err := p.Drain(t.Context()); err != nil {
		t.Error(err)
	}
}

// net/http takes the end of what a client sends for the end of the client, and
// answers 200 when a handler writes nothing. A broker would count the event as
// delivered, and a caller as dropped.
func TestACallerThatClosedItsSideGetsNoSuccess(t *testing.T) {
	t.Parallel()
	for name, broker := range map[string]bool{"http": false, "broker": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newObedient()
			e := vertexOf("")
			if broker {
				e = with(with(e, "HOMING_BROKER_URL", "http://127.0.0.1:1"), "HOMING_REPLY_ALLOW", "http://127.0.0.1:1")
			}
			p := start(t, e, single("wait", o.function))
			conn := dial(t, p.url)
			conn.say(rawEvent("wait.work,"))
			<-o.entered
			if err := conn.conn.CloseWrite(); err != nil {
				t.Fatal(err)
			}
			<-o.ended
			if head := conn.read(); head != "" && !strings.HasPrefix(head, "HTTP/1.1 503 ") {
				t.Errorf("got %q", head)
			}
		})
	}
}
