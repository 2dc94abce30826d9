package remote

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"go.opentelemetry.io/otel/trace"

	"github.com/homing-dev/homing/internal/backoff"
	"github.com/homing-dev/homing/internal/cloudevents"
	"github.com/homing-dev/homing/internal/tracing"
)

// Defaults of [ReplierOptions].
const (
	DefaultConnections    = 64
	DefaultAttemptTimeout = 10 * time.Second
)

const (
	dialTimeout = 5 * time.Second
	idleTimeout = 90 * time.Second
	// longestDelay is between two attempts, at most.
	longestDelay = 2 * time.Second
	// longestAsked is what is believed of Retry-After.
	longestAsked = time.Hour
	// maxDrain bounds what is read of a body that nobody wants, so that its
	// connection can be used again.
	maxDrain = 256 << 10
)

// ReplierOptions configure a [Replier]. The zero value allows no URL, so it is
// of no use without Allow.
type ReplierOptions struct {
	// Allow lists the URLs that replies may be sent to: a URL is allowed if
	// scheme, host and port are those of an entry and its path is that of the
	// entry or below it. The host *.example.com stands for every host below
	// example.com, a-*.example.com for those of one more label that begins so, and
	// 10.42.* for every IPv4 address that begins so. None
	// allows nothing: replyto comes with the event, and whoever can send
	// events must not make the vertex call any other service.
	Allow []string
	// Connections is how many connections to one adapter are open at once and
	// kept for the next reply; 0 means [DefaultConnections].
	Connections int
	// AttemptTimeout bounds one attempt, from the connection to the end of the
	// answer; 0 means [DefaultAttemptTimeout].
	AttemptTimeout time.Duration
	// Transport makes the calls; nil means one of the replier's own, without
	// a proxy.
	Transport http.RoundTripper
	// Traces records a span for each attempt; nil means none.
	Traces trace.TracerProvider
}

// Replier sends replies home, to the adapter that waits for them. It is safe
// for concurrent use. Create one with [NewReplier].
type Replier struct {
	timeout time.Duration // of one attempt
	allow   allowList
	client  http.Client
}

// NewReplier creates a replier. It fails if an entry of Allow is not an http or
// https URL without user, query and fragment, or if a number is negative.
func NewReplier(opts ReplierOptions) (*Replier, error) {
	if opts.Connections < 0 || opts.AttemptTimeout < 0 {
		return nil, errors.New("options of the replier: a number is negative")
	}
	allow, err := newAllowList(opts.Allow)
	if err != nil {
		return nil, err
	}
	if opts.Transport == nil {
		opts.Transport = transport(cmp.Or(opts.Connections, DefaultConnections))
	}
	return &Replier{
		timeout: cmp.Or(opts.AttemptTimeout, DefaultAttemptTimeout),
		allow:   allow,
		client:  http.Client{Transport: tracing.New(opts.Traces).Transport(opts.Transport), CheckRedirect: stay},
	}, nil
}

// transport keeps connections to one or a few hosts. It has no proxy: what is
// called is named in the configuration, in the same network.
func transport(connections int) *http.Transport {
	return &http.Transport{
		DialContext:         (&net.Dialer{Timeout: dialTimeout}).DialContext,
		TLSHandshakeTimeout: dialTimeout,
		MaxConnsPerHost:     connections,
		MaxIdleConns:        0, // no bound over all hosts; each has its own
		MaxIdleConnsPerHost: connections,
		IdleConnTimeout:     idleTimeout,
		ForceAttemptHTTP2:   true,
	}
}

// stay keeps a client from following redirects: what answers so is not what
// was configured, and a token or secret must not travel on.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// closeBody reads what is left of a body, if that is short, and closes it.
func closeBody(resp *http.Response) {
	_, _ = io.CopyN(io.Discard, resp.Body, maxDrain) // or the connection is closed
	_ = resp.Body.Close()                            // nothing was written
}

// Complete puts ev as the reply of a request to replyTo, the URL that the
// request's event carried as the extension replyto. ev carries the extension
// replytoken of that event, by which the adapter knows that it may.
//
// It returns nil when the adapter took the reply, [reply.ErrCompleted] when an
// earlier one counts (which may be this one, if an answer got lost),
// [reply.ErrCancelled], [reply.ErrExpired] or [reply.ErrSuperseded] when none
// is wanted any more, [ErrForbidden] when the token was refused,
// [ErrMisdirected] when replyTo is another replica's mailbox, [ErrNotAllowed]
// when the URL is not on the allow-list, [ErrRefused] when the adapter does not
// take ev as it is, which is [reply.ErrTooLarge], too, if ev is too large, and a
// [*cloudevents.Error] when ev cannot be written. None of these is worth a
// retry.
//
// All that may pass (no connection, an attempt's timeout, 408, 425, 429 and
// every 5xx) is tried again with growing pauses, of at least what Retry-After
// asks for, until the next attempt would come after the end of ctx; then the
// last failure is the error. A ctx without a deadline is tried for as long as
// it is not cancelled.
func (r *Replier) Complete(ctx context.Context, replyTo string, ev event.Event) error {
	if err := r.allow.check(replyTo); err != nil {
		return fmt.Errorf("send the reply home: %w", err)
	}
	header := http.Header{}
	if err := cloudevents.SetHeaders(header, ev); err != nil {
		return fmt.Errorf("send the reply home: %w", err)
	}
	err := retry(ctx, func(ctx context.Context) (time.Duration, error) {
		return r.put(ctx, replyTo, header, ev.DataEncoded)
	})
	if err != nil {
		return fmt.Errorf("send the reply home: %w", err)
	}
	return nil
}

// passing marks a failure that may pass.
type passing struct{ error }

func (p passing) Unwrap() error { return p.error }

// retry calls attempt until it succeeds, fails for good, or the next attempt
// would come after the end of ctx. attempt returns how long to wait at least.
func retry(ctx context.Context, attempt func(context.Context) (time.Duration, error)) error {
	var last error
	for n := 0; ; n++ {
		asked, err := attempt(ctx)
		passes, ok := errors.AsType[passing](err)
		switch {
		case !ok:
			return err
		case last != nil && ctx.Err() != nil: // what failed before says more
			return fmt.Errorf("%w; before: %w", passes.error, last)
		case !backoff.Sleep(ctx, max(asked, backoff.Delay(n, longestDelay))):
			return passes.error
		}
		last = passes.error
	}
}

// put makes one attempt. asked is what the adapter asks for before the next.
func (r *Replier) put(ctx context.Context, replyTo string, header http.Header, data []byte) (asked time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, replyTo, bytes.NewReader(data))
	if err != nil {
		return 0, err
	}
	req.Header = header.Clone()
	resp, err := r.client.Do(req)
	if err != nil {
		return 0, passing{err}
	}
	defer closeBody(resp)
	return backoff.RetryAfter(resp.Header, longestAsked), replyError(resp)
}

// Close closes connections that are idle. The replier may still be used.
func (r *Replier) Close() { r.client.CloseIdleConnections() }
