package carrier

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/binding"
	"github.com/homing-dev/homing/adapter/reply"
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
	// MaxReply is the largest answer in bytes; 0 means [DefaultMaxReply].
	MaxReply int64
}

// Client sends events over HTTP, in binary mode. It is safe for concurrent use.
type Client struct {
	http     *http.Client
	maxReply int64
}

// NewClient makes a client with a connection pool of its own.
func NewClient(o Options) *Client {
	if o.Concurrency == 0 {
		o.Concurrency = DefaultConcurrency
	}
	if o.MaxReply == 0 {
		o.MaxReply = DefaultMaxReply
	}
	return &Client{
		maxReply: o.MaxReply,
		http: &http.Client{
			Transport: &http.Transport{
				DialContext:         (&net.Dialer{Timeout: dialTimeout}).DialContext,
				MaxIdleConns:        0, // no limit but the one per host
				MaxIdleConnsPerHost: o.Concurrency,
				IdleConnTimeout:     idleConnTimeout,
				DisableCompression:  true, // data is handed on as it is
				ForceAttemptHTTP2:   false,
			},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Close closes the connections that are not in use.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Send posts ev to url. It answers the event of a 200, nil if there is none or
// for a 204, and reply.ErrAccepted for a 202 (Knative's data plane contract).
// Any other answer is a [*functions.Error] that says what the step answered;
// its Temporary method tells whether another attempt may help.
func (c *Client) Send(ctx context.Context, url string, ev event.Event) (*event.Event, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(ev.DataEncoded))
	if err != nil {
		return nil, fmt.Errorf("make the request to %s: %w", url, err)
	}
	if err := binding.SetHeaders(req.Header, ev); err != nil {
		return nil, fmt.Errorf("write the event for %s: %w", url, err)
	}
	req.Header["Prefer"] = preferReply
	req.Header["User-Agent"] = userAgent
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, unreachable(ctx, url, err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was read as far as it is wanted
	body, err := c.read(resp)
	if err != nil {
		if errors.Is(err, errTooLarge) && !success(resp.StatusCode) {
			return nil, refused(url, resp, nil) // its status says what matters
		}
		if errors.Is(err, errTooLarge) {
			return nil, nonsense(url, fmt.Sprintf("more than %d bytes", c.maxReply), err)
		}
		return nil, unreachable(ctx, url, err)
	}
	return answer(url, resp, body)
}

var (
	preferReply = []string{"reply"}  //nolint:gochecknoglobals // never changed
	userAgent   = []string{"homing"} //nolint:gochecknoglobals // never changed

	errNoEvent  = errors.New("no ce- headers and no CloudEvents media type")
	errTooLarge = errors.New("the answer is too large")
)

func (c *Client) read(resp *http.Response) ([]byte, error) {
	if resp.ContentLength > c.maxReply {
		return nil, errTooLarge
	}
	if n := resp.ContentLength; n >= 0 {
		body := make([]byte, n)
		_, err := io.ReadFull(resp.Body, body)
		return body, err //nolint:wrapcheck // unreachable wraps it
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, c.maxReply+1))
	if err == nil && int64(len(body)) > c.maxReply {
		err = errTooLarge
	}
	return body, err //nolint:wrapcheck // unreachable wraps it
}

func success(status int) bool { return status >= 200 && status <= 299 }

// answer reads what a step has answered.
func answer(url string, resp *http.Response, body []byte) (*event.Event, error) {
	switch {
	case resp.StatusCode == http.StatusAccepted:
		return nil, reply.ErrAccepted
	case resp.StatusCode == http.StatusNoContent:
		return nil, nil //nolint:nilnil // dropped
	case !success(resp.StatusCode):
		return nil, refused(url, resp, body)
	case binding.ModeOf(resp.Header) != binding.None:
		ev, err := binding.Read(resp.Header, body)
		if err != nil {
			return nil, nonsense(url, "an event that cannot be read", err)
		}
		clearRouting(ev)
		return &ev, nil
	case len(body) == 0:
		return nil, nil //nolint:nilnil // Knative: a success without an event is no reply
	default:
		return nil, nonsense(url, "data that is no event", errNoEvent)
	}
}
