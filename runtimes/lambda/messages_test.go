package lambda_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes/lambda"
)

// batch is an SQS event with the given bodies; their ids are m0, m1, ...
func batch(t *testing.T, bodies ...[]byte) []byte {
	t.Helper()
	var records []map[string]any
	for i, b := range bodies {
		records = append(records, map[string]any{
			"messageId": fmt.Sprintf("m%d", i), "eventSource": "aws:sqs", "body": string(b), "receiptHandle": "h", "attributes": map[string]any{},
		})
	}
	payload, err := json.Marshal(map[string]any{"Records": records})
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

// failures are the messages that are to be delivered again.
func failures(t *testing.T, s *lambda.Service, payload []byte) []string {
	t.Helper()
	answer, err := s.Invoke(t.Context(), payload)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		BatchItemFailures []struct {
			ItemIdentifier string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if err := json.Unmarshal(answer, &got); err != nil || got.BatchItemFailures == nil {
		t.Fatalf("%v: %s", err, answer)
	}
	ids := []string{}
	for _, f := range got.BatchItemFailures {
		ids = append(ids, f.ItemIdentifier)
	}
	return ids
}

func TestAPoisonMessageIsAnsweredAndNotDeliveredAgain(t *testing.T) {
	t.Parallel()
	s, store, _ := vertexOf(t, env{}, letters(), single("bad", func(context.Context, event.Event) (*event.Event, error) { panic("poison") }))
	good, poison, lost := request("letters.a,letters.b,"), request("bad.work,"), request("nobody.a,")
	if got := failures(t, s, batch(t, encode(t, good), encode(t, poison), encode(t, lost))); len(got) != 0 {
		t.Errorf("to be delivered again: %v", got)
	}
	if got := replyOf(t, store, good).Event; string(got.Data()) != "-ab" {
		t.Errorf("got %v", got)
	}
	problemIn(t, replyOf(t, store, poison).Event, 500)
	problemIn(t, replyOf(t, store, lost).Event, 404)
}

func TestOnlyWhatCouldNotBeDealtWithIsDeliveredAgain(t *testing.T) {
	t.Parallel()
	s, _, _ := vertexOf(t, env{}, letters(), single("bad", func(context.Context, event.Event) (*event.Event, error) {
		return nil, functions.Errorf(503, "later")
	}))
	got := failures(t, s, batch(t,
		encode(t, request("letters.a,")), []byte("no event"), encode(t, direct("letters.a,")), encode(t, direct("bad.work,")),
	))
	if want := []string{"m1", "m3"}; !slices.Equal(got, want) {
		t.Errorf("to be delivered again: %v, want %v", got, want)
	}
	if got := failures(t, s, []byte(`{"Records":[]}`)); len(got) != 0 {
		t.Errorf("of nothing: %v", got)
	}
}

func TestAMessageWhoseReplyCannotBeWrittenIsDeliveredAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, store, _ := vertexOf(t, env{}, letters())
		store.complete = func(int) error { return errors.New("down") }
		if got := failures(t, s, batch(t, encode(t, request("letters.a,")))); !slices.Equal(got, []string{"m0"}) {
			t.Errorf("to be delivered again: %v", got)
		}
	})
}

func TestAFewMessagesOfABatchAreHandledAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var running, most atomic.Int32
		s, _, _ := vertexOf(t, env{}, single("f", func(_ context.Context, in event.Event) (*event.Event, error) {
			most.Store(max(most.Load(), running.Add(1)))
			defer running.Add(-1)
			time.Sleep(time.Second)
			return &in, nil
		}))
		var bodies [][]byte
		for range 35 {
			bodies = append(bodies, encode(t, request("f.work,")))
		}
		start := time.Now()
		if got := failures(t, s, batch(t, bodies...)); len(got) != 0 || most.Load() != 10 || time.Since(start) != 4*time.Second {
			t.Errorf("%v, %d at once, in %s", got, most.Load(), time.Since(start))
		}
	})
}
