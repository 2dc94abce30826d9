package remote

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/backoff"
)

// tenantsHeader has the number of tenants of the adapter that calls.
const tenantsHeader = "Homing-Tenants"

// codeShareFull is the code of a [reply.FullError] for a share. One side that does
// not know it has the status, which is that of [reply.ErrFull].
const codeShareFull = "share-full"

// Share implements [reply.Sharing]: the store is divided among as many tenants as
// the adapter with the most of them has.
func (c *Client) Share(tenants int) { c.tenants.Store(int64(tenants)) }

// Delivered implements [reply.Sharing]. It is not sent: a call for each reply would
// cost more than the room that it makes.
func (*Client) Delivered(reply.ID) {}

// announce adds to a call what the store needs to know of this adapter.
func (c *Client) announce(header http.Header) {
	if n := c.tenants.Load(); n > 1 {
		header.Set(tenantsHeader, strconv.FormatInt(n, 10))
	}
}

// share divides the store as the caller needs it.
func (h *Handler) share(r *http.Request) {
	s, bounded := h.store.(reply.Sharing)
	if !bounded {
		return
	}
	const bits = 31
	if n, err := strconv.ParseUint(r.Header.Get(tenantsHeader), 10, bits); err == nil && int64(n) > h.tenants.Load() {
		h.tenants.Store(int64(n))
		s.Share(int(n))
	}
}

// full reads what an answer knows of a store without room: when there is some, and
// whether it is the share of a tenant that is full.
func full(resp *http.Response, code string) *reply.FullError {
	return &reply.FullError{Share: code == codeShareFull, After: backoff.RetryAfter(resp.Header, time.Hour)}
}

// explainFull returns the code of an error of a store without room, and when to come again.
func explainFull(err error, code string) (exact string, after time.Duration) {
	f, known := errors.AsType[*reply.FullError](err)
	switch {
	case !known:
		return code, 0
	case f.Share:
		return codeShareFull, f.After
	default:
		return code, f.After
	}
}
