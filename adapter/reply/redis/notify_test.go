package redis_test

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/redis"
	"github.com/homing-dev/homing/tests/redisserver"
)

// newReply is a reply of n bytes to a request that starts now.
func newReply(box reply.Mailbox, n int) reply.Reply {
	now := time.Now()
	id := reply.NewID(now, box)
	ev := event.New()
	ev.SetID(id.String())
	ev.SetSource("/orders")
	ev.SetType("reply")
	ev.DataEncoded = bytes.Repeat([]byte("x"), n)
	return reply.Reply{
		Request: reply.Request{ID: id, Tenant: "tenant", Chain: "orders", Deadline: now.Add(time.Minute), Expires: now.Add(time.Hour)},
		Event:   ev,
	}
}

// inbox is what has arrived at a listener, by id.
type inbox struct {
	mu   sync.Mutex
	came map[reply.ID][]reply.Reply
	wake chan struct{}
}

func listen(t testing.TB, s reply.Notifier, box reply.Mailbox) *inbox {
	t.Helper()
	in := &inbox{came: map[reply.ID][]reply.Reply{}, wake: make(chan struct{}, 1)}
	stop := s.Notify(box, func(r reply.Reply) {
		in.mu.Lock()
		in.came[r.ID] = append(in.came[r.ID], r)
		in.mu.Unlock()
		select {
		case in.wake <- struct{}{}:
		default:
		}
	})
	t.Cleanup(stop)
	return in
}

func (in *inbox) of(id reply.ID) []reply.Reply {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.came[id]
}

// wait waits until the replies have arrived, and fails the test if one of them
// has arrived twice or is another one.
func (in *inbox) wait(t testing.TB, want ...reply.Reply) {
	t.Helper()
	for _, r := range want {
		for len(in.of(r.ID)) == 0 {
			<-in.wake
		}
		got := in.of(r.ID)
		if len(got) != 1 {
			t.Errorf("%s has arrived %d times", r.ID, len(got))
		}
		if !bytes.Equal(got[0].Event.Data(), r.Event.Data()) || !got[0].Expires.Equal(r.Expires) || got[0].Tenant != r.Tenant {
			t.Errorf("another reply has arrived: %v, want %v", got[0], r)
		}
	}
}

func complete(t testing.TB, s reply.Store, replies ...reply.Reply) {
	t.Helper()
	for _, r := range replies {
		if err := s.Complete(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRepliesOfOtherProcessesArriveOnce(t *testing.T) {
	t.Parallel()
	for name, on := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			adapter, vertex := open(t, on.URL(), redis.Options{}), open(t, on.URL(), redis.Options{})
			const each = 50
			boxes := []reply.Mailbox{reply.NewMailbox(), reply.NewMailbox(), reply.NewMailbox()}
			early := newReply(boxes[0], 1)
			complete(t, vertex, early)
			for _, box := range boxes {
				in := listen(t, adapter, box) // the first is read already when the others come
				var replies []reply.Reply
				for i := range each {
					replies = append(replies, newReply(box, i*1000)) // some are too large to be pushed
				}
				var running sync.WaitGroup
				for _, r := range replies {
					running.Go(func() { complete(t, vertex, r) })
				}
				running.Wait()
				in.wait(t, replies...)
				if got := in.of(early.ID); got != nil {
					t.Error("a reply from before has arrived")
				}
			}
		})
	}
}

func TestEveryListenerHasACopyOfItsOwn(t *testing.T) {
	t.Parallel()
	adapter, vertex := open(t, onRedis.URL(), redis.Options{}), open(t, onRedis.URL(), redis.Options{})
	box := reply.NewMailbox()
	one, two := listen(t, adapter, box), listen(t, adapter, box)
	r := newReply(box, 10)
	complete(t, vertex, r)
	one.wait(t, r)
	two.wait(t, r)
	got := one.of(r.ID)[0]
	got.Event.SetSubject("changed")
	if two.of(r.ID)[0].Event.Subject() != "" {
		t.Error("two listeners share an event")
	}
}

// connections returns how many clients a server has that wait for arrivals.
func connections(t testing.TB, on *redisserver.Server, all bool) (n int) {
	t.Helper()
	c := client(t, on.URL())
	list, err := c.ClientList(t.Context()).Result()
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines([]byte(list)) {
		if all || bytes.Contains(line, []byte(" ssub=")) && !bytes.Contains(line, []byte(" ssub=0 ")) {
			n++
		}
	}
	return n
}

func TestWaitersCostNoConnection(t *testing.T) {
	t.Parallel()
	on := start(t, redisserver.Options{})
	adapter, vertex := open(t, on.URL(), redis.Options{}), open(t, on.URL(), redis.Options{})
	own := reply.NewMailbox()
	in := listen(t, adapter, own)
	var others []*inbox
	for range 300 {
		others = append(others, listen(t, adapter, own^1), listen(t, adapter, reply.NewMailbox()))
	}
	r, other := newReply(own, 10), newReply(own^1, 10)
	complete(t, vertex, r, other)
	in.wait(t, r)
	for i := 0; i < len(others); i += 2 {
		others[i].wait(t, other)
	}
	for connections(t, on, false) != 1 { // it may not have subscribed yet
		time.Sleep(time.Millisecond)
	}
	if n := connections(t, on, true); n > 35 {
		t.Errorf("there are %d connections", n)
	}
}

func TestTheReaderEndsWithTheLastListener(t *testing.T) {
	t.Parallel()
	on := start(t, redisserver.Options{})
	s := open(t, on.URL(), redis.Options{})
	for range 3 {
		box := reply.NewMailbox()
		stop := s.Notify(box, func(reply.Reply) {})
		for connections(t, on, false) != 1 {
			time.Sleep(time.Millisecond)
		}
		stop()
		for connections(t, on, false) != 0 {
			time.Sleep(time.Millisecond)
		}
	}
}

func TestAStoreThatIsClosedIsSilent(t *testing.T) {
	t.Parallel()
	s, err := redis.Open(t.Context(), onRedis.URL(), redis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	box := reply.NewMailbox()
	stop := s.Notify(box, func(reply.Reply) { t.Error("a reply has arrived") })
	began := time.Now()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if d := time.Since(began); d > redis.SilenceForTest-time.Second { // a read lasts so long
		t.Errorf("Close has taken %v", d)
	}
	stop()
	s.Notify(box, func(reply.Reply) { t.Error("a reply has arrived") })()
	complete(t, open(t, onRedis.URL(), redis.Options{}), newReply(box, 1))
	if _, err := s.Lookup(t.Context(), reply.NewID(time.Now(), box)); err == nil {
		t.Error("a closed store answers")
	}
}

// The stream is for those who are there. Nothing of it outlives a minute, nor
// the reply itself.
func TestTheStreamIsBounded(t *testing.T) {
	t.Parallel()
	s, c := open(t, onRedis.URL(), redis.Options{Prefix: "bounded:"}), client(t, onRedis.URL())
	box := reply.NewMailbox()
	brief := newReply(box, 10)
	brief.Expires = time.Now().Add(30 * time.Second)
	complete(t, s, newReply(box, 10), newReply(box, 100_000), brief)
	keys, err := c.Keys(t.Context(), "bounded:{*}s:*").Result()
	if err != nil || len(keys) != 1 {
		t.Fatal(keys, err)
	}
	entries, err := c.XRange(t.Context(), keys[0], "-", "+").Result()
	if err != nil || len(entries) != 3 {
		t.Fatal(entries, err)
	}
	for i := range entries {
		if len(entries[i].Values) != 1 {
			t.Errorf("entry %d has more than the id: %v", i, entries[i].Values)
		}
	}
	for key, most := range map[string]time.Duration{
		keys[0]: time.Minute,
		fmt.Sprintf("bounded:{%02x}i:%05x", uint32(box)%64, uint32(box)): 2 * (time.Hour + redis.DefaultTombstone),
		fmt.Sprintf("bounded:{%02x}b:%s", uint32(box)%64, brief.ID):      30 * time.Second,
	} {
		if ttl, err := c.PTTL(t.Context(), key).Result(); err != nil || ttl <= 0 || ttl > most {
			t.Errorf("%s lives for %v, want %v at most: %v", key, ttl, most, err)
		}
	}
}
