package queue_test

import (
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/homing-dev/homing/internal/emulator/queue"
)

func TestAQueueHasItsAttributes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		created := strconv.FormatInt(time.Now().Unix(), 10)
		f := start(t, queue.Options{Attributes: map[string]queue.Attributes{name: {
			Visibility: time.Minute, Retention: time.Hour, DeadLetter: "arn:aws:sqs:us-east-1:000000000000:dead", MaxReceives: 3,
		}}})
		for range 3 {
			f.send("a")
		}
		f.one(func(in *sqs.ReceiveMessageInput) { in.MaxNumberOfMessages = 1 })
		if _, err := f.client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: f.url, MessageBody: aws.String("a"), DelaySeconds: 9}); err != nil {
			t.Fatal(err)
		}
		get := func(names ...types.QueueAttributeName) (*sqs.GetQueueAttributesOutput, error) {
			return f.client.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: f.url, AttributeNames: names})
		}
		out, err := get("All")
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{
			"ApproximateNumberOfMessages": "2", "ApproximateNumberOfMessagesNotVisible": "1", "ApproximateNumberOfMessagesDelayed": "1",
			"CreatedTimestamp": created, "LastModifiedTimestamp": created, "QueueArn": "arn:aws:sqs:us-east-1:000000000000:letters",
			"VisibilityTimeout": "60", "MessageRetentionPeriod": "3600", "MaximumMessageSize": "1048576",
			"DelaySeconds": "0", "ReceiveMessageWaitTimeSeconds": "0",
			"RedrivePolicy": `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":3}`,
		}
		for k, v := range want {
			if out.Attributes[k] != v {
				t.Errorf("%s is %s, want %s", k, out.Attributes[k], v)
			}
		}
		if len(out.Attributes) != len(want) {
			t.Errorf("got %v", out.Attributes)
		}
		if one, err := get("QueueArn"); err != nil || len(one.Attributes) != 1 {
			t.Errorf("got %v, %v", one, err)
		}
		_, err = get("Nonsense")
		fails(t, "nonsense", err, "InvalidAttributeName")
		if f.service.Depth(name) != 4 {
			t.Errorf("got %d", f.service.Depth(name))
		}
	})
}

func TestQueuesAreListed(t *testing.T) {
	t.Parallel()
	f := start(t, queue.Options{Queues: []string{"b", "a", "lists"}, URL: "http://127.0.0.1:9324/", Account: "1"})
	for prefix, want := range map[string][]string{
		"":    {"http://127.0.0.1:9324/1/a", "http://127.0.0.1:9324/1/b", "http://127.0.0.1:9324/1/letters", "http://127.0.0.1:9324/1/lists"},
		"li":  {"http://127.0.0.1:9324/1/lists"},
		"xyz": {},
	} {
		out, err := f.client.ListQueues(t.Context(), &sqs.ListQueuesInput{QueueNamePrefix: &prefix})
		if err != nil || !slices.Equal(out.QueueUrls, want) {
			t.Errorf("%q: got %v, %v", prefix, out, err)
		}
	}
	if got := f.service.URL("a"); got != "http://127.0.0.1:9324/1/a" {
		t.Errorf("got %s", got)
	}
}
