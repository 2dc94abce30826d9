package client

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/cmd/homing/internal/exit"
)

const (
	// pollWait is how long a poll asks the server to hold it. It stays below
	// the 30 s at which gateways cut.
	pollWait = 20 * time.Second
	// pause is how long to wait between polls, unless the server says.
	pause = time.Second
	// longestPause bounds what the server says.
	longestPause = 30 * time.Second
)

// Follow waits for the reply to a call that was answered with accepted: 202 and
// a Location. progress hears what the steps do, as far as the server tells. If
// accept is not "", the reply is asked for in this form.
func (c Client) Follow(ctx context.Context, accepted Reply, accept string, progress func(reply.Progress)) (Reply, error) {
	path, err := c.location(accepted.Header)
	if err != nil {
		return Reply{}, fmt.Errorf("follow the call: %w", err)
	}
	c.watch(ctx, path, progress)
	return c.poll(ctx, path, accept)
}

// watch follows the call's event stream until it ends, for whatever reason:
// only poll finds out what became of the call.
func (c Client) watch(ctx context.Context, path string, progress func(reply.Progress)) {
	resp, err := c.open(ctx, Call{
		Method: http.MethodGet, Path: path, Header: http.Header{"Accept": {eventStream}},
	})
	if err != nil {
		return
	}
	defer resp.Body.Close() //nolint:errcheck // what was read counts
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil || kind != eventStream {
		return
	}
	watchStream(resp.Body, progress)
}

// poll asks for the reply until it is there.
func (c Client) poll(ctx context.Context, path, accept string) (Reply, error) {
	header := http.Header{"Prefer": {"wait=" + strconv.Itoa(int(pollWait/time.Second))}}
	if accept != "" {
		header.Set("Accept", accept)
	}
	for {
		got, err := c.Send(ctx, Call{Method: http.MethodGet, Path: path, Header: header})
		if err != nil {
			return Reply{}, later(err, c.Base+path)
		}
		if !pending(got) {
			return got, nil
		}
		timer := time.NewTimer(retryAfter(got.Header))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return Reply{}, later(c.explain(ctx, ctx.Err()), c.Base+path)
		}
	}
}

// pending says that an answer is about the call, which still runs, or about a
// server that cannot say now. A reply carries its request's id and is neither.
func pending(r Reply) bool {
	switch r.Status {
	case http.StatusAccepted:
		return true
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return r.Header.Get("X-Request-ID") == ""
	default:
		return false
	}
}

func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.ParseUint(h.Get("Retry-After"), 10, 16)
	if err != nil || seconds == 0 {
		return pause
	}
	return min(time.Duration(seconds)*time.Second, longestPause)
}

// later adds where the reply of an unfinished call will be.
func later(err error, location string) error {
	failed := &exit.Error{Code: exit.Failed, Err: err}
	return failed.Then("the call may still run; its reply: %s", location)
}
