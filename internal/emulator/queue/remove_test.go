package queue_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/homing-dev/homing/internal/emulator/queue"
)

func TestADeletedMessageDoesNotComeBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := start(t, queue.Options{})
		f.send("a")
		m := f.one()
		time.Sleep(time.Minute)
		f.remove(m.ReceiptHandle) // late, but nobody received it meanwhile
		f.expect()
		f.remove(m.ReceiptHandle) // again
	})
}

func TestAnOldHandleDeletesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := start(t, queue.Options{})
		f.send("a")
		old := f.one()
		time.Sleep(30 * time.Second)
		latest := f.one()
		f.remove(old.ReceiptHandle)
		if got := f.service.Depth(name); got != 1 {
			t.Errorf("the queue has %d", got)
		}
		f.remove(latest.ReceiptHandle)
		if got := f.service.Depth(name); got != 0 {
			t.Errorf("the queue has %d", got)
		}
		_, err := f.client.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: f.url, ReceiptHandle: aws.String("nonsense")})
		fails(t, "nonsense", err, "ReceiptHandleIsInvalid")
	})
}

func TestABatchDeletesEachForItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := start(t, queue.Options{})
		f.send("a")
		f.send("b")
		f.send("c")
		got := f.receive()
		out, err := f.client.DeleteMessageBatch(t.Context(), &sqs.DeleteMessageBatchInput{QueueUrl: f.url, Entries: []types.DeleteMessageBatchRequestEntry{
			{Id: aws.String("1"), ReceiptHandle: got[0].ReceiptHandle},
			{Id: aws.String("2"), ReceiptHandle: aws.String("nonsense")},
			{Id: aws.String("3"), ReceiptHandle: got[2].ReceiptHandle},
		}})
		if err != nil || len(out.Successful) != 2 || len(out.Failed) != 1 || *out.Failed[0].Id != "2" || *out.Failed[0].Code != "ReceiptHandleIsInvalid" {
			t.Fatalf("got %+v, %v", out, err)
		}
		time.Sleep(30 * time.Second)
		f.expect("b")
	})
}

func TestPurgeEmptiesAQueue(t *testing.T) {
	t.Parallel()
	f := start(t, queue.Options{Queues: []string{"other"}})
	f.send("a")
	f.send("b")
	if err := f.service.Send(t.Context(), "other", []byte("c")); err != nil {
		t.Fatal(err)
	}
	if _, err := f.client.PurgeQueue(t.Context(), &sqs.PurgeQueueInput{QueueUrl: f.url}); err != nil {
		t.Fatal(err)
	}
	if a, b := f.service.Depth(name), f.service.Depth("other"); a != 0 || b != 1 {
		t.Errorf("got %d and %d", a, b)
	}
}
