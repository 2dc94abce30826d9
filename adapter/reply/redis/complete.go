package redis

import (
	"context"
	"errors"
	"fmt"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/internal/encoding"
)

const (
	// inlined is up to which size a reply is also in the stream of its mailbox,
	// in bytes, so that who waits for it need not read it.
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
			r.Tenant, r.Chain, r.Key = answer.at(2), answer.at(3), answer.at(4) //nolint:mnd // as the script lists them
			at, err := parsePlace(answer.at(1))
			if err != nil {
				return failed(what, err)
			}
			s.inboxes.arrive(arrival{request: r.Request, place: at, body: body})
			return nil
		default:
			return refusal(what, answer.at(0))
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
	r, k, ttl := w.request, s.keys(w.request.ID), s.until(w.request.Expires)
	keys := []string{k.record, k.body, k.index, k.stream, k.usage}
	args := func(promised bool) []any {
		return []any{
			s.named(), ttl, s.opts.Tombstone.Milliseconds(), w.call, r.Tenant, r.Chain, r.Key,
			moment(r.Deadline), moment(r.Expires), w.grant, w.body, r.ID[:], requestSize + len(w.body),
			s.opts.TenantEntries, s.opts.TenantBytes, promised,
			len(w.body) <= inlined && ttl > streamLife.Milliseconds(), streamLife.Milliseconds(), streamLength,
		}
	}
	answer, err := s.call(ctx, "complete", s.scripts.complete, keys, args(false)...)
	if errors.Is(err, reply.ErrFull) {
		again, failure := s.call(ctx, "complete", s.scripts.promised, keys, args(true)...)
		if failure != nil || texts(again).at(0) == "FULL" {
			return nil, err
		}
		return again, nil
	}
	return answer, err
}

// refusal is the error that a script's answer stands for.
func refusal(what, answer string) error {
	switch answer {
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
		return fmt.Errorf("%w for this tenant", reply.ErrFull)
	default:
		return failed(what, errMalformed)
	}
}
