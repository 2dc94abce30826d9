package redis_test

import (
	"crypto/sha256"
	"errors"
	"flag"
	"slices"
	"testing"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/redis"
)

// every has the connection cut at every byte, not at every 131st.
var every = flag.Bool("every", false, "cut the connection at every byte of the protocol")

// session does all that an adapter and a vertex do with a store, for one request
// and one with a key. Whatever is cut, each call succeeds, and each reply arrives once.
func session(t *testing.T, adapter, vertex *redis.Store) {
	t.Helper()
	box := reply.NewMailbox()
	in := listen(t, adapter, box)
	want := func(err error, call string) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", call, err)
		}
	}
	sync, async, keyed, large, gone := newReply(box, 100), newReply(box, 100), newReply(box, 100), newReply(box, 6000), newReply(box, 1)
	keyed.Key = "key " + keyed.ID.String()
	want(vertex.Complete(t.Context(), sync), "Complete")
	want(adapter.Register(t.Context(), async.Request), "Register")
	want(vertex.Complete(t.Context(), async), "Complete of a registered request")
	now := time.Now()
	claim := reply.Claim{
		Key: keyed.Key, Owner: keyed.ID, Fingerprint: sha256.Sum256(nil), Lease: now.Add(time.Minute), Expires: now.Add(time.Hour),
	}
	holder, err := adapter.Claim(t.Context(), claim)
	if want(err, "Claim"); holder != keyed.ID {
		t.Fatalf("the holder is %s, want %s", holder, keyed.ID)
	}
	want(adapter.Register(t.Context(), keyed.Request), "Register with a key")
	bare := keyed
	bare.Key = ""
	want(vertex.Complete(t.Context(), bare), "Complete with a key")
	want(vertex.Complete(t.Context(), large), "Complete of a large reply")
	want(adapter.Register(t.Context(), gone.Request), "Register")
	want(adapter.Cancel(t.Context(), gone.ID), "Cancel")
	in.wait(t, sync, async, keyed, large)
	if err := vertex.Complete(t.Context(), gone); !errors.Is(err, reply.ErrCancelled) {
		t.Errorf("Complete of a cancelled request: %v", err)
	}
	for _, r := range []reply.Reply{sync, async, keyed, large} {
		rec, err := adapter.Lookup(t.Context(), r.ID)
		if want(err, "Lookup"); rec.State != reply.Completed || rec.Key != r.Key {
			t.Errorf("the record is %v", rec)
		}
		if err := vertex.Complete(t.Context(), r); !errors.Is(err, reply.ErrCompleted) {
			t.Errorf("Complete again: %v", err)
		}
	}
	all, err := adapter.Collect(t.Context(), box, reply.ID{})
	want(err, "Collect")
	for _, r := range []reply.Reply{sync, async, keyed, large} { // another session may have had the mailbox
		if !slices.ContainsFunc(all, func(got reply.Reply) bool { return got.ID == r.ID }) {
			t.Errorf("%s is not among the %d replies in the mailbox", r.ID, len(all))
		}
	}
	in.wait(t, sync, async, keyed, large) // and none came twice meanwhile
}

func TestAConnectionMayBeCutAtEveryByte(t *testing.T) {
	t.Parallel()
	for _, side := range []string{"adapter", "vertex"} {
		t.Run(side, func(t *testing.T) {
			t.Parallel()
			p := newProxy(t, onRedis.Addr())
			run := func() {
				urls := map[string]string{"adapter": onRedis.URL(), "vertex": onRedis.URL()}
				urls[side] = p.url()
				t.Run("", func(t *testing.T) {
					session(t, open(t, urls["adapter"], redis.Options{}), open(t, urls["vertex"], redis.Options{}))
				})
			}
			run() // loads the scripts
			p.cutAfter(0)
			run()
			total, _ := p.bytes()
			step := 131
			if *every {
				step = 1
			}
			tried := 0
			for at := 1; at <= total && !t.Failed(); at += step {
				p.cutAfter(at)
				run()
				tried++
			}
			if _, cuts := p.bytes(); cuts < tried*3/4 { // a session may pass fewer bytes than that one
				t.Errorf("of %d sessions %d were cut", tried, cuts)
			}
			t.Logf("%d bytes, %d sessions", total, tried)
		})
	}
}
