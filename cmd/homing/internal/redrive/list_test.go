package redrive_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/homing-dev/homing/cmd/homing/internal/redrive"
)

func keys(entries []redrive.Entry) []string {
	out := make([]string, len(entries))
	for i := range entries {
		out[i] = entries[i].Key()
	}
	return out
}

func TestListHasAllLettersTheOldestFirstAndChangesNothing(t *testing.T) {
	t.Parallel()
	q := &queue{}
	bodies, _ := letters(t, 35) // more than SQS returns at once
	want := make([]string, len(bodies))
	for i := range bodies {
		want[i] = fmt.Sprintf("invocation-%03d", i)
	}
	shuffled := slices.Clone(bodies)
	slices.Reverse(shuffled)
	q.put(shuffled...)
	for range 2 {
		entries, hidden, err := redrive.List(t.Context(), box(q), nil)
		if err != nil || hidden != 0 || !slices.Equal(keys(entries), want) {
			t.Fatalf("got %v, %d hidden, %v", keys(entries), hidden, err)
		}
		for _, e := range entries {
			if e.Copies != 1 || e.Letter.Step != "price" || e.Sent.IsZero() || len(e.Letter.Event) > 0 || e.Body != "" {
				t.Errorf("got %+v", e)
			}
		}
		if !slices.Equal(q.bodies(), shuffled) || q.hidden() != 0 {
			t.Fatalf("%d messages, %d hidden", len(q.bodies()), q.hidden())
		}
	}
}

func TestListHasCopiesOnceAndTheBestOfThem(t *testing.T) {
	t.Parallel()
	q := &queue{}
	record := recordOf("invocation-1", eventOf(newID(), time.Now()), time.Now())
	worse := strings.Replace(letterOf(t, record), `"record":`, `"leftOut":["response"],"record":`, 1)
	nested := recordOf("invocation-2", record, time.Now())
	q.put(worse, record, letterOf(t, record), nested, "hello", "hello")
	entries, _, err := redrive.List(t.Context(), box(q), func(*redrive.Message) bool { return true })
	if err != nil || len(entries) != 3 {
		t.Fatalf("got %v, %v", keys(entries), err)
	}
	for _, e := range entries {
		switch {
		case e.Key() == "invocation-1":
			if e.Copies != 4 || len(e.Letter.LeftOut) != 0 || len(e.Letter.Event) == 0 || e.Body == "" {
				t.Errorf("got %+v", e)
			}
		case e.Err == nil || e.Copies != 1 || e.Body != "hello":
			t.Errorf("got %+v", e)
		}
	}
}

func TestListOfNothingIsEmpty(t *testing.T) {
	t.Parallel()
	if entries, hidden, err := redrive.List(t.Context(), box(&queue{}), nil); len(entries) != 0 || hidden != 0 || err != nil {
		t.Errorf("got %v, %d, %v", entries, hidden, err)
	}
}

func TestWhatSomebodyElseHoldsIsCounted(t *testing.T) {
	t.Parallel()
	q := &queue{}
	bodies, _ := letters(t, 15)
	q.put(bodies...)
	_, err := box(q).Scan(t.Context(), func(*redrive.Message) (bool, error) {
		if q.hidden() == 10 { // within the scan of another
			entries, hidden, err := redrive.List(t.Context(), box(q), nil)
			if len(entries) != 5 || hidden != 10 || err != nil {
				t.Errorf("got %d, %d hidden, %v", len(entries), hidden, err)
			}
		}
		return true, nil
	})
	if err != nil || q.hidden() != 0 || len(q.bodies()) != len(bodies) {
		t.Errorf("%d messages, %d hidden, %v", len(q.bodies()), q.hidden(), err)
	}
	q.opaque = true
	if _, hidden, err := redrive.List(t.Context(), box(q), nil); hidden != -1 || err != nil {
		t.Errorf("who may not ask is told %d, %v", hidden, err)
	}
}

func TestConcurrentListsLoseNothing(t *testing.T) {
	t.Parallel()
	q := &queue{}
	bodies, _ := letters(t, 50)
	q.put(bodies...)
	var running sync.WaitGroup
	for range 4 {
		running.Go(func() {
			if _, _, err := redrive.List(t.Context(), box(q), nil); err != nil {
				t.Error(err)
			}
		})
	}
	running.Wait()
	if !slices.Equal(q.bodies(), bodies) || q.hidden() != 0 {
		t.Errorf("%d messages, %d hidden", len(q.bodies()), q.hidden())
	}
}

func TestScanThatTakesLongerThanMessagesStayHiddenEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := &queue{}
		bodies, _ := letters(t, 25)
		q.put(bodies...)
		visits := map[string]int{}
		if _, err := box(q).Scan(t.Context(), func(m *redrive.Message) (bool, error) {
			visits[m.ID]++
			time.Sleep(redrive.VisibilityTimeout / 2)
			return true, nil
		}); err != nil {
			t.Fatal(err)
		}
		if len(visits) != len(bodies) {
			t.Errorf("%d visits", len(visits))
		}
		for id, n := range visits {
			if n != 1 {
				t.Errorf("%s was visited %d times", id, n)
			}
		}
		if q.hidden() != 0 || len(q.bodies()) != len(bodies) {
			t.Errorf("%d messages, %d hidden", len(q.bodies()), q.hidden())
		}
	})
}

func TestScanThatIsInterruptedShowsAllMessagesAgain(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]func(q *queue, cancel func()) error{
		"cancelled": func(_ *queue, cancel func()) error { cancel(); return nil },
		"fails":     func(*queue, func()) error { return errDown },
		"queue fails": func(q *queue, _ func()) error {
			q.mu.Lock()
			defer q.mu.Unlock()
			q.fail = func(operation string) error {
				if operation == "receive" {
					return errDown
				}
				return nil
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q := &queue{}
			bodies, _ := letters(t, 15)
			q.put(bodies...)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			hidden, err := box(q).Scan(ctx, func(*redrive.Message) (bool, error) { return true, tc(q, cancel) })
			if !errors.Is(err, errDown) && !errors.Is(err, context.Canceled) || hidden != -1 {
				t.Errorf("got %d, %v", hidden, err)
			}
			if q.hidden() != 0 || len(q.bodies()) != len(bodies) {
				t.Errorf("%d messages, %d hidden", len(q.bodies()), q.hidden())
			}
		})
	}
}

func TestMessageThatCannotBeShownAgainComesBackByItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := &queue{fail: func(operation string) error {
			if operation == "hide" {
				return errDown
			}
			return nil
		}}
		bodies, _ := letters(t, 3)
		q.put(bodies...)
		if _, _, err := redrive.List(t.Context(), box(q), nil); err != nil {
			t.Fatal(err)
		}
		if q.hidden() != len(bodies) {
			t.Errorf("%d hidden", q.hidden())
		}
		time.Sleep(redrive.VisibilityTimeout)
		if q.hidden() != 0 {
			t.Errorf("%d hidden", q.hidden())
		}
	})
}

func TestMessageIsNamedByAnyOfItsIDs(t *testing.T) {
	t.Parallel()
	q := &queue{}
	id := newID()
	q.put(recordOf("invocation-1", eventOf(id, time.Now()), time.Now()))
	entries, _, err := redrive.List(t.Context(), box(q), nil)
	if err != nil || len(entries) != 1 {
		t.Fatal(entries, err)
	}
	for name, want := range map[string]bool{id.String(): true, "invocation-1": true, "message-001": true, "": false, "other": false} {
		if got := entries[0].Named(name); got != want {
			t.Errorf("%q names it: %v", name, got)
		}
	}
}
