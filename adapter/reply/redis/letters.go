package redis

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/homing-dev/homing/internal/letterbox"
)

// letters is a box on the server. Its keys are in one slot, by the tag in braces,
// since one script changes a letter and what is counted.
type letters struct {
	*Store

	limits letterbox.Limits
}

var _ letterbox.Keeper = (*Store)(nil)

// Letters returns where the server keeps dead letters. It is for the role failure,
// and for the command that lists them.
func (s *Store) Letters(limits letterbox.Limits) letterbox.Box {
	return letters{s, limits.WithDefaults()}
}

// lettersTag is in front of all keys of the box.
const lettersTag = "{letters}"

func (l letters) letterKey(name string) string { return l.opts.Prefix + lettersTag + "l:" + name }

func (l letters) indexKey() string { return l.opts.Prefix + lettersTag + "i" }

func (l letters) sizesKey() string { return l.opts.Prefix + lettersTag + "b" }

// Put implements [letterbox.Box]. It is one call.
func (l letters) Put(ctx context.Context, key string, body []byte) error {
	return l.change(ctx, "put", key, rand.Text(), body)
}

// Delete implements [letterbox.Box]. It is one call.
func (l letters) Delete(ctx context.Context, old letterbox.Letter) error {
	return l.change(ctx, "delete", old.Key, old.Version, nil)
}

func (l letters) change(ctx context.Context, what, key, version string, body []byte) error {
	script := l.scripts.letter
	if what == "delete" {
		script = l.scripts.noLetter
	}
	answer, err := l.call(ctx, what+" a dead letter", script, []string{l.letterKey(key), l.indexKey(), l.sizesKey()},
		l.named(), what, key, version, l.limits.Retention.Milliseconds(), body, l.limits.Letters, l.limits.Bytes)
	if err != nil {
		return err
	}
	switch texts(answer).at(0) {
	case "OK":
		return nil
	case "FULL":
		return letterbox.ErrFull
	case "CHANGED":
		return letterbox.ErrChanged
	default:
		return failed(what+" a dead letter", errMalformed)
	}
}

// List implements [letterbox.Box]. It is one call for the names, and one for some
// letters at a time, so that little memory is needed.
func (l letters) List(ctx context.Context) iter.Seq2[letterbox.Letter, error] {
	const perPage = 8
	return func(yield func(letterbox.Letter, error) bool) {
		var names []string
		err := l.retried(ctx, "list dead letters", func(ctx context.Context) (err error) {
			names, err = l.client.ZRange(ctx, l.indexKey(), 0, -1).Result()
			return err
		})
		if err != nil {
			yield(letterbox.Letter{}, err)
			return
		}
		for page := range slices.Chunk(names, perPage) {
			found, err := l.read(ctx, page)
			if err != nil {
				yield(letterbox.Letter{}, err)
				return
			}
			for _, one := range found {
				if !yield(one, nil) {
					return
				}
			}
		}
	}
}

// Get implements [letterbox.Box].
func (l letters) Get(ctx context.Context, key string) (letterbox.Letter, error) {
	found, err := l.read(ctx, []string{key})
	switch {
	case err != nil:
		return letterbox.Letter{}, err
	case len(found) == 0:
		return letterbox.Letter{}, letterbox.ErrNone
	}
	return found[0], nil
}

// read returns those of some letters that are there.
func (l letters) read(ctx context.Context, names []string) (found []letterbox.Letter, err error) {
	const what = "read dead letters"
	answers := make([]*redis.SliceCmd, len(names))
	err = l.retried(ctx, what, func(ctx context.Context) error {
		_, err := l.client.Pipelined(ctx, func(p redis.Pipeliner) error {
			for i, name := range names {
				answers[i] = p.HMGet(ctx, l.letterKey(name), "v", "k", "x", "b")
			}
			return nil
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	for i, name := range names {
		fields := texts(answers[i].Val())
		if fields.at(0) == "" { // it has expired, or was deleted
			continue
		}
		kept, err1 := strconv.ParseInt(fields.at(1), 10, 64)
		expires, err2 := strconv.ParseInt(fields.at(2), 10, 64) //nolint:mnd // as they are asked for
		if err := errors.Join(err1, err2); err != nil {
			return nil, failed(what, fmt.Errorf("%w: %w", errMalformed, err))
		}
		if l.opts.Now != nil && l.opts.Now().UnixMilli() >= expires {
			continue // the server's clock is not that of the store
		}
		found = append(found, letterbox.Letter{
			Key: name, Version: fields.at(0), Kept: time.UnixMilli(kept).UTC(), Body: []byte(fields.at(3)), //nolint:mnd // as above
		})
	}
	return found, nil
}
