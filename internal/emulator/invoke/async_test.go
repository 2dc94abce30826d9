package invoke_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/homing-dev/homing/internal/emulator/invoke"
)

const (
	failureQueue = "arn:aws:sqs:us-east-1:000000000000:failures"
	successQueue = "arn:aws:sqs:us-east-1:000000000000:successes"
	letterQueue  = "arn:aws:sqs:us-east-1:000000000000:letters"
)

// queues keeps what is sent.
type queues struct {
	mu    sync.Mutex
	sent  map[string][]string
	fails int // that many sends first
}

func (q *queues) send(_ context.Context, arn string, body []byte) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.fails > 0 {
		q.fails--
		return errors.New("the queue is away")
	}
	if q.sent == nil {
		q.sent = map[string][]string{}
	}
	q.sent[arn] = append(q.sent[arn], string(body))
	return nil
}

func (q *queues) in(arn string) []string {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.sent[arn]
}

// record is a destination record.
type record struct {
	Version        string `json:"version"`
	Timestamp      string `json:"timestamp"`
	RequestContext struct {
		RequestID              string `json:"requestId"` //nolint:tagliatelle // Lambda's
		FunctionArn            string `json:"functionArn"`
		Condition              string `json:"condition"`
		ApproximateInvokeCount int    `json:"approximateInvokeCount"`
	} `json:"requestContext"`
	RequestPayload  json.RawMessage `json:"requestPayload"`
	ResponseContext *struct {
		StatusCode      int    `json:"statusCode"`
		ExecutedVersion string `json:"executedVersion"`
		FunctionError   string `json:"functionError"`
	} `json:"responseContext"`
	ResponsePayload json.RawMessage `json:"responsePayload"`
}

func only(t *testing.T, bodies []string) record {
	t.Helper()
	if len(bodies) != 1 {
		t.Fatalf("got %d records: %q", len(bodies), bodies)
	}
	var r record
	dec := json.NewDecoder(strings.NewReader(bodies[0]))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		t.Fatalf("%s: %v", bodies[0], err)
	}
	return r
}

var quick = []time.Duration{time.Millisecond}

func TestAnEventIsAcceptedBeforeItRuns(t *testing.T) {
	t.Parallel()
	s := service(t, invoke.Function{}, invoke.Options{})
	gate := file(t)
	if err := s.InvokeAsync(name, task{Do: "wait", Path: gate}.payload()); err != nil {
		t.Fatal(err)
	}
	working(t, gate, 1)
	if got := s.Stats(name); got.Queued != 1 || got.Events != 1 {
		t.Errorf("got %+v", got)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := s.Drain(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("drained while it runs: %v", err)
	}
	touch(t, gate)
	drain(t, s)
	if got := s.Stats(name); got.Queued != 0 || got.Failed != 0 || got.Retries != 0 {
		t.Errorf("got %+v", got)
	}
	rejected(t, s.InvokeAsync("nobody", nil), "ResourceNotFoundException")
}

func TestFailedEventsAreRetriedAsOftenAsTheFunctionHasIt(t *testing.T) {
	t.Parallel()
	for what, tt := range map[string]struct {
		mode      string
		retries   int
		runs      int
		condition string
	}{
		"no retry":             {"fail-once", 0, 1, "RetriesExhausted"},
		"one retry helps":      {"fail-once", 1, 2, "Success"},
		"one retry is too few": {"fail-twice", 1, 2, "RetriesExhausted"},
		"two retries help":     {"fail-twice", 2, 3, "Success"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			q, witness := &queues{}, file(t)
			s := service(t, invoke.Function{
				Retries: tt.retries, Env: map[string]string{"MODE": tt.mode, "WITNESS": witness},
				OnFailure: failureQueue, OnSuccess: successQueue, DeadLetter: letterQueue,
			}, invoke.Options{Send: q.send, RetryDelays: quick})
			payload := string(task{Do: "echo"}.payload())
			if err := s.InvokeAsync(name, []byte(payload)); err != nil {
				t.Fatal(err)
			}
			drain(t, s)
			lines, err := os.ReadFile(witness)
			if err != nil {
				t.Fatal(err)
			}
			ids := strings.Fields(string(lines))
			if len(ids) != tt.runs || len(slices.Compact(slices.Clone(ids))) != 1 {
				t.Errorf("ran as %q, want %d runs under one id", ids, tt.runs)
			}
			queue, letters, functionError := successQueue, 0, ""
			if tt.condition != "Success" {
				queue, letters, functionError = failureQueue, 1, invoke.Unhandled
			}
			got := only(t, q.in(queue))
			if got.Version != "1.0" || got.RequestContext.RequestID != ids[0] || got.RequestContext.Condition != tt.condition ||
				got.RequestContext.ApproximateInvokeCount != tt.runs || string(got.RequestPayload) != payload ||
				got.RequestContext.FunctionArn != "arn:aws:lambda:us-east-1:000000000000:function:letters:$LATEST" {
				t.Errorf("got %+v", got)
			}
			if _, err := time.Parse("2006-01-02T15:04:05.000Z", got.Timestamp); err != nil {
				t.Error(err)
			}
			if c := got.ResponseContext; c == nil || c.StatusCode != 200 || c.ExecutedVersion != "$LATEST" || c.FunctionError != functionError {
				t.Errorf("got %+v", c)
			}
			if functionError != "" && string(got.ResponsePayload) != `{"errorMessage":"not yet","errorType":"errorString"}` {
				t.Errorf("got %s", got.ResponsePayload)
			}
			if in := q.in(letterQueue); len(in) != letters || letters == 1 && in[0] != payload {
				t.Errorf("the dead-letter queue has %q", in)
			}
			if stats := s.Stats(name); stats.Retries != tt.runs-1 || stats.Failed != letters {
				t.Errorf("got %+v", stats)
			}
		})
	}
}

func TestAKilledEventIsRetriedAndItsRecordHasHowItEnded(t *testing.T) {
	t.Parallel()
	for what, tt := range map[string]struct {
		limit time.Duration
		want  string
	}{
		"exit":  {long, `Error: Runtime exited with error: exit status 3"}`},
		"sleep": {300 * time.Millisecond, `Error: Task timed out after 0.30 seconds"}`},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			q := &queues{}
			s := service(t, invoke.Function{Timeout: tt.limit, Retries: 1, OnFailure: failureQueue},
				invoke.Options{Send: q.send, RetryDelays: quick})
			if err := s.InvokeAsync(name, task{Do: what, N: 3, MS: 60_000}.payload()); err != nil {
				t.Fatal(err)
			}
			drain(t, s)
			got := only(t, q.in(failureQueue))
			if !strings.HasSuffix(string(got.ResponsePayload), tt.want) || got.RequestContext.ApproximateInvokeCount != 2 {
				t.Errorf("got %s after %d runs", got.ResponsePayload, got.RequestContext.ApproximateInvokeCount)
			}
			if stats := s.Stats(name); stats.ColdStarts != 2 {
				t.Errorf("got %+v", stats)
			}
		})
	}
}

func TestADestinationMayBeAFunction(t *testing.T) {
	t.Parallel()
	witness := file(t)
	failure := invoke.Function{Name: "failure", Dir: t.TempDir(), Bootstrap: program, Env: map[string]string{"MODE": "fail-once", "WITNESS": witness}}
	arn := "arn:aws:lambda:us-east-1:000000000000:function:failure"
	q := &queues{}
	failure.OnFailure = failureQueue
	s := service(t, invoke.Function{OnFailure: arn}, invoke.Options{Functions: []invoke.Function{failure}, Send: q.send})
	if err := s.InvokeAsync(name, task{Do: "error"}.payload()); err != nil {
		t.Fatal(err)
	}
	drain(t, s)
	outer := only(t, q.in(failureQueue)) // the destination failed too, and its record has the first one in it
	inner := only(t, []string{string(outer.RequestPayload)})
	if outer.RequestContext.FunctionArn != arn+":$LATEST" || string(inner.RequestPayload) != `{"do":"error"}` {
		t.Errorf("got %+v in %+v", inner, outer)
	}
}

func TestEventsWaitWhereInvocationsAreThrottled(t *testing.T) {
	t.Parallel()
	s := service(t, invoke.Function{Reserved: 1}, invoke.Options{})
	gate := file(t)
	for range 5 {
		if err := s.InvokeAsync(name, task{Do: "wait", Path: gate}.payload()); err != nil {
			t.Fatal(err)
		}
	}
	working(t, gate, 1)
	_, err := s.Invoke(t.Context(), name, nil)
	rejected(t, err, "TooManyRequestsException")
	touch(t, gate)
	drain(t, s)
	if got := s.Stats(name); got.ColdStarts != 1 || got.Invocations != 5 || got.Failed != 0 {
		t.Errorf("got %+v", got)
	}
}

func TestAnEventThatGetsTooOldIsGivenUp(t *testing.T) {
	t.Parallel()
	t.Run("waiting for room", func(t *testing.T) {
		t.Parallel()
		q, gate := &queues{}, file(t)
		s := service(t, invoke.Function{Reserved: 1, MaxAge: 200 * time.Millisecond, OnFailure: failureQueue, DeadLetter: letterQueue},
			invoke.Options{Send: q.send})
		done := make(chan seen)
		go func() { done <- do(t, s, task{Do: "wait", Path: gate}) }()
		working(t, gate, 1)
		if err := s.InvokeAsync(name, task{Do: "echo"}.payload()); err != nil {
			t.Fatal(err)
		}
		drain(t, s)
		got := only(t, q.in(failureQueue))
		if got.RequestContext.Condition != "EventAgeExceeded" || got.RequestContext.ApproximateInvokeCount != 0 ||
			got.ResponseContext != nil || got.ResponsePayload != nil || len(q.in(letterQueue)) != 1 {
			t.Errorf("got %+v", got)
		}
		touch(t, gate)
		<-done
	})
	t.Run("waiting for its retry", func(t *testing.T) {
		t.Parallel()
		q := &queues{}
		s := service(t, invoke.Function{Retries: 2, MaxAge: short, OnFailure: failureQueue},
			invoke.Options{Send: q.send}) // the first retry is after a minute
		if err := s.InvokeAsync(name, task{Do: "error"}.payload()); err != nil {
			t.Fatal(err)
		}
		drain(t, s)
		got := only(t, q.in(failureQueue))
		if got.RequestContext.Condition != "EventAgeExceeded" || got.RequestContext.ApproximateInvokeCount != 1 || got.ResponseContext == nil {
			t.Errorf("got %+v", got)
		}
	})
}

func TestTheQueueIsBounded(t *testing.T) {
	t.Parallel()
	s := service(t, invoke.Function{}, invoke.Options{QueueLimit: 2})
	gate := file(t)
	for range 2 {
		if err := s.InvokeAsync(name, task{Do: "wait", Path: gate}.payload()); err != nil {
			t.Fatal(err)
		}
	}
	rejected(t, s.InvokeAsync(name, nil), "TooManyRequestsException")
	touch(t, gate)
	drain(t, s)
	if err := s.InvokeAsync(name, nil); err != nil {
		t.Error(err)
	}
	drain(t, s)
}

func TestEventsAreDeliveredTwiceIfATestWantsIt(t *testing.T) {
	t.Parallel()
	q := &queues{}
	s := service(t, invoke.Function{OnSuccess: successQueue}, invoke.Options{Send: q.send, Duplicate: func(f string) int {
		if f != name {
			t.Errorf("asked for %q", f)
		}
		return 2
	}})
	if err := s.InvokeAsync(name, nil); err != nil {
		t.Fatal(err)
	}
	drain(t, s)
	in := q.in(successQueue)
	if len(in) != 2 {
		t.Fatalf("got %q", in)
	}
	if a, b := only(t, in[:1]), only(t, in[1:]); a.RequestContext.RequestID != b.RequestContext.RequestID {
		t.Errorf("delivered as %s and %s", a.RequestContext.RequestID, b.RequestContext.RequestID)
	}
}

func TestRecordsSurviveAQueueThatIsAwayForAMoment(t *testing.T) {
	t.Parallel()
	for fails, lost := range map[int]int{2: 0, 3: 1} {
		q := &queues{fails: fails}
		s := service(t, invoke.Function{OnFailure: failureQueue}, invoke.Options{Send: q.send})
		if err := s.InvokeAsync(name, task{Do: "error"}.payload()); err != nil {
			t.Fatal(err)
		}
		drain(t, s)
		if got := s.Stats(name).Dropped; got != lost || len(q.in(failureQueue)) != 1-lost {
			t.Errorf("%d failed sends: %d lost, %d there", fails, got, len(q.in(failureQueue)))
		}
	}
}

func TestARecordWithoutADestinationThatTakesItIsCounted(t *testing.T) {
	t.Parallel()
	for _, destination := range []string{failureQueue, "arn:aws:lambda:us-east-1:000000000000:function:nobody"} {
		s := service(t, invoke.Function{OnFailure: destination}, invoke.Options{})
		if err := s.InvokeAsync(name, task{Do: "error"}.payload()); err != nil {
			t.Fatal(err)
		}
		drain(t, s)
		if got := s.Stats(name).Dropped; got != 1 {
			t.Errorf("%s: %d lost", destination, got)
		}
	}
}

func TestAnAnswerThatIsNoJSONIsATextInTheRecord(t *testing.T) {
	t.Parallel()
	q := &queues{}
	s := service(t, invoke.Function{OnSuccess: successQueue}, invoke.Options{Send: q.send})
	if err := s.InvokeAsync(name, task{Do: "large", N: 3}.payload()); err != nil {
		t.Fatal(err)
	}
	drain(t, s)
	if got := only(t, q.in(successQueue)); string(got.ResponsePayload) != `"xxx"` {
		t.Errorf("got %s", got.ResponsePayload)
	}
}

func TestCloseGivesUpWhatIsQueued(t *testing.T) {
	t.Parallel()
	q := &queues{}
	s := service(t, invoke.Function{Reserved: 1, Retries: 2, OnFailure: failureQueue}, invoke.Options{Send: q.send})
	gate := file(t)
	for range 3 {
		if err := s.InvokeAsync(name, task{Do: "wait", Path: gate}.payload()); err != nil {
			t.Fatal(err)
		}
	}
	working(t, gate, 1)
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := s.Stats(name); got.Queued != 0 || got.Environments != 0 || len(q.in(failureQueue)) != 0 {
		t.Errorf("got %+v, %q", got, q.in(failureQueue))
	}
}
