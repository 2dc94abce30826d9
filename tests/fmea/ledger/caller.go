package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"time"
)

// Why an exchange ended without an answer.
var (
	errHung   = errors.New("no answer until deadline + 2.5s")
	errLeft   = errors.New("hung up by the caller")
	errCutOff = errors.New("the run was interrupted")
)

// adapter is one of those that callers call.
type adapter struct{ name, url string }

// callers make calls at two adapters.
type callers struct {
	adapters [2]adapter
	limits   limits
	times    *timeline
	expect   expectation
	client   *http.Client
	dice     *dice
}

func newCallers(adapters [2]adapter, t limits, times *timeline, expect expectation, d *dice) *callers {
	return &callers{
		adapters: adapters, limits: t, times: times, expect: expect, dice: d,
		client: &http.Client{
			Transport:     &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// request is one exchange to be made.
type request struct {
	what     string
	adapter  int
	method   string
	path     string
	body     string
	header   http.Header
	deadline time.Time // when the answer is due; it may come up to grace later
	leave    time.Duration
	// stream reads an answer that is a stream; nil means that the whole of it is read.
	stream func(io.Reader) error
}

// do makes an exchange. Its bound is the deadline and the grace. An adapter that
// is stopped can answer nobody, so that time does not count, nor that in which
// the whole machine stood still. A stopped store or vertex is no excuse.
func (k *callers) do(ctx context.Context, r request) (look, answer) {
	at := k.adapters[r.adapter]
	l := look{what: r.what, adapter: at.name, began: time.Now()}
	bounded, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	bound := r.deadline.Add(k.limits.grace)
	defer time.AfterFunc(time.Until(bound), func() { k.overdue(bounded, at.name, l.began, bound, cancel) }).Stop()
	if r.leave > 0 {
		defer time.AfterFunc(r.leave, func() { cancel(errLeft) }).Stop()
	}
	a := k.exchange(bounded, at.url, r)
	l.ended = time.Now()
	switch {
	case a.err == nil:
	case ctx.Err() != nil:
		a.err = errCutOff
	case bounded.Err() != nil:
		a.err = context.Cause(bounded)
	default:
		pause(ctx, 2*tickEvery) // so that a lag of this very moment is known
	}
	return l, a
}

// overdue ends an exchange whose bound has come, when what does not count has been
// added to it.
func (k *callers) overdue(ctx context.Context, adapter string, began, bound time.Time, cancel context.CancelCauseFunc) {
	for {
		pause(ctx, 2*tickEvery) // so that a stall of this very moment is known
		rest := time.Until(bound.Add(k.times.still(adapter, began)))
		if rest <= 0 || !pause(ctx, rest) {
			break
		}
	}
	cancel(errHung)
}

func (k *callers) exchange(ctx context.Context, url string, r request) answer {
	req, err := http.NewRequestWithContext(ctx, r.method, url+r.path, strings.NewReader(r.body))
	if err != nil {
		return answer{err: err}
	}
	maps.Copy(req.Header, r.header)
	resp, err := k.client.Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer resp.Body.Close() //nolint:errcheck // it was read as far as it is wanted
	a := answer{status: resp.StatusCode, header: resp.Header}
	if r.stream != nil && resp.StatusCode == http.StatusOK {
		a.err = r.stream(resp.Body)
		return a
	}
	var body bytes.Buffer
	if _, err := io.Copy(&body, resp.Body); err != nil {
		return answer{err: fmt.Errorf("after status %d: %w", resp.StatusCode, err)}
	}
	a.body = body.Bytes()
	return a
}
