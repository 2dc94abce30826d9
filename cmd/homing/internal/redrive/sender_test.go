package redrive_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/cmd/homing/internal/redrive"
	"github.com/homing-dev/homing/internal/deadletter"
)

// sender sends the events of q to f and remembers what became of them.
func sender(q *queue, f *functions, outcomes *[]redrive.Result) redrive.Sender {
	return redrive.Sender{Box: box(q), Lambda: f, Done: func(o redrive.Result) { *outcomes = append(*outcomes, o) }}
}

func sorted(texts []string) []string { return slices.Sorted(slices.Values(texts)) }

func TestAllLettersAreSentToTheByteAndDeleted(t *testing.T) {
	t.Parallel()
	q, f := &queue{}, &functions{}
	bodies, events := letters(t, 25)
	q.put(bodies...)
	var outcomes []redrive.Result
	count, err := sender(q, f, &outcomes).Run(t.Context())
	if err != nil || count != (redrive.Count{Sent: 25}) || len(outcomes) != 25 {
		t.Errorf("got %+v, %d outcomes, %v", count, len(outcomes), err)
	}
	if !slices.Equal(sorted(f.invoked), sorted(events)) || len(q.bodies()) != 0 {
		t.Errorf("%d were invoked, %d are left", len(f.invoked), len(q.bodies()))
	}
	if f.names[0] != functionARN {
		t.Errorf("invoked %s", f.names[0])
	}
}

func TestOnlySelectedLettersAreSent(t *testing.T) {
	t.Parallel()
	q, f := &queue{}, &functions{}
	bodies, events := letters(t, 25)
	q.put(bodies...)
	var outcomes []redrive.Result
	s := sender(q, f, &outcomes)
	s.Select = func(m *redrive.Message) bool { return m.Named("invocation-013") }
	s.How.To = "another"
	count, err := s.Run(t.Context())
	if err != nil || count != (redrive.Count{Sent: 1}) || !slices.Equal(f.invoked, events[13:14]) || f.names[0] != "another" {
		t.Errorf("got %+v, %v, %q, %v", count, f.invoked, f.names, err)
	}
	if left := slices.Delete(bodies, 13, 14); !slices.Equal(q.bodies(), left) || q.hidden() != 0 {
		t.Errorf("%d are left, %d hidden", len(q.bodies()), q.hidden())
	}
}

func TestCopiesAreSentOnceAndDeletedTogether(t *testing.T) {
	t.Parallel()
	event := eventOf(newID(), time.Now().Add(time.Hour))
	record := recordOf("invocation-1", event, time.Now())
	letter := letterOf(t, record)
	withoutData := strings.Replace(letter, `"record":`, `"leftOut":["data"],"record":`, 1)
	for name, bodies := range map[string][]string{
		"the same":                    {letter, letter, letter},
		"letter and record":           {letter, record},
		"nested record":               {recordOf("invocation-2", record, time.Now()), letter},
		"the first one lacks data":    {withoutData, record},
		"the last one lacks data":     {record, withoutData},
		"more than are read at once":  slices.Repeat([]string{letter}, 25),
		"those that lack data go too": {withoutData, withoutData, record, withoutData},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q, f := &queue{}, &functions{}
			q.put(bodies...)
			var outcomes []redrive.Result
			count, err := sender(q, f, &outcomes).Run(t.Context())
			if err != nil || count != (redrive.Count{Sent: 1}) || !slices.Equal(f.invoked, []string{event}) || len(q.bodies()) != 0 {
				t.Errorf("got %+v, %d invoked, %d left, %v", count, len(f.invoked), len(q.bodies()), err)
			}
			if last := outcomes[len(outcomes)-1]; last.Err != nil || !last.Sent || len(outcomes) > 2 {
				t.Errorf("outcomes %+v", outcomes)
			}
		})
	}
}

func TestLetterThatCannotBeSentStaysWithItsReason(t *testing.T) {
	t.Parallel()
	inTime := eventOf(newID(), time.Now().Add(time.Hour))
	late := eventOf(newID(), time.Now().Add(-time.Second))
	record := recordOf("invocation-1", inTime, time.Now())
	for name, tc := range map[string]struct {
		body   string
		status int32
		fail   error
		want   error
	}{
		"late":               {recordOf("invocation-1", late, time.Now()), 0, nil, redrive.ErrLate},
		"bare event":         {inTime, 0, nil, redrive.ErrNoFunction},
		"no data":            {strings.Replace(letterOf(t, record), `"record":`, `"leftOut":["data"],"record":`, 1), 0, nil, redrive.ErrNoEvent},
		"no event":           {strings.Replace(letterOf(t, record), `"event":`, `"evident":`, 1), 0, nil, redrive.ErrNoEvent},
		"no letter":          {"hello", 0, nil, deadletter.ErrNoLetter},
		"letter of tomorrow": {`{"version":"homing.letter/2"}`, 0, nil, deadletter.ErrVersion},
		"Lambda is down":     {record, 0, errDown, errDown},
		"not accepted":       {record, 200, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q, f := &queue{}, &functions{status: tc.status, fail: func(string) error { return tc.fail }}
			q.put(tc.body)
			var outcomes []redrive.Result
			count, err := sender(q, f, &outcomes).Run(t.Context())
			if err != nil || count != (redrive.Count{Failed: 1}) || len(outcomes) != 1 || len(f.invoked) != 0 {
				t.Fatalf("got %+v, %+v, %v", count, outcomes, err)
			}
			if got := outcomes[0]; got.Sent || got.Err == nil || tc.want != nil && !errors.Is(got.Err, tc.want) {
				t.Errorf("got %+v", got)
			}
			if !slices.Equal(q.bodies(), []string{tc.body}) || q.hidden() != 0 {
				t.Errorf("left %q, %d hidden", q.bodies(), q.hidden())
			}
		})
	}
}

func TestLateEventGetsANewDeadlineAndNothingElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for wait, want := range map[time.Duration]time.Duration{0: 15 * time.Minute, time.Hour: time.Hour} {
			q, f := &queue{}, &functions{}
			passed := time.Now().Add(-time.Nanosecond)
			event := eventOf(newID(), passed)
			q.put(recordOf("invocation-1", event, time.Now()))
			var outcomes []redrive.Result
			s := sender(q, f, &outcomes)
			s.How = redrive.How{Late: true, Deadline: wait}
			if count, err := s.Run(t.Context()); err != nil || count.Sent != 1 {
				t.Fatalf("got %+v, %+v, %v", count, outcomes, err)
			}
			l := deadletter.NewLetter([]byte(f.invoked[0]), time.Now())
			before := deadletter.NewLetter([]byte(event), time.Now())
			if got := time.Until(l.Deadline); got != want {
				t.Errorf("the new deadline is in %v, want %v", got, want)
			}
			sent, err := l.CloudEvent()
			if err != nil {
				t.Fatal(err)
			}
			was, err := before.CloudEvent()
			if err != nil {
				t.Fatal(err)
			}
			sent.SetExtension("expirytime", was.Extensions()["expirytime"])
			if sent.String() != was.String() || string(sent.Data()) != `{"a": 1}` || carrier.RequestID(sent) != carrier.RequestID(was) {
				t.Errorf("got %s", f.invoked[0])
			}
		}
	})
}

func TestEventInTimeKeepsItsDeadline(t *testing.T) {
	t.Parallel()
	q, f := &queue{}, &functions{}
	bodies, events := letters(t, 1)
	q.put(bodies...)
	var outcomes []redrive.Result
	s := sender(q, f, &outcomes)
	s.How.Late = true
	if _, err := s.Run(t.Context()); err != nil || !slices.Equal(f.invoked, events) {
		t.Errorf("got %q, %v", f.invoked, err)
	}
}

func TestEventThatDiesAgainIsNotSentForEver(t *testing.T) {
	t.Parallel()
	for name, event := range map[string]string{
		"of ours":     eventOf(newID(), time.Now().Add(time.Hour)),
		"of a friend": `{"orders":[1]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q, f := &queue{}, &functions{}
			q.put(recordOf("invocation-1", event, time.Now()))
			f.accepted = func(payload string) { q.put(recordOf("invocation-2", payload, time.Now())) }
			var outcomes []redrive.Result
			count, err := sender(q, f, &outcomes).Run(t.Context())
			if err != nil || count != (redrive.Count{Sent: 1, Failed: 1}) || len(f.invoked) != 1 || len(q.bodies()) != 1 {
				t.Errorf("got %+v, %d invoked, %d left, %v", count, len(f.invoked), len(q.bodies()), err)
			}
			if last := outcomes[len(outcomes)-1]; !errors.Is(last.Err, redrive.ErrAgain) {
				t.Errorf("got %+v", last)
			}
		})
	}
}

func TestLetterThatCannotBeDeletedIsReported(t *testing.T) {
	t.Parallel()
	q, f := &queue{}, &functions{}
	bodies, _ := letters(t, 1)
	q.put(bodies...)
	q.fail = func(operation string) error {
		if operation == "delete" {
			return errDown
		}
		return nil
	}
	var outcomes []redrive.Result
	count, err := sender(q, f, &outcomes).Run(t.Context())
	if err != nil || count != (redrive.Count{Sent: 1, Failed: 1}) || len(outcomes) != 1 {
		t.Fatalf("got %+v, %+v, %v", count, outcomes, err)
	}
	if got := outcomes[0]; !got.Sent || !errors.Is(got.Err, redrive.ErrKept) || !errors.Is(got.Err, errDown) {
		t.Errorf("got %+v", got)
	}
	if len(q.bodies()) != 1 || q.hidden() != 0 {
		t.Errorf("%d left, %d hidden", len(q.bodies()), q.hidden())
	}
}

func TestMessageThatComesAgainAfterItsDeletionIsDeletedAgain(t *testing.T) {
	t.Parallel()
	q, f := &queue{forgotten: 2}, &functions{}
	bodies, events := letters(t, 3)
	q.put(bodies...)
	var outcomes []redrive.Result
	count, err := sender(q, f, &outcomes).Run(t.Context())
	if err != nil || count != (redrive.Count{Sent: 3}) || !slices.Equal(sorted(f.invoked), sorted(events)) || len(q.bodies()) != 0 {
		t.Errorf("got %+v, %d invoked, %d left, %v", count, len(f.invoked), len(q.bodies()), err)
	}
}

func TestMessageIsHeldForLongerBeforeItIsSentLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q, f := &queue{}, &functions{}
		bodies, _ := letters(t, 10)
		q.put(bodies...)
		rivals := &functions{}
		f.accepted = func(string) { // Lambda is slow, and somebody else sends meanwhile
			time.Sleep(redrive.VisibilityTimeout / 3)
			var theirs []redrive.Result
			if _, err := sender(q, rivals, &theirs).Run(t.Context()); err != nil {
				t.Error(err)
			}
		}
		var outcomes []redrive.Result
		if _, err := sender(q, f, &outcomes).Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		all := append(slices.Clone(f.invoked), rivals.invoked...)
		if len(all) != len(bodies) || len(slices.Compact(sorted(all))) != len(bodies) || len(q.bodies()) != 0 {
			t.Errorf("%d and %d were sent, %d are left", len(f.invoked), len(rivals.invoked), len(q.bodies()))
		}
	})
}

func TestLettersThatStayDoNotHideThoseBehindThem(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q, f := &queue{}, &functions{}
		for i := range 30 { // late, so they stay and come again
			q.put(recordOf(fmt.Sprintf("late-%d", i), eventOf(newID(), time.Now()), time.Now()))
		}
		bodies, _ := letters(t, 30)
		q.put(bodies...)
		f.accepted = func(string) { time.Sleep(redrive.VisibilityTimeout / 5) }
		var outcomes []redrive.Result
		count, err := sender(q, f, &outcomes).Run(t.Context())
		if err != nil || count != (redrive.Count{Sent: 30, Failed: 30}) || len(q.bodies()) != 30 || q.hidden() != 0 {
			t.Errorf("got %+v, %d left, %d hidden, %v", count, len(q.bodies()), q.hidden(), err)
		}
	})
}

func TestInterruptedRunLosesNothingAndCounts(t *testing.T) {
	t.Parallel()
	q, f := &queue{}, &functions{}
	bodies, events := letters(t, 25)
	q.put(bodies...)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f.accepted = func(string) {
		if len(f.invoked) == 13 {
			cancel()
		}
	}
	var outcomes []redrive.Result
	count, err := sender(q, f, &outcomes).Run(ctx)
	if !errors.Is(err, context.Canceled) || count.Sent != 13 || count.Failed != 0 {
		t.Errorf("got %+v, %v", count, err)
	}
	if !slices.Equal(f.invoked, events[:13]) || !slices.Equal(q.bodies(), bodies[13:]) || q.hidden() != 0 {
		t.Errorf("%d invoked, %d left, %d hidden", len(f.invoked), len(q.bodies()), q.hidden())
	}
}

// TestNothingIsLost: whatever fails and whoever works on the queue at the same
// time, a letter is in the queue or its event was accepted.
func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	for seed := range uint64(25) {
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 1))
			var mu sync.Mutex
			chance := func(of int) bool {
				mu.Lock()
				defer mu.Unlock()
				return rng.IntN(of) == 0
			}
			q, f := &queue{}, &functions{}
			bodies, events := letters(t, 5+rng.IntN(40))
			q.put(bodies...)
			for _, body := range bodies {
				if chance(3) {
					q.put(body)
				}
			}
			q.fail = func(operation string) error { // called with the lock held
				if chance(map[string]int{"receive": 20, "hide": 4, "delete": 4}[operation]) {
					return errDown
				}
				return nil
			}
			f.fail = func(string) error {
				if chance(4) {
					return errDown
				}
				return nil
			}
			accepted := map[string]bool{}
			f.accepted = func(payload string) { accepted[payload] = true } // called with the lock held
			var running sync.WaitGroup
			for range 3 {
				running.Go(func() {
					var outcomes []redrive.Result
					_, _ = sender(q, f, &outcomes).Run(t.Context()) // may fail, that is the point
					_, _, _ = redrive.List(t.Context(), box(q), nil)
				})
			}
			running.Wait()
			left := strings.Join(q.bodies(), "\n")
			for i, event := range events {
				if !accepted[event] && !strings.Contains(left, bodies[i]) {
					t.Errorf("seed %d: letter %d is lost", seed, i)
				}
			}
			time.Sleep(redrive.VisibilityTimeout)
			q.fail, f.fail = nil, nil
			var outcomes []redrive.Result
			if count, err := sender(q, f, &outcomes).Run(t.Context()); err != nil || count.Failed != 0 {
				t.Errorf("seed %d: in the end %+v, %v", seed, count, err)
			}
			if len(accepted) != len(events) || len(q.bodies()) != 0 {
				t.Errorf("seed %d: %d of %d were accepted, %d are left", seed, len(accepted), len(events), len(q.bodies()))
			}
		})
	}
}
