package replytest_test

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
)

// broken is a good store but for what its functions replace: each breaks one
// promise, as a store might in earnest.
type broken struct {
	*memory.Store

	register func(*broken, context.Context, reply.Request) error
	complete func(*broken, context.Context, reply.Reply) error
	lookup   func(reply.Record, error) (reply.Record, error)
	cancel   func(error) error
	claim    func(reply.Claim) reply.Claim
	release  func(*broken, context.Context, string, reply.ID) error
	collect  func([]reply.Reply) []reply.Reply
	notify   func(arrived func(reply.Reply)) func(reply.Reply)

	mu    sync.Mutex
	owner map[string]reply.ID // the last that claimed a key
}

func (b *broken) Register(ctx context.Context, r reply.Request) error {
	if b.register != nil {
		return b.register(b, ctx, r)
	}
	return b.Store.Register(ctx, r)
}

func (b *broken) Complete(ctx context.Context, r reply.Reply) error {
	if b.complete != nil {
		return b.complete(b, ctx, r)
	}
	return b.Store.Complete(ctx, r)
}

func (b *broken) Lookup(ctx context.Context, id reply.ID) (reply.Record, error) {
	rec, err := b.Store.Lookup(ctx, id)
	if b.lookup != nil {
		return b.lookup(rec, err)
	}
	return rec, err
}

func (b *broken) Cancel(ctx context.Context, id reply.ID) error {
	err := b.Store.Cancel(ctx, id)
	if b.cancel != nil {
		return b.cancel(err)
	}
	return err
}

func (b *broken) Claim(ctx context.Context, c reply.Claim) (reply.ID, error) {
	if b.claim != nil {
		c = b.claim(c)
	}
	holder, err := b.Store.Claim(ctx, c)
	if err == nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.owner[c.Key] = holder
	}
	return holder, err
}

func (b *broken) Release(ctx context.Context, key string, owner reply.ID) error {
	if b.release != nil {
		return b.release(b, ctx, key, owner)
	}
	return b.Store.Release(ctx, key, owner)
}

func (b *broken) Collect(ctx context.Context, box reply.Mailbox, since reply.ID) ([]reply.Reply, error) {
	replies, err := b.Store.Collect(ctx, box, since)
	if b.collect != nil {
		replies = b.collect(replies)
	}
	return replies, err
}

func (b *broken) Notify(box reply.Mailbox, arrived func(reply.Reply)) (stop func()) {
	if b.notify != nil {
		arrived = b.notify(arrived)
	}
	return b.Store.Notify(box, arrived)
}

// breakage is a broken promise and the group of checks that must notice.
type breakage struct {
	group  string
	breaks func(*broken)
}

func breakages() map[string]breakage {
	all := map[string]breakage{}
	for _, some := range []map[string]breakage{
		completeBreakages(), tooLargeBreakages(), eventBreakages(), fillBreakages(), readBreakages(), claimBreakages(),
	} {
		maps.Copy(all, some)
	}
	return all
}

func completeBreakages() map[string]breakage {
	return map[string]breakage{
		"a later reply is answered as if it were the first": {"Complete", func(b *broken) {
			b.complete = func(b *broken, ctx context.Context, r reply.Reply) error {
				if err := b.Store.Complete(ctx, r); !errors.Is(err, reply.ErrCompleted) {
					return err
				}
				return nil
			}
		}},
		"a request must be registered": {"Complete", func(b *broken) {
			b.complete = func(b *broken, ctx context.Context, r reply.Reply) error {
				if _, err := b.Store.Lookup(ctx, r.ID); err != nil {
					return err
				}
				return b.Store.Complete(ctx, r)
			}
		}},
		"a cancelled request is said to be completed": {"Cancel", func(b *broken) {
			b.complete = func(b *broken, ctx context.Context, r reply.Reply) error {
				if err := b.Store.Complete(ctx, r); !errors.Is(err, reply.ErrCancelled) {
					return err
				}
				return reply.ErrCompleted
			}
		}},
		"a reply is confirmed though the context had ended": {"Context", func(b *broken) {
			b.complete = func(b *broken, ctx context.Context, r reply.Reply) error {
				if ctx.Err() != nil {
					return nil
				}
				return b.Store.Complete(ctx, r)
			}
		}},
	}
}

func tooLargeBreakages() map[string]breakage {
	instead := func(do func(b *broken, ctx context.Context, r reply.Reply, err error) error) breakage {
		return breakage{"TooLarge", func(b *broken) {
			b.complete = func(b *broken, ctx context.Context, r reply.Reply) error {
				err := b.Store.Complete(ctx, r)
				if errors.Is(err, reply.ErrTooLarge) {
					return do(b, ctx, r, err)
				}
				return err
			}
		}}
	}
	return map[string]breakage{
		"a too large reply is cut": instead(func(b *broken, ctx context.Context, r reply.Reply, _ error) error {
			return b.Store.Complete(ctx, reply.Reply{Request: r.Request})
		}),
		"a too large reply ends its request": instead(func(b *broken, ctx context.Context, r reply.Reply, err error) error {
			_ = b.Store.Cancel(ctx, r.ID)
			return err
		}),
		"a too large reply releases its key": instead(func(b *broken, ctx context.Context, r reply.Reply, err error) error {
			_ = b.Store.Release(ctx, r.Key, r.ID)
			return err
		}),
		"a too large reply registers its request": instead(func(b *broken, ctx context.Context, r reply.Reply, err error) error {
			_ = b.Store.Register(ctx, r.Request)
			return err
		}),
		"a too large reply means a full store": instead(func(*broken, context.Context, reply.Reply, error) error {
			return reply.ErrFull
		}),
		"the limit is not named": instead(func(*broken, context.Context, reply.Reply, error) error {
			return reply.ErrTooLarge
		}),
	}
}

func eventBreakages() map[string]breakage {
	change := func(change func(*reply.Reply)) func(b *broken) {
		return func(b *broken) {
			b.complete = func(b *broken, ctx context.Context, r reply.Reply) error {
				r.Event.Context = r.Event.Context.Clone()
				change(&r)
				return b.Store.Complete(ctx, r)
			}
		}
	}
	return map[string]breakage{
		"the time is kept to the microsecond": {"Event", change(func(r *reply.Reply) {
			r.Event.SetTime(r.Event.Time().Truncate(time.Microsecond))
		})},
		"extensions become text": {"Event", change(func(r *reply.Reply) {
			if r.Event.Extensions()["yes"] == true {
				r.Event.SetExtension("yes", "true")
			}
		})},
		"empty data becomes none": {"Event", change(func(r *reply.Reply) {
			if len(r.Event.DataEncoded) == 0 {
				r.Event.DataEncoded = nil
			}
		})},
		"data is cut at 400 KB": {"Event", change(func(r *reply.Reply) {
			r.Event.DataEncoded = r.Event.DataEncoded[:min(len(r.Event.DataEncoded), 400_000)]
		})},
		"progress is lost":    {"Event", change(func(r *reply.Reply) { r.Progress = nil })},
		"the tenant is lost":  {"Complete", change(func(r *reply.Reply) { r.Tenant = "" })},
		"deadlines are lost":  {"Complete", change(func(r *reply.Reply) { r.Deadline = time.Time{} })},
		"the text is changed": {"Complete", change(func(r *reply.Reply) { r.Event.DataEncoded = []byte("changed") })},
	}
}

func fillBreakages() map[string]breakage {
	return map[string]breakage{
		"what a reply leaves empty is lost": {"Complete", func(b *broken) {
			b.complete = func(b *broken, ctx context.Context, r reply.Reply) error {
				r.Chain = cmp.Or(r.Chain, "lost") // so that it is not filled in
				return b.Store.Complete(ctx, r)
			}
		}},
		"a register after the reply is forgotten": {"Register", func(b *broken) {
			b.register = func(b *broken, ctx context.Context, r reply.Request) error {
				if _, err := b.Store.Lookup(ctx, r.ID); err == nil {
					return reply.ErrCompleted
				}
				return b.Store.Register(ctx, r)
			}
		}},
		"a register after the reply loses the key": {"Register", func(b *broken) {
			b.register = func(b *broken, ctx context.Context, r reply.Request) error {
				if _, err := b.Store.Lookup(ctx, r.ID); err == nil {
					r.Key = ""
				}
				return b.Store.Register(ctx, r)
			}
		}},
	}
}

func readBreakages() map[string]breakage {
	return map[string]breakage{
		"what is unknown is said to be expired": {"Register", func(b *broken) {
			b.lookup = func(rec reply.Record, err error) (reply.Record, error) {
				if errors.Is(err, reply.ErrUnknown) {
					err = reply.ErrExpired
				}
				return rec, err
			}
		}},
		"what is expired is said to be unknown": {"Expiry", func(b *broken) {
			b.lookup = func(rec reply.Record, err error) (reply.Record, error) {
				if errors.Is(err, reply.ErrExpired) {
					err = reply.ErrUnknown
				}
				return rec, err
			}
		}},
		"a cancelled request looks pending": {"Cancel", func(b *broken) {
			b.lookup = func(rec reply.Record, err error) (reply.Record, error) {
				if rec.State == reply.Cancelled {
					rec.State = reply.Pending
				}
				return rec, err
			}
		}},
		"cancelling an unknown request is no error": {"Register", func(b *broken) {
			b.cancel = func(error) error { return nil }
		}},
		"replies are collected in reverse": {"Collect", func(b *broken) {
			b.collect = func(r []reply.Reply) []reply.Reply { slices.Reverse(r); return r }
		}},
		"since is left out": {"Collect", func(b *broken) {
			b.collect = func(r []reply.Reply) []reply.Reply { return r[min(len(r), 1):] }
		}},
		"only a page is collected": {"Collect", func(b *broken) {
			b.collect = func(r []reply.Reply) []reply.Reply { return r[:min(len(r), 100)] }
		}},
		"a reply arrives twice": {"Notify", func(b *broken) {
			b.notify = func(arrived func(reply.Reply)) func(reply.Reply) {
				return func(r reply.Reply) { arrived(r); arrived(r) }
			}
		}},
		"no reply arrives": {"Notify", func(b *broken) {
			b.notify = func(func(reply.Reply)) func(reply.Reply) { return func(reply.Reply) {} }
		}},
	}
}

func claimBreakages() map[string]breakage {
	return map[string]breakage{
		"leases do not run out": {"Takeover", func(b *broken) {
			b.claim = func(c reply.Claim) reply.Claim { c.Lease = c.Expires; return c }
		}},
		"a lease runs out at once": {"Claim", func(b *broken) {
			b.claim = func(c reply.Claim) reply.Claim { c.Lease = time.Time{}; return c }
		}},
		"a lease cannot be extended": {"Claim", func(b *broken) {
			var first sync.Map // of an owner
			b.claim = func(c reply.Claim) reply.Claim {
				lease, _ := first.LoadOrStore(c.Owner, c.Lease)
				c.Lease, _ = lease.(time.Time)
				return c
			}
		}},
		"claims do not expire": {"Claim", func(b *broken) {
			const years = 10 * 365 * 24 * time.Hour
			b.claim = func(c reply.Claim) reply.Claim { c.Expires = c.Expires.Add(years); return c }
		}},
		"fingerprints are not compared": {"Claim", func(b *broken) {
			b.claim = func(c reply.Claim) reply.Claim { c.Fingerprint = [32]byte{}; return c }
		}},
		"anybody may release a key": {"Claim", func(b *broken) {
			b.release = func(b *broken, ctx context.Context, key string, _ reply.ID) error {
				b.mu.Lock()
				owner := b.owner[key]
				b.mu.Unlock()
				return b.Store.Release(ctx, key, owner)
			}
		}},
		"a reply needs no claim": {"Claim", func(b *broken) {
			b.complete = func(b *broken, ctx context.Context, r reply.Reply) error {
				r.Key = "" // so that the claim is not asked for
				return b.Store.Complete(ctx, r)
			}
		}},
		"the reply of a former owner is said to count": {"Takeover", func(b *broken) {
			b.complete = func(b *broken, ctx context.Context, r reply.Reply) error {
				if err := b.Store.Complete(ctx, r); !errors.Is(err, reply.ErrSuperseded) {
					return err
				}
				return nil
			}
		}},
		"releasing does nothing": {"Claim", func(b *broken) {
			b.release = func(*broken, context.Context, string, reply.ID) error { return nil }
		}},
	}
}
