package dynamodb_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/dynamodb"
)

func scan(t *testing.T, s *dynamodb.Store, q reply.ScanQuery) (ids []reply.ID, found reply.ScanResult) {
	t.Helper()
	found, err := s.Scan(t.Context(), q)
	must(t, err)
	for _, a := range found.Replies {
		ids = append(ids, a.ID)
	}
	slices.SortFunc(ids, reply.ID.Compare)
	return ids, found
}

func sameIDs(got []reply.ID, want ...reply.ID) bool {
	slices.SortFunc(want, reply.ID.Compare)
	return slices.Equal(got, want)
}

func TestScanReturnsWhatIsCompletedFromTheOldestOn(t *testing.T) {
	t.Parallel()
	for _, on := range servers() {
		t.Run(on.name, func(t *testing.T) {
			t.Parallel()
			now := time.Now().Truncate(time.Second)
			box := reply.NewMailbox()
			s := newStore(t, on.client, dynamodb.Options{Now: func() time.Time { return now }})
			var want []reply.ID
			for i := range 20 {
				r := requestIn(box, now.Add(time.Duration(i)*time.Millisecond))
				must(t, s.Complete(t.Context(), answer(r, []byte(strconv.Itoa(i)))))
				want = append(want, r.ID)
			}
			pending := requestIn(box, now.Add(time.Second))
			must(t, s.Register(t.Context(), pending))
			short := requestIn(box, now.Add(time.Second))
			short.Expires = now.Add(time.Minute)
			must(t, s.Complete(t.Context(), answer(short, nil)))
			now = now.Add(2 * time.Minute)

			for _, consistent := range []bool{false, true} {
				got, found := scan(t, s, reply.ScanQuery{Box: box, Oldest: want[5], Consistent: consistent, Cursor: "not heeded"})
				units := 0.5
				if consistent {
					units = 1
				}
				if !slices.Equal(got, want[5:]) || found.Cursor != "" {
					t.Errorf("got %d replies and cursor %q", len(got), found.Cursor)
				}
				if on.name == onDynalite.name && found.Units != units {
					t.Errorf("20 small replies took %v units, want %v", found.Units, units)
				}
				for _, a := range found.Replies {
					if !a.Written.Equal(now.Add(-2 * time.Minute)) {
						t.Errorf("written at %s", a.Written)
					}
				}
			}
			if got, found := scan(t, s, reply.ScanQuery{Box: box, Oldest: reply.NewID(now.Add(time.Hour), box)}); len(got) != 0 || found.Units < 0.5 {
				t.Errorf("nothing: %v, %v units", got, found.Units)
			}
		})
	}
}

func TestScanReadsAllPages(t *testing.T) {
	t.Parallel()
	now := time.Now()
	box := reply.NewMailbox()
	for _, on := range servers() {
		api := &interposed{API: on.client}
		s := newStore(t, api, dynamodb.Options{})
		for range 8 {
			must(t, s.Complete(t.Context(), answer(requestIn(box, now), noise(290_000))))
		}
		api.took()
		if got, found := scan(t, s, reply.ScanQuery{Box: box, Consistent: true}); len(got) != 8 || on.name == onDynalite.name && found.Units < 8*290_000/4096 {
			t.Errorf("%s: %d replies for %v units", on.name, len(got), found.Units)
		}
		if calls := api.took(); calls["Query"] < 3 {
			t.Errorf("%s: %v, so there was one page only", on.name, calls)
		}
		replies, err := s.Collect(t.Context(), box, reply.ID{})
		if err != nil || len(replies) != 8 {
			t.Errorf("%s: %d collected, %v", on.name, len(replies), err)
		}
	}
}

func TestGetReturnsItsUnits(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for _, on := range servers() {
		s := newStore(t, on.client, dynamodb.Options{Now: func() time.Time { return now }})
		r := request(now)
		_, err := s.Get(t.Context(), r.ID, false)
		wantError(t, err, reply.ErrUnknown)
		must(t, s.Register(t.Context(), r))
		if got, err := s.Get(t.Context(), r.ID, true); err != nil || got.State != reply.Pending || got.Units < 0.5 || !got.Written.IsZero() {
			t.Errorf("%s: %+v, %v", on.name, got, err)
		}
		must(t, s.Complete(t.Context(), answer(r, []byte("done"))))
		for consistent, units := range map[bool]float64{false: 0.5, true: 1} {
			got, err := s.Get(t.Context(), r.ID, consistent)
			if err != nil || string(got.Reply.Event.Data()) != "done" || !got.Written.Equal(now) {
				t.Errorf("%s: %+v, %v", on.name, got, err)
			}
			if on.name == onDynalite.name && got.Units != units {
				t.Errorf("took %v units, want %v", got.Units, units)
			}
		}
	}
}

func TestArrivalsAreReadFromTheCursorOn(t *testing.T) {
	t.Parallel()
	for _, on := range servers() {
		t.Run(on.name, func(t *testing.T) {
			t.Parallel()
			now := time.Now()
			box := reply.NewMailbox()
			s := newStore(t, on.client, dynamodb.Options{Arrivals: true, Now: func() time.Time { return now }})
			straggler, first, second := requestIn(box, now), requestIn(box, now), requestIn(box, now)
			must(t, s.Register(t.Context(), straggler)) // is not in the index
			l := reply.ScanQuery{Box: box, Oldest: straggler.ID}

			got, found := scan(t, s, l)
			if len(got) != 0 || found.Cursor == "" {
				t.Fatalf("at first: %v, cursor %q", got, found.Cursor)
			}
			l.Cursor = found.Cursor
			now = now.Add(time.Second)
			must(t, s.Complete(t.Context(), answer(first, nil)))
			if got, found = scan(t, s, l); !slices.Equal(got, []reply.ID{first.ID}) {
				t.Fatalf("then: %v", got)
			}
			l.Cursor = found.Cursor
			now = now.Add(time.Second)
			must(t, s.Complete(t.Context(), answer(second, nil)))
			if got, found = scan(t, s, l); !sameIDs(got, first.ID, second.ID) { // the first is within the slack
				t.Fatalf("after the cursor: %v", got)
			}
			l.Cursor = found.Cursor
			now = now.Add(time.Second)
			must(t, s.Complete(t.Context(), answer(straggler, noise(400_000)))) // in parts, in a scan by arrival
			if got, _ = scan(t, s, l); !sameIDs(got, second.ID, straggler.ID) {
				t.Fatalf("the straggler: %v", got)
			}
			l.Cursor = ""
			if got, _ = scan(t, s, l); len(got) != 3 {
				t.Errorf("a scan without a cursor finds %d", len(got))
			}
		})
	}
}

// The clocks of two processes differ by seconds.
func TestClocksThatDiffer(t *testing.T) {
	t.Parallel()
	for _, skew := range []time.Duration{-5 * time.Second, 5 * time.Second} {
		for _, arrivals := range []bool{false, true} {
			t.Run(skew.String()+"/"+strconv.FormatBool(arrivals), func(t *testing.T) {
				t.Parallel()
				now := time.Now()
				box := reply.NewMailbox()
				adapter := newStore(t, onDynalite.client, dynamodb.Options{Arrivals: arrivals, Now: func() time.Time { return now }})
				vertex := newStore(t, onDynalite.client, dynamodb.Options{Arrivals: arrivals, Now: func() time.Time { return now.Add(skew) }})
				one, other, registered := requestIn(box, now), requestIn(box, now), requestIn(box, now)
				must(t, adapter.Register(t.Context(), registered))
				must(t, vertex.Complete(t.Context(), answer(one, nil)))
				must(t, vertex.Complete(t.Context(), answer(registered, nil)))
				wantError(t, adapter.Complete(t.Context(), answer(one, nil)), reply.ErrCompleted)
				l := reply.ScanQuery{Box: box, Oldest: slices.MinFunc([]reply.ID{one.ID, other.ID, registered.ID}, reply.ID.Compare)}
				got, found := scan(t, adapter, l)
				if len(got) != 2 {
					t.Fatalf("the first scan finds %d", len(got))
				}
				l.Cursor = found.Cursor
				must(t, adapter.Complete(t.Context(), answer(other, nil))) // by a writer whose clock is right
				if got, _ = scan(t, adapter, l); !slices.Contains(got, other.ID) {
					t.Error("a writer whose clock is ahead hid the reply of another")
				}
			})
		}
	}
}
