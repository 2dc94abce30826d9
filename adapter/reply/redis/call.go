package redis

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/backoff"
)

const (
	firstPause = 10 * time.Millisecond
	maxPause   = 500 * time.Millisecond
	// jitter is by how much a pause varies: much, since all callers met the
	// same trouble together.
	jitter = 0.5
)

var (
	// errMalformed means that a script, or what is stored, is not of this package.
	errMalformed = errors.New("the answer is malformed")
	// errBusy means that others changed a key again and again meanwhile.
	errBusy = errors.New("the key is contended for")
)

// call runs a script until it has an answer, it is refused, or patience or the
// context ends. A call that is repeated must recognise what an attempt has done
// whose answer was lost.
func (s *Store) call(ctx context.Context, what string, script *redis.Script, keys []string, args ...any) (answer []any, err error) {
	err = s.retried(ctx, what, func(ctx context.Context) (err error) {
		answer, err = script.Run(ctx, s.client, keys, args...).Slice()
		return err
	})
	return answer, err
}

// retried repeats an attempt until it succeeds, is refused, or must be given up.
func (s *Store) retried(ctx context.Context, what string, attempt func(context.Context) error) error {
	end := time.Now().Add(s.opts.Patience)
	for failures := 0; ; failures++ {
		if ctx.Err() != nil {
			return failed(what, context.Cause(ctx))
		}
		err := s.attempt(ctx, attempt)
		pause := backoff.Jitter(backoff.Exponential(failures, firstPause, maxPause), jitter)
		switch {
		case err == nil:
			return nil
		case redis.HasErrorPrefix(err, "OOM"):
			return failed(what, fmt.Errorf("%w: %w", reply.ErrFull, err))
		case ctx.Err() != nil:
			return failed(what, context.Cause(ctx))
		case !passing(err), time.Now().Add(pause).After(end):
			return failed(what, err)
		}
		backoff.Sleep(ctx, pause)
	}
}

// attempt does a call once. What is sent cannot be taken back: if its caller
// left at once, a record might change after he has looked whether it did. So
// the answer to an attempt is waited for when the context is cancelled, though
// not past its deadline.
func (s *Store) attempt(ctx context.Context, do func(context.Context) error) error {
	end := time.Now().Add(s.opts.Attempt)
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(end) {
		end = deadline
	}
	within, cancel := context.WithDeadline(context.WithoutCancel(ctx), end)
	defer cancel()
	return do(within)
}

// passing reports whether a call that met an error may succeed later.
func passing(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok || errors.Is(err, redis.ErrClosed) {
		return false
	}
	if _, ok := errors.AsType[redis.Error](err); !ok {
		return true // the server is out of reach, or silent
	}
	for _, prefix := range []string{
		"LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "NOREPLICAS", "MOVED", "ASK", "BUSY", "UNBLOCKED",
		"max number of clients",
	} {
		if redis.HasErrorPrefix(err, prefix) {
			return true
		}
	}
	return false
}

// failed adds which operation failed.
func failed(what string, err error) error {
	return fmt.Errorf("reply store in Redis: %s: %w", what, err)
}

// texts are the elements of an answer, which are all texts.
type texts []any

func (t texts) at(i int) string {
	if i >= len(t) {
		return ""
	}
	s, _ := t[i].(string)
	return s
}
