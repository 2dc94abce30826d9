package carrier

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"go.opentelemetry.io/otel/trace"

	"github.com/homing-dev/homing/internal/cloudevents"
	"github.com/homing-dev/homing/internal/coding"
	"github.com/homing-dev/homing/internal/tracing"
)

// Defaults of [Options].
const (
	DefaultConcurrency = 512
	DefaultMaxReply    = 16 << 20
)

const (
	dialTimeout     = 5 * time.Second
	idleConnTimeout = 90 * time.Second
)

// Options of a [Client]. Zero values mean the defaults.
type Options struct {
	// Concurrency is how many connections to a host are kept for reuse: as many
	// as calls run at once; 0 means [DefaultConcurrency].
	Concurrency int
	// MaxReply is the largest answer in bytes, before and after its content codings
	// are undone; 0 means [DefaultMaxReply].
	MaxReply int64
	// Transport sends the requests; nil means one with a connection pool of its own.
	Transport http.RoundTripper
	// Traces records a span for each request; nil means none.
	Traces trace.TracerProvider
}

// Client sends events over HTTP, in binary mode. It is safe for concurrent use.
type Client struct {
	transport http.RoundTripper
	targets   sync.Map // of *url.URL, by their text
	maxReply  int64
	traces    trace.TracerProvider
	tracer    *tracing.Tracer
}

// NewClient creates a client, with a connection pool of its own unless o has a
// transport.
func NewClient(o Options) *Client {
	transport := o.Transport
	if transport == nil {
		transport = &http.Transport{
			DialContext:         (&net.Dialer{Timeout: dialTimeout}).DialContext,
			MaxIdleConns:        0, // no limit but the one per host
			MaxIdleConnsPerHost: cmp.Or(o.Concurrency, DefaultConcurrency),
			IdleConnTimeout:     idleConnTimeout,
			DisableCompression:  true, // the steps are near: what is coded all the same is decoded in read
		}
	}
	return &Client{maxReply: cmp.Or(o.MaxReply, DefaultMaxReply), transport: transport, traces: o.Traces, tracer: tracing.New(o.Traces)}
}

// Traces returns what records the spans of its requests; nil means nothing does.
func (c *Client) Traces() trace.TracerProvider {
	if c == nil {
		return nil
	}
	return c.traces
}

// Close closes the connections that are not in use.
func (c *Client) Close() {
	if t, ok := c.transport.(*http.Transport); ok {
		t.CloseIdleConnections()
	}
}

// Send posts ev to a URL. It returns the event of a 200, nil if there is none or
// for a 204, and ErrAccepted for a 202 (Knative's data plane contract).
// Any other answer is a [*StepError], of which the caller sees the
// [*functions.Error] in it. The error is the cause of ctx if that has ended.
func (c *Client) Send(ctx context.Context, to string, ev event.Event) (*event.Event, error) {
	return c.send(ctx, &Remote{URL: to}, ev)
}

func (c *Client) send(ctx context.Context, r *Remote, ev event.Event) (*event.Event, error) {
	ctx, span := c.trace(ctx, r)
	out, status, err := c.exchange(ctx, r, ev)
	endHop(span, status, err)
	return out, err
}

// exchange makes one request. status is that of its answer, 0 without one.
func (c *Client) exchange(ctx context.Context, r *Remote, ev event.Event) (out *event.Event, status int, err error) {
	req, err := c.request(ctx, r, ev)
	if err != nil {
		return nil, 0, err
	}
	tracing.Inject(ctx, req.Header, ev)     // behind Authorize: who is on the way may set it anew, so it is not signed
	resp, err := c.transport.RoundTrip(req) // there is nothing for an http.Client to do: no cookies, no redirects
	if err != nil {
		return nil, 0, unanswered(ctx, r, err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was read as far as it is wanted
	body, err := c.read(resp)
	if err != nil {
		return nil, resp.StatusCode, c.unread(ctx, r, resp, err)
	}
	out, err = r.readResponse(resp, body)
	return out, resp.StatusCode, err
}

// unread is for an answer whose body could not be read.
func (c *Client) unread(ctx context.Context, r *Remote, resp *http.Response, err error) error {
	var unknown *coding.UnknownError
	var broken *coding.BrokenError
	var what string
	switch {
	case errors.Is(err, coding.ErrTooLarge):
		what = fmt.Sprintf("more than %d bytes", c.maxReply)
	case errors.As(err, &unknown):
		what = "in a content coding that is not known"
	case errors.As(err, &broken):
		what = "what is no whole " + string(broken.Coding) + " stream"
	default:
		return unanswered(ctx, r, err)
	}
	if !success(resp.StatusCode) {
		return r.statusError(resp, []byte(err.Error())) // its status is what matters
	}
	return BadResponse(r.shown(), what, err)
}

// unanswered is for a call that ended without an answer.
func unanswered(ctx context.Context, r *Remote, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	cause := fmt.Errorf("send an event to %s: %w", r.shown(), r.hide(err))
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return NotSent(cause)
	}
	return Unreachable(cause)
}

// headerCount is how many headers an event of ours has, about.
const headerCount = 20

// request creates the request that carries ev.
func (c *Client) request(ctx context.Context, r *Remote, ev event.Event) (*http.Request, error) {
	target, err := c.target(r)
	if err != nil {
		return nil, err
	}
	header := make(http.Header, headerCount+len(r.Header))
	if err := cloudevents.SetHeaders(header, ev); err != nil {
		return nil, fmt.Errorf("write the event for %s: %w", r.shown(), err)
	}
	header["Prefer"] = []string{"reply"}
	header["User-Agent"] = []string{"homing"}
	maps.Copy(header, r.Header)
	body := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(ev.DataEncoded)), nil }
	req := &http.Request{
		Method: http.MethodPost, URL: target, Host: target.Host, Header: header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		ContentLength: int64(len(ev.DataEncoded)), GetBody: body, // so that a connection that was closed meanwhile costs nothing
	}
	req.Body = http.NoBody
	if req.ContentLength > 0 {
		req.Body, _ = body() // never fails
	}
	req = req.WithContext(ctx)
	if r.Authorize != nil {
		if err := r.Authorize(req, ev.DataEncoded); err != nil {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			return nil, NotSent(fmt.Errorf("authorize the call of %s: %w", r.shown(), r.hide(err)))
		}
	}
	return req, nil
}

// target parses a URL once. There are as many as steps, so they are all kept.
func (c *Client) target(r *Remote) (*url.URL, error) {
	if u, ok := c.targets.Load(r.URL); ok {
		return u.(*url.URL), nil //nolint:forcetypeassert // nothing else is stored
	}
	u, err := url.Parse(r.URL)
	if err != nil {
		return nil, fmt.Errorf("create the request to %s: %w", r.shown(), r.hide(err))
	}
	if !strings.HasPrefix(u.Scheme, "http") || u.Host == "" {
		return nil, fmt.Errorf("create the request to %s: %w", r.shown(), errNoURL)
	}
	c.targets.Store(r.URL, u)
	return u, nil
}

var errNoURL = errors.New("no absolute http or https URL")

// read reads the body of an answer, and undoes its content codings.
func (c *Client) read(resp *http.Response) ([]byte, error) {
	var codings []coding.Coding
	if resp.StatusCode != http.StatusAccepted && resp.ContentLength != 0 { // else nobody looks at it
		var err error
		if codings, err = coding.Of(resp.Header); err != nil {
			return nil, err //nolint:wrapcheck // unread describes it
		}
	}
	switch largest := coding.Limit(c.maxReply, len(codings)); {
	case resp.ContentLength > largest:
		return nil, coding.ErrTooLarge
	case len(codings) > 0:
		body, err := coding.Undo(resp.Body, codings, c.maxReply)
		coding.Strip(resp.Header, len(body))
		return body, err //nolint:wrapcheck // unread describes it
	case resp.ContentLength >= 0:
		body := make([]byte, resp.ContentLength)
		_, err := io.ReadFull(resp.Body, body)
		return body, err //nolint:wrapcheck // unread wraps it
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, c.maxReply+1))
	if err == nil && int64(len(body)) > c.maxReply {
		err = coding.ErrTooLarge
	}
	return body, err //nolint:wrapcheck // unread wraps it
}

func success(status int) bool { return status >= 200 && status <= 299 }
