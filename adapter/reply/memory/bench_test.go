package memory_test

import (
	"testing"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
)

// briefly is a request that expires so soon that a benchmark's store stays
// small.
func briefly(box reply.Mailbox) reply.Request {
	r := request(time.Now(), box)
	r.Expires = time.Now().Add(200 * time.Millisecond)
	return r
}

func BenchmarkRegisterCompleteNotify(b *testing.B) {
	store := memory.New(memory.Options{MaxEntries: 1 << 30, MaxBytes: 1 << 40})
	arrived := 0
	stop := store.Notify(1, func(reply.Reply) { arrived++ })
	defer stop()
	b.ReportAllocs()
	for b.Loop() {
		r := briefly(1)
		mustRegister(b, store, r)
		mustComplete(b, store, newReply(r, 100))
	}
	if arrived != b.N {
		b.Fatalf("%d replies have arrived, want %d", arrived, b.N)
	}
}

func BenchmarkCompleteLookup(b *testing.B) {
	store := memory.New(memory.Options{MaxEntries: 1 << 30, MaxBytes: 1 << 40})
	b.ReportAllocs()
	for b.Loop() {
		r := newReply(briefly(1), 100)
		mustComplete(b, store, r)
		if _, err := store.Lookup(b.Context(), r.ID); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompleteLookupParallel(b *testing.B) {
	store := memory.New(memory.Options{MaxEntries: 1 << 30, MaxBytes: 1 << 40})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r := newReply(briefly(1), 100)
			if store.Complete(b.Context(), r) != nil {
				b.Error("Complete failed")
			}
			if _, err := store.Lookup(b.Context(), r.ID); err != nil {
				b.Error(err)
			}
		}
	})
}

// BenchmarkCollectFromAFullMailbox asks for the last ten replies of many.
func BenchmarkCollectFromAFullMailbox(b *testing.B) {
	store := memory.New(memory.Options{})
	const held, wanted = 90_000, 10
	start := time.Now()
	var since reply.ID
	for i := range held {
		r := request(start.Add(time.Duration(i)*time.Millisecond), 1)
		if i == held-wanted {
			since = r.ID
		}
		mustComplete(b, store, newReply(r, 10))
	}
	b.ReportAllocs()
	for b.Loop() {
		got, err := store.Collect(b.Context(), 1, since)
		if err != nil || len(got) != wanted {
			b.Fatalf("%d replies, %v", len(got), err)
		}
	}
}
