package memory_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
)

// Bytes is what operators bound the store by, so it must be near what the heap
// really grows by. It is not parallel: another test would grow the heap too.
func TestBytesAreNearTheHeap(t *testing.T) { //nolint:paralleltest // it measures the heap.
	const entries = 7_000
	now := time.Now()
	for _, tt := range fillings(now) {
		t.Run(tt.name, func(t *testing.T) {
			before := heap()
			store := memory.New(memory.Options{MaxBytes: 1 << 40, Now: func() time.Time { return now }})
			for i := range entries {
				tt.fill(t, store, i)
			}
			grown := float64(heap() - before)
			counted := float64(store.Stats().Bytes)
			t.Logf("per entry: heap %.0f bytes, counted %.0f", grown/entries, counted/entries)
			const low, high = 0.75, 1.5
			if factor := counted / grown; factor < low || factor > high {
				t.Errorf("counted %.0f bytes, the heap grew by %.0f: factor %.2f is not from %.2f to %.2f", counted, grown, factor, low, high)
			}
			runtime.KeepAlive(store)
		})
	}
}

// filling is a kind of entry.
type filling struct {
	name string
	fill func(t *testing.T, s *memory.Store, i int)
}

func fillings(now time.Time) []filling {
	return []filling{
		{"pending requests", func(t *testing.T, s *memory.Store, _ int) {
			t.Helper()
			mustRegister(t, s, request(now, 1))
		}},
		{"small replies", func(t *testing.T, s *memory.Store, _ int) {
			t.Helper()
			mustComplete(t, s, newReply(request(now, 1), 100))
		}},
		{"replies of registered requests", func(t *testing.T, s *memory.Store, _ int) {
			t.Helper()
			r := request(now, 1)
			mustRegister(t, s, r)
			mustComplete(t, s, newReply(r, 100))
		}},
		{"replies with a few attributes", func(t *testing.T, s *memory.Store, i int) {
			t.Helper()
			r := newReply(request(now, 1), 100)
			r.Event.SetExtension("httpstatus", int32(201))
			r.Event.SetExtension("correlationid", fmt.Sprintf("%036d", i))
			mustComplete(t, s, r)
		}},
		{"replies with many attributes", func(t *testing.T, s *memory.Store, i int) {
			t.Helper()
			r := newReply(request(now, 1), 100)
			for n := range 12 {
				r.Event.SetExtension(fmt.Sprintf("extension%d", n), fmt.Sprintf("value %d of %d", n, i))
			}
			mustComplete(t, s, r)
		}},
		{"replies with progress", func(t *testing.T, s *memory.Store, _ int) {
			t.Helper()
			r := newReply(request(now, 1), 100)
			r.Progress = make([]reply.Progress, 8)
			mustComplete(t, s, r)
		}},
		{"replies of 4 KiB", func(t *testing.T, s *memory.Store, _ int) {
			t.Helper()
			mustComplete(t, s, newReply(request(now, 1), 4096))
		}},
		{"claims", func(t *testing.T, s *memory.Store, i int) {
			t.Helper()
			mustClaim(t, s, newClaim(now, fmt.Sprintf("a-key-of-a-usual-length-%012d", i)))
		}},
	}
}

func heap() int64 {
	runtime.GC()
	runtime.GC() // the first one may only have finished what was under way
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func request(now time.Time, box reply.Mailbox) reply.Request {
	return reply.Request{
		ID:       reply.NewID(now, box),
		Tenant:   "tenant",
		Chain:    "orders",
		Deadline: now.Add(time.Minute),
		Expires:  now.Add(time.Hour),
	}
}

// newReply is a reply with so many bytes of data.
func newReply(r reply.Request, size int) reply.Reply {
	ev := event.New()
	ev.SetID(r.ID.String())
	ev.SetSource("/orders")
	ev.SetType("homing.orders.reply")
	ev.SetTime(time.UnixMilli(0))
	ev.SetDataContentType(event.ApplicationJSON)
	ev.DataEncoded = make([]byte, size)
	return reply.Reply{Request: r, Event: ev}
}

func mustRegister(tb testing.TB, s *memory.Store, r reply.Request) {
	tb.Helper()
	if err := s.Register(tb.Context(), r); err != nil {
		tb.Fatalf("Register: %v", err)
	}
}

func mustComplete(tb testing.TB, s *memory.Store, r reply.Reply) {
	tb.Helper()
	if err := s.Complete(tb.Context(), r); err != nil {
		tb.Fatalf("Complete: %v", err)
	}
}

func mustClaim(tb testing.TB, s *memory.Store, c reply.Claim) {
	tb.Helper()
	if _, err := s.Claim(tb.Context(), c); err != nil {
		tb.Fatalf("Claim: %v", err)
	}
}
