package redis

import (
	"context"
	"encoding/hex"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/homing-dev/homing/adapter/reply"
)

var _ reply.Bodies = (*Store)(nil)

// Place implements [reply.Bodies].
func (s *Store) Place() string { return "redis:" + s.opts.Prefix }

// bodyKey is where a body is kept, in the slot of its request's mailbox.
func (s *Store) bodyKey(b reply.Body) string {
	return s.tag(b.Request.Mailbox()) + "d:" + b.Request.String() + ":" + hex.EncodeToString(b.Hash[:])
}

// PutBody implements [reply.Bodies]. It is one call.
func (s *Store) PutBody(ctx context.Context, b reply.Body, data []byte, expires time.Time) error {
	ttl := time.Duration(s.until(expires)) * time.Millisecond
	if ttl <= 0 {
		return nil // it would be gone at once
	}
	return noRight(s.retried(ctx, "put a body", func(ctx context.Context) error {
		return s.client.Set(ctx, s.bodyKey(b), data, ttl).Err()
	}))
}

// GetBody implements [reply.Bodies]. It is one call.
func (s *Store) GetBody(ctx context.Context, b reply.Body) (data []byte, err error) {
	const what = "get a body"
	found := false
	err = s.retried(ctx, what, func(ctx context.Context) (err error) {
		data, err = s.client.Get(ctx, s.bodyKey(b)).Bytes()
		if found = !errors.Is(err, redis.Nil); !found {
			return nil
		}
		return err
	})
	if err == nil && !found {
		err = failed(what, reply.ErrNoBody)
	}
	return data, noRight(err)
}

// DeleteBody implements [reply.Bodies]. It is one call.
func (s *Store) DeleteBody(ctx context.Context, b reply.Body) error {
	return noRight(s.retried(ctx, "delete a body", func(ctx context.Context) error {
		return s.client.Del(ctx, s.bodyKey(b)).Err()
	}))
}

// noRight recognises the error of a user who may not do what he has tried.
func noRight(err error) error {
	for e := err; e != nil; e = errors.Unwrap(e) {
		if redis.HasErrorPrefix(e, "NOPERM") {
			return errors.Join(reply.ErrNoRight, err)
		}
	}
	return err
}
