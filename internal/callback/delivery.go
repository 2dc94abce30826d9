package callback

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/backoff"
	"github.com/homing-dev/homing/internal/cloudevents"
	"github.com/homing-dev/homing/internal/tracing"
)

// delivery is one attempt.
type delivery struct {
	*Sender

	url   *url.URL
	shown string // the URL as it may be logged
	load  func(context.Context) (event.Event, error)
}

func (d *delivery) run(ctx context.Context) error {
	release, err := d.permits.acquire(ctx, d.url.Host)
	if err != nil {
		return fmt.Errorf("callback to %s: waiting for others: %w", d.shown, err)
	}
	defer release()
	t := d.target(d.url.String())
	if err := d.admit(ctx, t); err != nil {
		return err
	}
	ev, err := d.load(ctx)
	if err != nil {
		return fmt.Errorf("callback to %s: load the reply: %w", d.shown, err)
	}
	err = d.post(ctx, ev)
	t.learn(ctx, err)
	return err
}

// post sends the event, and returns nil if the target has taken it.
func (d *delivery) post(ctx context.Context, ev event.Event) error {
	if ev.Context == nil {
		return fmt.Errorf("%w: there is no reply", ErrRefused)
	}
	header := http.Header{}
	body, err := cloudevents.Write(header, outgoing(ev), cloudevents.Structured)
	if err != nil {
		return fmt.Errorf("%w: write the reply: %w", ErrRefused, err)
	}
	id, timestamp := messageID(carrier.RequestID(ev)), strconv.FormatInt(time.Now().Unix(), 10)
	header.Set("Webhook-Id", id)
	header.Set("Webhook-Timestamp", timestamp)
	if d.o.Keys.Any() {
		header.Set("Webhook-Signature", d.o.Keys.sign(id, timestamp, body))
	}
	tracing.Inject(ctx, header, ev)
	status, answer, err := d.exchange(ctx, http.MethodPost, header, body)
	if err != nil {
		return err
	}
	return d.judge(status, answer)
}

// outgoing returns a reply as the target gets it: without what is of its request alone.
// That has a deadline, which would have the reply expire, and headers of the caller.
func outgoing(ev event.Event) event.Event {
	ev = carrier.StripRouting(ev)
	if ec, ok := ev.Context.(*event.EventContextV1); ok {
		maps.DeleteFunc(ec.Extensions, func(name string, _ any) bool {
			switch name {
			case functions.AttrHTTPStatus, functions.AttrHTTPHeaders, functions.AttrRetryAfter:
				return false
			}
			return name == functions.AttrExpiryTime || strings.HasPrefix(name, "http")
		})
	}
	return ev
}

// messageID returns what identifies a delivery, the same for each attempt: the id of the
// request, or if that has what does not belong into the header, what stands for it.
func messageID(request string) string {
	const longest = 128
	if len(request) <= longest && strings.Trim(request, wordCharacters) == "" {
		return request
	}
	sum := sha256.Sum256([]byte(request))
	return "sha256_" + base64.RawURLEncoding.EncodeToString(sum[:])
}

// exchange makes one request. Of the answer the status and header matter alone.
func (d *delivery) exchange(ctx context.Context, method string, header http.Header, body []byte) (int, http.Header, error) {
	within, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(within, method, d.url.String(), bytes.NewReader(body))
	if err != nil {
		return 0, nil, fmt.Errorf("%w: %s cannot be requested", ErrRefused, d.shown) // err has the query
	}
	header.Set("Webhook-Request-Origin", d.o.Origin)
	header.Set("User-Agent", "homing")
	req.Header = header
	resp, err := d.transport.RoundTrip(req) // an http.Client would follow redirects
	if err != nil {
		if ctx.Err() != nil {
			err = ended(ctx)
		}
		return 0, nil, fmt.Errorf("callback to %s: %w", d.shown, err)
	}
	if resp.StatusCode != http.StatusSwitchingProtocols { // its body is the connection, which no context ends
		const most = 4 << 10                                        // so that the connection can be used again
		_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, most)) // whatever it says there
	}
	_ = resp.Body.Close()
	return resp.StatusCode, resp.Header, nil
}

var (
	errGone     = errors.New("it is gone for good")
	errRedirect = errors.New("redirects are not followed, the URL must be the one that takes deliveries")
)

// judge returns what an answer means for a delivery: nil if it was taken, [ErrRefused] if
// it would not be another time either.
func (d *delivery) judge(status int, header http.Header) error {
	err := fmt.Errorf("%s answered %s", d.shown, statusText(status))
	switch {
	case status/100 == 2: //nolint:mnd // all that are a success
		return nil
	case backoff.Transient(status):
		if after := backoff.RetryAfter(header, maxRetryAfter); after > 0 {
			return &RetryError{after, err}
		}
		return err
	case status == http.StatusGone:
		return fmt.Errorf("%w: %w: %w", ErrRefused, err, errGone)
	case status/100 == 3: //nolint:mnd // all that lead elsewhere
		return fmt.Errorf("%w: %w: %w", ErrRefused, err, errRedirect)
	}
	return fmt.Errorf("%w: %w", ErrRefused, err)
}

func statusText(status int) string {
	return strings.TrimSpace(strconv.Itoa(status) + " " + http.StatusText(status))
}

// Shown returns a URL as it may be logged: a query may have secrets.
func Shown(url string) string {
	before, _, _ := strings.Cut(url, "?")
	return before
}
