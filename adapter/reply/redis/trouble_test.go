package redis_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/redis"
	"github.com/homing-dev/homing/tests/redisserver"
)

func TestScriptsThatTheServerForgetsAreLoadedAgain(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{"redis": redisPath, "valkey": valkeyPath} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			on := start(t, redisserver.Options{Path: path})
			s, c := open(t, on.URL(), redis.Options{}), client(t, on.URL())
			in := listen(t, s, 1)
			for range 20 {
				if err := c.ScriptFlush(t.Context()).Err(); err != nil {
					t.Fatal(err)
				}
				session(t, s, s)
			}
			r := newReply(1, 10)
			complete(t, s, r)
			in.wait(t, r)
		})
	}
}

func TestArrivalsGoOnWhenTheServerForgetsAll(t *testing.T) {
	t.Parallel()
	on := start(t, redisserver.Options{})
	adapter, vertex, c := open(t, on.URL(), redis.Options{}), open(t, on.URL(), redis.Options{}), client(t, on.URL())
	in := listen(t, adapter, 1)
	for range 20 {
		before, after := newReply(1, 10), newReply(1, 10)
		complete(t, vertex, before)
		in.wait(t, before)
		if err := c.FlushAll(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		if _, err := adapter.Lookup(t.Context(), before.ID); !errors.Is(err, reply.ErrUnknown) {
			t.Errorf("Lookup of what the server has forgotten: %v", err)
		}
		complete(t, vertex, after)
		in.wait(t, after)
	}
}

// A server whose clock is set back gives places to arrivals that have passed.
func TestArrivalsGoOnWhenTheClockIsSetBack(t *testing.T) {
	t.Parallel()
	on := start(t, redisserver.Options{})
	adapter, vertex, c := open(t, on.URL(), redis.Options{}), open(t, on.URL(), redis.Options{}), client(t, on.URL())
	in := listen(t, adapter, 1)
	stream := "homing:{01}s:00001"
	future := fmt.Sprintf("%d-0", time.Now().Add(time.Hour).UnixMilli())
	if err := c.Do(t.Context(), "XADD", stream, future, "x", "y").Err(); err != nil { // as of a clock that is ahead
		t.Fatal(err)
	}
	early := newReply(1, 10)
	complete(t, vertex, early) // its place is behind that
	in.wait(t, early)
	if err := c.FlushAll(t.Context()).Err(); err != nil { // and now the clock is right
		t.Fatal(err)
	}
	time.Sleep(redis.SilenceForTest + time.Second) // the reader has looked since
	late := newReply(1, 10)
	complete(t, vertex, late)
	in.wait(t, late)
}

func TestAServerWithoutMemoryKeepsItsPromises(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{"redis": redisPath, "valkey": valkeyPath} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			on := start(t, redisserver.Options{Path: path, Config: []string{"maxmemory 24mb", "maxmemory-policy noeviction"}})
			s := open(t, on.URL(), redis.Options{})
			in := listen(t, s, 1)
			promised, keyed, cancelled := newReply(1, 300_000), newReply(1, 10), newReply(1, 10)
			keyed.Key = "key"
			claim := reply.Claim{
				Key: "key", Owner: keyed.ID, Fingerprint: sha256.Sum256(nil), Lease: time.Now().Add(time.Hour), Expires: time.Now().Add(time.Hour),
			}
			if _, err := s.Claim(t.Context(), claim); err != nil {
				t.Fatal(err)
			}
			for _, r := range []reply.Reply{promised, keyed, cancelled} {
				if err := s.Register(t.Context(), r.Request); err != nil {
					t.Fatal(err)
				}
			}
			var err error
			for _, size := range []int{300_000, 3_000, 10} { // what is refused takes memory itself, until it is
				for err = nil; err == nil; err = s.Complete(t.Context(), newReply(1, size)) {
				}
				if !errors.Is(err, reply.ErrFull) {
					t.Fatalf("a server that is full returns %v", err)
				}
			}
			unregistered := newReply(1, 300_000)
			if err := s.Complete(t.Context(), unregistered); !errors.Is(err, reply.ErrFull) {
				t.Errorf("Complete: %v", err)
			}
			if _, err := s.Lookup(t.Context(), unregistered.ID); !errors.Is(err, reply.ErrUnknown) {
				t.Errorf("Lookup of what was refused: %v", err)
			}
			for err = nil; err == nil; err = s.Register(t.Context(), newReply(1, 1).Request) { // a few may still find room
			}
			if !errors.Is(err, reply.ErrFull) {
				t.Errorf("Register: %v", err)
			}
			for err = nil; err == nil; _, err = s.Claim(t.Context(), claim) {
				claim.Owner = reply.NewID(time.Now(), 1)
				claim.Key = claim.Owner.String()
			}
			if !errors.Is(err, reply.ErrFull) {
				t.Errorf("Claim: %v", err)
			}
			claim.Key, claim.Owner, claim.Lease = "key", keyed.ID, claim.Lease.Add(time.Minute)
			if holder, err := s.Claim(t.Context(), claim); err != nil || holder != keyed.ID {
				t.Errorf("a holder extends its lease: %v, %v", holder, err)
			}
			complete(t, s, promised, keyed)
			in.wait(t, promised, keyed)
			if err := s.Cancel(t.Context(), cancelled.ID); err != nil {
				t.Errorf("Cancel: %v", err)
			}
			if err := s.Release(t.Context(), "key", keyed.ID); err != nil {
				t.Errorf("Release: %v", err)
			}
		})
	}
}

func TestATenantHasItsShare(t *testing.T) {
	t.Parallel()
	now := time.Now().Truncate(time.Second)
	s := open(t, onRedis.URL(), redis.Options{TenantEntries: 20, TenantBytes: 1 << 20, Now: func() time.Time { return now }})
	box := reply.NewMailbox()
	of := func(tenant string, n int, d time.Duration) reply.Reply {
		r := newReply(box, n)
		r.Tenant, r.Expires = tenant, now.Add(d)
		return r
	}
	for range 15 { // the reply takes less than what was reserved for it
		r := of("loud", 1000, time.Hour)
		if err := s.Register(t.Context(), r.Request); err != nil {
			t.Fatal(err)
		}
		complete(t, s, r)
	}
	promised := of("loud", 800_000, time.Hour)
	if err := s.Register(t.Context(), promised.Request); err != nil {
		t.Fatal(err)
	}
	if err := s.Complete(t.Context(), of("loud", 2<<20, time.Hour)); !errors.Is(err, reply.ErrFull) {
		t.Errorf("Complete of more bytes than a share has: %v", err)
	}
	complete(t, s, promised, of("loud", 1, time.Hour), of("loud", 1, time.Hour), of("loud", 1, time.Minute), of("loud", 1, time.Minute))
	err := s.Register(t.Context(), of("loud", 1, time.Hour).Request)
	if full, ok := errors.AsType[*reply.FullError](err); !ok || !full.Share || full.After != time.Minute {
		t.Errorf("Register of more entries than a share has: %v", err)
	}
	complete(t, s, of("quiet", 900_000, time.Hour), of("", 2<<20, time.Hour))
	now = now.Add(2 * time.Minute) // two of them have expired
	complete(t, s, of("loud", 1, time.Hour), of("loud", 1, time.Hour))
	if err := s.Complete(t.Context(), of("loud", 1, time.Hour)); !errors.Is(err, reply.ErrFull) {
		t.Errorf("Complete of more entries than a share has: %v", err)
	}
}

func TestATenantMayHaveALimitOfItsOwn(t *testing.T) {
	t.Parallel()
	s := open(t, onRedis.URL(), redis.Options{})
	box := reply.NewMailbox()
	s.Share(2)
	s.Limit(func(tenant string) int64 {
		return map[string]int64{"small": 200_000, "large": 1 << 30}[tenant]
	})
	register := func(tenant string, most int) (n int, err error) {
		for ; n < most && err == nil; n++ {
			r := newReply(box, 1)
			r.Tenant, r.Expires = tenant, time.Now().Add(time.Hour)
			err = s.Register(t.Context(), r.Request)
		}
		return n, err
	}
	n, err := register("small", 100)
	if full, ok := errors.AsType[*reply.FullError](err); !ok || full.Limit != 200_000 || n != 4 || full.After <= 59*time.Minute {
		t.Errorf("the %dth request: %v", n, err)
	}
	for _, tenant := range []string{"large", "other"} {
		if _, err := register(tenant, 20); err != nil {
			t.Errorf("%s: %v", tenant, err)
		}
	}
}

// As in memory, the number of tenants says what each may use; a vertex, which does
// not know them, still counts what an adapter has registered.
func TestTenantsShareTheBytes(t *testing.T) {
	t.Parallel()
	now := time.Now().Truncate(time.Second)
	opts := redis.Options{MaxBytes: 1 << 20, Now: func() time.Time { return now }}
	adapter, vertex := open(t, onRedis.URL(), opts), open(t, onRedis.URL(), opts)
	box := reply.NewMailbox()
	register := func(tenant string, d time.Duration) (reply.Reply, error) {
		r := newReply(box, 300_000)
		r.Tenant, r.Expires = tenant, now.Add(d)
		return r, adapter.Register(t.Context(), r.Request)
	}
	for range 20 { // a store of one tenant is bounded by its server
		if _, err := register("early", time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	adapter.Share(2)
	if _, err := register("other", time.Minute); err != nil {
		t.Fatal(err)
	}
	r, err := register("loud", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	bare := r
	bare.Tenant = "" // a vertex does not know it
	complete(t, vertex, bare)
	for err == nil {
		_, err = register("loud", time.Hour)
	}
	full, ok := errors.AsType[*reply.FullError](err)
	if !ok || !full.Share || full.After != time.Hour {
		t.Errorf("Register of more than a share: %v", err)
	}
	if _, err := register("quiet", time.Hour); err != nil {
		t.Errorf("another tenant has no room: %v", err)
	}
	for range 20 { // sync calls are not counted
		plain := newReply(box, 100_000)
		plain.Tenant = ""
		complete(t, vertex, plain)
	}
}

// What a call of a server that does not answer may take beyond its deadline, on
// a loaded machine: less than the store has patience, or each Notify for itself.
const grace = 30 * time.Second

func TestASilentServerIsNotWaitedForBeyondTheDeadline(t *testing.T) {
	t.Parallel()
	on := start(t, redisserver.Options{})
	s := openImpatient(t, on.URL(), redis.Options{Patience: time.Minute})
	in := listen(t, s, 1)
	r := newReply(1, 10)
	complete(t, s, r)
	if err := on.Pause(); err != nil {
		t.Fatal(err)
	}
	calls := map[string]func(context.Context) error{
		"Register": func(ctx context.Context) error { return s.Register(ctx, newReply(1, 1).Request) },
		"Complete": func(ctx context.Context) error { return s.Complete(ctx, newReply(1, 1)) },
		"Lookup":   func(ctx context.Context) error { _, err := s.Lookup(ctx, r.ID); return err },
		"Cancel":   func(ctx context.Context) error { return s.Cancel(ctx, r.ID) },
		"Claim": func(ctx context.Context) error {
			_, err := s.Claim(ctx, reply.Claim{Key: "k", Owner: r.ID})
			return err
		},
		"Release": func(ctx context.Context) error { return s.Release(ctx, "k", r.ID) },
		"Collect": func(ctx context.Context) error { _, err := s.Collect(ctx, 1, r.ID); return err },
	}
	for name, call := range calls {
		const patience = 300 * time.Millisecond
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		began := time.Now()
		err := call(ctx)
		cancel()
		if d := time.Since(began); d > patience+grace || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s of a silent server has taken %v and returned %v", name, d, err)
		}
	}
	began := time.Now()
	others := []*inbox{}
	for i := range 100 {
		others = append(others, listen(t, s, reply.Mailbox(i+2)))
	}
	if d := time.Since(began); d > time.Second+grace {
		t.Errorf("100 calls of Notify have taken %v", d)
	}
	if err := on.Resume(); err != nil {
		t.Fatal(err)
	}
	late, other := newReply(1, 10), newReply(100, 10)
	complete(t, open(t, on.URL(), redis.Options{}), late, other)
	in.wait(t, r, late)
	others[98].wait(t, other)
}

func TestAPausedAdapterMissesNothing(t *testing.T) {
	t.Parallel()
	on := start(t, redisserver.Options{})
	p := newProxy(t, on.Addr())
	adapter, vertex := open(t, p.url(), redis.Options{}), open(t, on.URL(), redis.Options{})
	in := listen(t, adapter, 1)
	first := newReply(1, 10)
	complete(t, vertex, first)
	in.wait(t, first)

	p.refuse(true)
	missed := []reply.Reply{newReply(1, 10), newReply(1, 9000)}
	complete(t, vertex, missed...)
	c := client(t, on.URL())
	if err := c.XTrimMaxLen(t.Context(), "homing:{01}s:00001", 0).Err(); err != nil { // as more than it holds had come
		t.Fatal(err)
	}
	complete(t, vertex, newReply(1, 10))
	p.refuse(false)
	in.wait(t, missed...)

	p.refuse(true)
	missed = []reply.Reply{newReply(1, 10), newReply(1, 9000)}
	complete(t, vertex, missed...)
	if err := c.Del(t.Context(), "homing:{01}s:00001").Err(); err != nil { // as a minute had passed
		t.Fatal(err)
	}
	p.refuse(false)
	in.wait(t, missed...)
}

// killed has a server killed in the middle of writes and restarted, and returns
// the ids of replies whose Complete had succeeded and which are not there.
func killed(t *testing.T, fsync string, path string) (lost, all int) {
	t.Helper()
	on := start(t, redisserver.Options{Path: path, Config: []string{"appendonly yes", "appendfsync " + fsync}})
	adapter := open(t, on.URL(), redis.Options{Attempt: 2 * time.Second})
	vertex := open(t, on.URL(), redis.Options{Attempt: 2 * time.Second})
	in := listen(t, adapter, 1)
	for range 3 {
		var done []reply.Reply
		ended := make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			defer close(ended)
			for ctx.Err() == nil {
				r := newReply(1, 100)
				complete(t, vertex, r)
				done = append(done, r)
			}
		}()
		time.Sleep(150 * time.Millisecond)
		on.Kill()
		time.Sleep(50 * time.Millisecond)
		if err := on.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(150 * time.Millisecond)
		cancel()
		<-ended
		for _, r := range done {
			if _, err := vertex.Lookup(t.Context(), r.ID); err != nil {
				lost++
			} else {
				in.wait(t, r)
			}
		}
		all += len(done)
	}
	return lost, all
}

func TestAServerMayBeKilled(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{"redis": redisPath, "valkey": valkeyPath} {
		for _, fsync := range []string{"always", "everysec"} {
			t.Run(name+" "+fsync, func(t *testing.T) {
				t.Parallel()
				lost, all := killed(t, fsync, path)
				t.Logf("of %d replies %d were lost", all, lost)
				if lost > 0 && fsync == "always" {
					t.Errorf("of %d replies %d were lost", all, lost)
				}
			})
		}
	}
}

func TestWhatMayLoseRepliesIsWarnedOf(t *testing.T) {
	t.Parallel()
	for want, config := range map[string][]string{
		"maxmemory-policy": {"maxmemory 100mb", "maxmemory-policy allkeys-lru", "appendonly yes"},
		"appendonly":       {"appendonly no"},
		"":                 {"appendonly yes", "maxmemory 100mb", "maxmemory-policy noeviction"},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			on := start(t, redisserver.Options{Config: config})
			log := &logged{}
			open(t, on.URL(), redis.Options{Logger: log.logger()})
			if text := log.text(); !strings.Contains(text, want) || (want == "") != (text == "") {
				t.Errorf("the log is %q, want a warning of %q", text, want)
			}
		})
	}
}

// What a user may not do was seen by the first call.
func TestAUserWithoutARightIsRefusedWhenTheStoreIsOpened(t *testing.T) {
	t.Parallel()
	const commands = "-@all +@connection +ping +info +evalsha +eval +hget +hmget +hset " +
		"+hsetnx +hexists +hdel +hincrby +get +set +del +exists +pttl +pexpire +time " +
		"+zadd +zrem +zrangebyscore +zscan +zscore +getrange +xadd +xtrim +xrange +xinfo +spublish +ssubscribe +sunsubscribe"
	on := start(t, redisserver.Options{Config: []string{
		"user all on >hidden ~homing:* &homing:* " + commands,
		"user nochannels on >hidden ~homing:* resetchannels " + commands,
		"user otherchannels on >hidden ~homing:* &other:* " + commands,
		"user otherkeys on >hidden ~other:* &homing:* " + commands,
		"user nopublish on >hidden ~homing:* &homing:* " + commands + " -spublish",
		"user noscripts on >hidden ~homing:* &homing:* " + commands + " -evalsha",
	}})
	for user, right := range map[string]bool{"all": true, "nochannels": false, "otherchannels": false, "otherkeys": false, "nopublish": false, "noscripts": false} {
		url := strings.Replace(on.URL(), "redis://", "redis://"+user+":hidden@", 1)
		s, err := redis.Open(t.Context(), url, redis.Options{Logger: slog.New(slog.DiscardHandler), Attempt: patience})
		if right != (err == nil) || err != nil && (!strings.Contains(err.Error(), "lacks a right") || strings.Contains(err.Error(), "hidden")) {
			t.Errorf("%s: %v", user, err)
		}
		if err == nil {
			in := listen(t, s, 1)
			r := newReply(1, 10)
			complete(t, s, r)
			in.wait(t, r)
			_ = s.Close()
		}
	}
}

func TestAServerThatIsNotThereYetIsNoError(t *testing.T) {
	t.Parallel()
	on := start(t, redisserver.Options{})
	on.Kill()
	log := &logged{}
	s := open(t, on.URL(), redis.Options{Logger: log.logger(), Attempt: 2 * time.Second})
	if text := log.text(); !strings.Contains(text, "cannot be reached yet") {
		t.Errorf("the log is %q", text)
	}
	s.NotifyWaits(time.Millisecond) // nobody is there
	in := listen(t, s, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := s.Register(ctx, newReply(1, 1).Request); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Register: %v", err)
	}
	if err := on.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := newReply(1, 10)
	complete(t, open(t, on.URL(), redis.Options{}), r)
	in.wait(t, r)
}
