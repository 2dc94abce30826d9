package redis

import "github.com/homing-dev/homing/adapter/reply"

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

// limits are those of a tenant, 0 for none.
func (s *Store) limits() (entries, bytes int64) {
	if bytes = s.opts.TenantBytes; bytes == 0 {
		bytes = s.share.Load()
	}
	return s.opts.TenantEntries, bytes
}
