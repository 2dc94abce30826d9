package redrive_test

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/cmd/homing/internal/redrive"
	"github.com/homing-dev/homing/internal/deadletter"
	"github.com/homing-dev/homing/internal/deadletter/sqsqueue"
	emulated "github.com/homing-dev/homing/internal/emulator/queue"
)

// onSQS is a queue behind the SDK's client and the protocol of SQS.
func onSQS(t *testing.T) (redrive.Box, *sqs.Client, *emulated.Service) {
	t.Helper()
	service := emulated.New(emulated.Options{Queues: []string{"letters"}})
	server := httptest.NewServer(service.Handler())
	t.Cleanup(server.Close)
	client := sqs.New(sqs.Options{
		Region: "eu-west-1", BaseEndpoint: aws.String(server.URL), HTTPClient: server.Client(),
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
	})
	return redrive.Box{Queue: client, URL: server.URL + "/" + emulated.DefaultAccount + "/letters"}, client, service
}

// TestDeadRequestsComeHomeOnSQS is the whole way: requests die, are kept and
// answered, listed, and sent again, with the SDK and the protocol of SQS.
func TestDeadRequestsComeHomeOnSQS(t *testing.T) {
	t.Parallel()
	b, client, service := onSQS(t)
	store := memory.New(memory.Options{})
	h := deadletter.New(deadletter.Options{Queue: sqsqueue.Queue{Client: client, URL: b.URL}, Store: store})
	const requests = 23
	var ids []reply.ID
	var events []string
	for i := range requests {
		id := newID()
		event := eventOf(id, time.Now().Add(time.Hour))
		ids, events = append(ids, id), append(events, event)
		for range 1 + i%2 { // every other record comes twice
			if err := h.Handle(t.Context(), []byte(recordOf(fmt.Sprint("invocation-", i), event, time.Now()))); err != nil {
				t.Fatal(err)
			}
		}
	}
	raw := recordOf("outer", recordOf("invocation-0", events[0], time.Now()), time.Now())
	if err := service.Send(t.Context(), service.ARN("letters"), []byte(raw)); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if got, err := store.Lookup(t.Context(), id); err != nil || got.State != reply.Completed {
			t.Errorf("got %+v, %v", got, err)
		}
	}
	before := sorted(service.Bodies("letters"))

	entries, hidden, err := redrive.List(t.Context(), b, nil)
	if err != nil || len(entries) != requests || hidden != 0 {
		t.Fatalf("got %d letters, %d hidden, %v", len(entries), hidden, err)
	}
	if after := sorted(service.Bodies("letters")); !slices.Equal(before, after) {
		t.Errorf("the list changed %d messages to %d", len(before), len(after))
	}

	var mu sync.Mutex
	f := &functions{}
	var outcomes []redrive.Result
	var running sync.WaitGroup
	var sent int
	for range 2 { // two people have the same idea
		running.Go(func() {
			s := redrive.Sender{Box: b, Lambda: f, Done: func(o redrive.Result) {
				mu.Lock()
				defer mu.Unlock()
				outcomes = append(outcomes, o)
			}}
			count, err := s.Run(t.Context())
			mu.Lock()
			defer mu.Unlock()
			if sent += count.Sent; err != nil || count.Failed != 0 {
				t.Errorf("got %+v, %v", count, err)
			}
		})
	}
	running.Wait()
	// Copies that went to different people are sent by both.
	if got := slices.Compact(sorted(f.invoked)); !slices.Equal(got, sorted(events)) || service.Depth("letters") != 0 {
		t.Errorf("%d events were sent, %d messages are left", len(got), service.Depth("letters"))
	}
	if sent != len(f.invoked) || len(outcomes) != sent {
		t.Errorf("%d were counted, %d told and %d sent", sent, len(outcomes), len(f.invoked))
	}
}

func TestLargestLettersFitIntoSQS(t *testing.T) {
	t.Parallel()
	b, client, service := onSQS(t)
	h := deadletter.New(deadletter.Options{Queue: sqsqueue.Queue{Client: client, URL: b.URL}, Store: memory.New(memory.Options{})})
	for _, size := range []int{1<<20 - 16<<10, 1 << 20} {
		event := strings.Replace(eventOf(newID(), time.Now().Add(time.Hour)), `{"a": 1}`, `"`+strings.Repeat("x", size)+`"`, 1)
		if err := h.Handle(t.Context(), []byte(recordOf(fmt.Sprint(size), event, time.Now()))); err != nil {
			t.Errorf("%d bytes of data: %v", size, err)
		}
	}
	whole := 0
	for _, text := range service.Bodies("letters") {
		l, err := deadletter.Open(text)
		if err != nil {
			t.Fatal(err)
		}
		if len(l.LeftOut) == 0 {
			whole++
		}
	}
	if whole != 1 || service.Depth("letters") != 2 {
		t.Errorf("%d of %d letters are whole", whole, service.Depth("letters"))
	}
}
