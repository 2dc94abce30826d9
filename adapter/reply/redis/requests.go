package redis

import (
	"context"

	"github.com/homing-dev/homing/adapter/reply"
)

// Register implements [reply.Store]. It is one call. A request that is past its
// Expires gets [reply.ErrExpired].
func (s *Store) Register(ctx context.Context, r reply.Request) error {
	k := s.keys(r.ID)
	entries, bytes := s.limits(r.Tenant)
	answer, err := s.call(ctx, "register", s.scripts.register, []string{k.record, k.index, k.usage, k.quota},
		s.named(), s.until(r.Expires), s.keep(r.Expires), newName(), r.Tenant, r.Chain, r.Key,
		moment(r.Deadline), moment(r.Expires), r.ID[:], requestSize+DefaultReserve, entries, bytes, r.Callback)
	if err != nil || texts(answer).at(0) == "OK" {
		return err
	}
	return s.refusalOf(r.Tenant, "register", answer)
}

// Cancel implements [reply.Store]. It is one call, and one more if the request
// has a key.
func (s *Store) Cancel(ctx context.Context, id reply.ID) error {
	k := s.keys(id)
	answer, err := s.call(ctx, "cancel", s.scripts.cancel, []string{k.record, k.index}, s.named(), id[:])
	if err != nil {
		return err
	}
	if texts(answer).at(0) != "OK" {
		return refusal("cancel", answer)
	}
	key := texts(answer).at(1)
	if key == "" {
		return nil
	}
	_, err = s.call(ctx, "cancel", s.scripts.released, []string{s.claimKey(key)}, "o", id.String())
	return err
}
