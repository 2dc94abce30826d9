package redis

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/internal/encoding"
)

const (
	// inlined is up to which size a reply is pushed to who waits for it, in bytes, so
	// that he need not read it.
	inlined = 4 << 10
	// requestSize is what is counted for a record beside its reply.
	requestSize = 512
)

// Complete implements [reply.Store]. It is one call, and another one before
// that, or two, if the request has a key. An event that is not valid is
// refused.
func (s *Store) Complete(ctx context.Context, r reply.Reply) error {
	const what = "complete"
	body, err := encoding.Append(nil, r)
	if err != nil {
		return failed(what, err)
	}
	if int64(len(body)) > s.opts.MaxReply {
		return reply.TooLarge(s.opts.MaxReply)
	}
	defer s.inboxes.completing(r.ID)()
	w := s.write(r.Request, body)
	for range maxRounds {
		if w.request.Key != "" {
			if w.grant, _, err = s.grantOf(ctx, what, w.request.Key, r.ID); err != nil {
				return err
			}
		}
		answer, err := s.put(ctx, w)
		switch {
		case err != nil:
			return err
		case answer.at(0) == "KEYED": // it was registered with this key
			w.request.Key = answer.at(1)
		case answer.at(0) == "OK":
			r.Tenant, r.Chain = cmp.Or(r.Tenant, answer.at(2)), cmp.Or(r.Chain, answer.at(3)) //nolint:mnd // as the script lists them
			r.Key = cmp.Or(w.request.Key, answer.at(4))                                       //nolint:mnd // as the script lists them
			at, err := parsePlace(answer.at(1))
			if err != nil {
				return failed(what, err)
			}
			s.inboxes.arrive(arrival{request: r.Request, place: at, body: body})
			return nil
		default:
			return s.refusalOf(r.Tenant, what, answer)
		}
	}
	return failed(what, errBusy)
}

// writing is a reply that is to be put.
type writing struct {
	request reply.Request
	body    []byte
	call    string
	grant   string
}

func (s *Store) write(r reply.Request, body []byte) *writing {
	return &writing{request: r, body: body, call: newName()}
}

// put runs the script. When the server has no memory left, a reply is taken
// nevertheless that was promised to be kept.
func (s *Store) put(ctx context.Context, w *writing) (texts, error) {
	r, k, ttl, value := w.request, s.keys(w.request.ID), s.until(w.request.Expires), w.value()
	keys := []string{k.record, k.body, k.index, k.stream, k.usage, k.quota}
	entries, bytes := s.limits(r.Tenant)
	inline := len(w.body) <= inlined
	plain := inline && ttl > 0 && r.Key == "" && (r.Tenant == "" || entries == 0 && bytes == 0) && !tidies(r.ID)
	args := func(promised bool) []any {
		all := []any{
			s.named(), ttl, plain && !promised, r.ID[:], value, s.keep(r.Expires),
			r.Tenant, r.Chain, r.Key, w.grant, requestSize + len(w.body), entries, bytes, promised, inline,
		}
		if plain && !promised {
			const needed = 6 // the script needs no more of it
			return all[:needed]
		}
		return all
	}
	return s.promised(ctx, "complete", s.scripts.complete, s.scripts.promised, keys, args)
}

// promised runs a script and, when the server has no memory left, the other one,
// which may take more memory nevertheless but for what was promised only.
func (s *Store) promised(
	ctx context.Context, what string, script, full *redis.Script, keys []string, args func(promised bool) []any,
) (texts, error) {
	answer, err := s.call(ctx, what, script, keys, args(false)...)
	if !errors.Is(err, reply.ErrFull) {
		return answer, err
	}
	answer, failure := s.call(ctx, what, full, keys, args(true)...)
	if failure != nil || texts(answer).at(0) == "FULL" {
		return nil, err
	}
	return answer, nil
}

// refusal is the error that a script's answer stands for.
func refusal(what string, answer texts) error {
	switch answer.at(0) {
	case "UNKNOWN":
		return reply.ErrUnknown
	case "EXPIRED":
		return reply.ErrExpired
	case "COMPLETED":
		return reply.ErrCompleted
	case "CANCELLED":
		return reply.ErrCancelled
	case "SUPERSEDED":
		return reply.ErrSuperseded
	case "REUSED":
		return reply.ErrKeyReused
	case "FULL":
		after, err := strconv.ParseInt(answer.at(1), 10, 64)
		if err != nil {
			return failed(what, errMalformed)
		}
		return &reply.FullError{Share: true, After: time.Duration(after) * time.Millisecond}
	default:
		return failed(what, errMalformed)
	}
}

// tidies reports whether the call that completes a request also removes what has
// expired: one of eight does, as the scripts see it, too.
func tidies(id reply.ID) bool {
	const random, one = 9, 8
	return id[random]%one == 0
}
