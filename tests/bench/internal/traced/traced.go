// Package traced measures what traces cost a plain call: with none, with those that
// are off, with one call in a hundred, and with all.
package traced

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes"
)

// Row is what a call takes of one kind.
type Row struct {
	Kind string
	// CPU is the processor time of a call, of the server and of a client that only
	// writes and reads bytes, in the median round.
	CPU time.Duration
	// Ratio is CPU to that of the first kind in the same round, in the median round.
	Ratio float64
}

// nowhere takes spans as an exporter does, and sends none.
type nowhere struct{}

func (nowhere) ExportSpans(context.Context, []sdk.ReadOnlySpan) error { return nil }
func (nowhere) Shutdown(context.Context) error                        { return nil }

// kind is how calls are recorded.
type kind struct {
	name   string
	traces trace.TracerProvider
}

func kinds() []kind {
	sampled := func(part float64) trace.TracerProvider {
		return sdk.NewTracerProvider(sdk.WithBatcher(nowhere{}), sdk.WithSampler(sdk.ParentBased(sdk.TraceIDRatioBased(part))))
	}
	return []kind{
		{"none", nil},
		{"none, once more", nil},
		{"off (the no-op provider)", noop.NewTracerProvider()},
		{"1 % sampled", sampled(0.01)}, //nolint:mnd // a part
		{"all sampled", sampled(1)},
	}
}

// Measure makes calls of each kind in turn, in rounds, over one connection to a server
// of net/http in this process.
func Measure(ctx context.Context, rounds, calls int) ([]Row, error) {
	all := kinds()
	clients := make([]*client, len(all))
	for i, k := range all {
		c, err := start(ctx, k)
		if err != nil {
			return nil, err
		}
		defer c.close()
		clients[i] = c
		if _, err := c.measure(calls); err != nil { // to warm up
			return nil, err
		}
	}
	times := make([][]time.Duration, len(all))
	ratios := make([][]float64, len(all))
	for range rounds {
		for i, c := range clients {
			took, err := c.measure(calls)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", all[i].name, err)
			}
			times[i] = append(times[i], took)
			ratios[i] = append(ratios[i], float64(took)/float64(times[0][len(times[0])-1]))
		}
	}
	rows := make([]Row, len(all))
	for i, k := range all {
		rows[i] = Row{k.name, median(times[i]), median(ratios[i])}
	}
	return rows, nil
}

func median[T time.Duration | float64](of []T) T {
	of = slices.Sorted(slices.Values(of))
	return of[len(of)/2]
}

// client is a connection to a server.
type client struct {
	server  *http.Server
	adapter *adapter.Adapter
	conn    net.Conn
	answers *bufio.Reader
	request []byte
}

const bodySize = 981 // as the other measurements have it

func start(ctx context.Context, k kind) (*client, error) {
	same := func(_ context.Context, in event.Event) (*event.Event, error) { return &in, nil }
	chain := functions.Chain{Name: "echo", Method: http.MethodPost, Path: "/echo", Timeout: time.Minute, Steps: []functions.Step{
		{Name: "a", Function: same}, {Name: "b", Function: same}, {Name: "c", Function: same},
	}}
	a, err := runtimes.Inline([]functions.Chain{chain}, adapter.Config{
		Store: memory.New(memory.Options{}), Logger: slog.New(slog.DiscardHandler), Traces: k.traces,
	})
	if err != nil {
		return nil, fmt.Errorf("make the adapter: %w", err)
	}
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	c := &client{server: &http.Server{Handler: a, ReadHeaderTimeout: time.Minute}, adapter: a}
	go func() { _ = c.server.Serve(ln) }() // until it is closed
	if c.conn, err = new(net.Dialer).DialContext(ctx, "tcp", ln.Addr().String()); err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	c.answers = bufio.NewReader(c.conn)
	c.request = fmt.Appendf(nil, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s",
		bodySize, strings.Repeat("x", bodySize))
	return c, nil
}

func (c *client) close() {
	_ = c.conn.Close()
	_ = c.server.Close()
	c.adapter.Close()
}

// measure makes calls and returns the processor time of one.
func (c *client) measure(calls int) (time.Duration, error) {
	before, err := spent()
	if err != nil {
		return 0, err
	}
	for range calls {
		if _, err := c.conn.Write(c.request); err != nil {
			return 0, fmt.Errorf("call: %w", err)
		}
		if err := c.skip(); err != nil {
			return 0, fmt.Errorf("read the answer: %w", err)
		}
	}
	after, err := spent()
	return (after - before) / time.Duration(calls), err
}

// skip reads an answer, whose body has the length of the request's.
func (c *client) skip() error {
	line, err := c.answers.ReadSlice('\n')
	if err != nil {
		return err //nolint:wrapcheck // measure wraps it
	}
	if !bytes.HasPrefix(line, []byte("HTTP/1.1 200 ")) {
		return fmt.Errorf("the answer is %q", line)
	}
	for len(line) > len("\r\n") {
		if line, err = c.answers.ReadSlice('\n'); err != nil {
			return err //nolint:wrapcheck // measure wraps it
		}
	}
	_, err = io.CopyN(io.Discard, c.answers, bodySize)
	return err //nolint:wrapcheck // measure wraps it
}

// spent is the processor time of this process so far.
func spent() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, fmt.Errorf("read the processor time: %w", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}
