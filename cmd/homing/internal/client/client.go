// Package client calls chains over HTTP, and follows calls that are answered
// later.
package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/homing-dev/homing/cmd/homing/internal/exit"
)

// Client calls one server. It is safe for concurrent use.
type Client struct {
	// Base is the URL of the server, without a slash at its end.
	Base string
	// Transport carries the requests; nil means [http.DefaultTransport].
	Transport http.RoundTripper
	// Token is sent as bearer token (RFC 6750); "" means none.
	Token string
}

// Call is a request of a chain.
type Call struct {
	Method string
	// Path begins with a slash, and may have a query.
	Path   string
	Header http.Header
	Body   []byte
}

// Reply is a response, read to its end.
type Reply struct {
	Status int
	// Proto is the version of HTTP, such as "HTTP/1.1".
	Proto  string
	Header http.Header
	Body   []byte
}

// Failed reports whether the reply has a status of 400 or above.
func (r Reply) Failed() bool { return r.Status >= http.StatusBadRequest }

// ParseBase checks the URL of a server, and returns it as [Client.Base]. An
// invalid one is a usage error.
func ParseBase(text string) (string, error) {
	u, err := url.Parse(text)
	if err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.RawQuery == "" && u.Fragment == "" && u.User == nil {
		return strings.TrimSuffix(text, "/"), nil
	}
	invalid := exit.Usagef("--url must be http://HOST:PORT or https://HOST, without user, query and fragment")
	if !strings.Contains(text, "/") && !strings.Contains(text, "@") {
		return "", invalid.Then("did you mean http://%s?", text)
	}
	return "", invalid
}

// Send sends a call. A response of any status is no error.
func (c Client) Send(ctx context.Context, call Call) (Reply, error) {
	resp, err := c.open(ctx, call)
	if err != nil {
		return Reply{}, err
	}
	defer resp.Body.Close() //nolint:errcheck // it was read
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return Reply{}, c.explain(ctx, fmt.Errorf("read the answer: %w", err))
	}
	return Reply{Status: resp.StatusCode, Proto: resp.Proto, Header: resp.Header, Body: body}, nil
}

// open sends a call and returns the response, whose body the caller closes.
func (c Client) open(ctx context.Context, call Call) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, call.Method, c.Base+call.Path, bytes.NewReader(call.Body))
	if err != nil {
		return nil, exit.Usagef("this cannot be sent: %w", err)
	}
	maps.Copy(req.Header, call.Header)
	if c.Token != "" && req.Header.Get("Authorization") == "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	if host := req.Header.Get("Host"); host != "" { // net/http has another place for it
		req.Host = host
	}
	hc := http.Client{Transport: c.Transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // shown as what it is
	}}
	resp, err := hc.Do(req)
	if err != nil {
		return nil, c.explain(ctx, err)
	}
	return resp, nil
}

// explain is what a failed exchange means, and what to do.
func (c Client) explain(ctx context.Context, err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err // which names the address once more
	}
	var op *net.OpError
	switch {
	case errors.Is(context.Cause(ctx), context.DeadlineExceeded):
		return exit.Failedf("there was no answer in time").
			Then("allow more with --timeout, or call with --async")
	case ctx.Err() != nil:
		return exit.Failedf("interrupted")
	case errors.As(err, &op) && op.Op == "dial":
		return exit.Failedf("%s does not answer: %w", c.Base, err).
			Then("is `homing serve` running?")
	default:
		return exit.Failedf("%s did not answer to the end: %w", c.Base, err)
	}
}
