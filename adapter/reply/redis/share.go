package redis

import (
	"errors"

	"github.com/homing-dev/homing/adapter/reply"
)

// Share implements [reply.Sharing]: each of several tenants may use an equal part of
// [Options.MaxBytes] for what was registered for it, unless
// [Options.TenantBytes] says otherwise. What a single tenant uses is bounded by the
// server, as are the replies of sync calls, which nobody registers.
func (s *Store) Share(tenants int) {
	if tenants > 1 {
		s.share.Store(s.opts.MaxBytes / int64(tenants))
	}
}

// Delivered implements [reply.Sharing]. It does nothing: a reply that was registered
// may be fetched until it expires.
func (s *Store) Delivered(reply.ID) {}

// Limit implements [reply.Limiting], for what is in one mailbox, which is that of one
// adapter.
func (s *Store) Limit(most func(tenant string) int64) { s.most.Store(&most) }

// limit is what [Store.Limit] has set for a tenant.
func (s *Store) limit(tenant string) int64 {
	if most := s.most.Load(); most != nil {
		return (*most)(tenant)
	}
	return 0
}

// refusalOf is the error that a script's answer about a tenant stands for.
func (s *Store) refusalOf(tenant, what string, answer texts) error {
	err := refusal(what, answer)
	if full, ok := errors.AsType[*reply.FullError](err); ok && s.opts.TenantEntries == 0 {
		full.Limit = s.limit(tenant)
	}
	return err
}

// limits are those of a tenant, 0 for none.
func (s *Store) limits(tenant string) (entries, bytes int64) {
	if bytes = s.limit(tenant); bytes > 0 {
		return s.opts.TenantEntries, bytes
	}
	if bytes = s.opts.TenantBytes; bytes == 0 {
		bytes = s.share.Load()
	}
	return s.opts.TenantEntries, bytes
}
