package callback

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/homing-dev/homing/internal/backoff"
)

const (
	// grantTime and refusalTime are how long the outcome of a handshake holds.
	grantTime   = time.Hour
	refusalTime = time.Minute
	// longestTurn is how long a delivery waits for its turn at the rate that its target
	// allows, before it is put off.
	longestTurn = 5 * time.Second
)

// target is what is known of the target at one URL.
type target struct {
	lock chan struct{} // held by who changes it, also while it asks the target

	refused    error     // the outcome of the last handshake; nil means granted
	until      time.Time // when that ends
	quietUntil time.Time // when the target wants to be asked again
	limiter    *rate.Limiter
}

// target returns what is known of the target at a URL.
func (s *Sender) target(url string) *target {
	fresh := &target{lock: make(chan struct{}, 1)}
	if t, known, _ := s.targets.PeekOrAdd(url, fresh); known {
		s.targets.Get(url) // so that it counts as used
		return t
	}
	return fresh
}

// admit waits until a delivery may be sent: it asks the target, unless its last answer
// still holds, and keeps to the rate that it allows.
func (d *delivery) admit(ctx context.Context, t *target) error {
	if err := enter(ctx, t.lock); err != nil {
		return err
	}
	err := d.agree(ctx, t)
	limiter := t.limiter
	<-t.lock
	if err != nil || limiter == nil {
		return err
	}
	turn := limiter.Reserve()
	delay := turn.Delay()
	if delay > longestTurn || backoff.Outlasts(ctx, delay) {
		turn.Cancel()
		return &RetryError{delay, fmt.Errorf("%s allows %.0f deliveries a minute, and others come first",
			d.shown, float64(limiter.Limit())*time.Minute.Seconds())}
	}
	if !backoff.Sleep(ctx, delay) {
		return ended(ctx)
	}
	return nil
}

// agree returns nil if the target wants the deliveries of this sender.
func (d *delivery) agree(ctx context.Context, t *target) error {
	now := time.Now()
	switch {
	case now.Before(t.quietUntil):
		err := fmt.Errorf("%s wants to be left alone until %s", d.shown, t.quietUntil.UTC().Format(time.RFC3339))
		return &RetryError{t.quietUntil.Sub(now), err}
	case now.Before(t.until):
		return t.refused
	}
	limit, err := d.handshake(ctx)
	switch {
	case err == nil:
		t.refused, t.until, t.limiter = nil, now.Add(grantTime), limit
	case errors.Is(err, ErrRefused):
		t.refused, t.until = err, now.Add(refusalTime)
	default:
		t.quiet(err)
	}
	return err
}

// quiet notes that the target has said when it wants to be asked again.
func (t *target) quiet(err error) {
	if retry, ok := errors.AsType[*RetryError](err); ok {
		t.quietUntil = time.Now().Add(retry.After)
	}
}

// learn notes what the outcome of a delivery says about those that follow.
func (t *target) learn(ctx context.Context, err error) {
	if err == nil || enter(context.WithoutCancel(ctx), t.lock) != nil {
		return
	}
	if errors.Is(err, errGone) {
		t.refused, t.until = err, time.Now().Add(refusalTime)
	}
	t.quiet(err)
	<-t.lock
}

// handshake asks the target whether it wants deliveries of this sender (section 4), and
// returns the rate that it allows; nil means any.
func (d *delivery) handshake(ctx context.Context) (*rate.Limiter, error) {
	status, header, err := d.exchange(ctx, http.MethodOptions, http.Header{}, nil)
	if err != nil {
		return nil, err
	}
	if err := d.judge(status, header); err != nil && !errors.Is(err, ErrRefused) && status != http.StatusNotImplemented {
		return nil, err
	} else if errors.Is(err, errRedirect) {
		return nil, err
	}
	allowed := header.Get("Webhook-Allowed-Origin")
	if status/100 == 2 && (allowed == "*" || strings.EqualFold(allowed, d.o.Origin)) {
		return d.limit(header.Get("Webhook-Allowed-Rate"))
	}
	return nil, fmt.Errorf("%w: %s has not agreed to callbacks of %q: it answered OPTIONS with %s and WebHook-Allowed-Origin %.100q",
		ErrRefused, d.shown, d.o.Origin, statusText(status), allowed)
}

// limit reads the header WebHook-Allowed-Rate, in requests a minute.
func (d *delivery) limit(text string) (*rate.Limiter, error) {
	if text == "" || text == "*" {
		return nil, nil //nolint:nilnil // none is needed
	}
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil || n == 0 {
		return nil, fmt.Errorf("%w: %s answered OPTIONS with WebHook-Allowed-Rate %.100q, which is no number of requests a minute",
			ErrRefused, d.shown, text)
	}
	return rate.NewLimiter(rate.Limit(float64(n)/time.Minute.Seconds()), 1), nil
}
