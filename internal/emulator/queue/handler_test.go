package queue_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/homing-dev/homing/internal/emulator/queue"
)

func TestAQueueThatIsNotThereIsAnErrorOfItsOwn(t *testing.T) {
	t.Parallel()
	f := start(t, queue.Options{})
	url, handle := aws.String("http://sqs.test/000000000000/nobody"), aws.String("x")
	ctx := t.Context()
	for what, call := range map[string]func() error{
		"SendMessage": func() error {
			_, err := f.client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: url, MessageBody: aws.String("a")})
			return err
		},
		"SendMessageBatch": func() error {
			_, err := f.client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: url, Entries: []types.SendMessageBatchRequestEntry{{Id: aws.String("1"), MessageBody: aws.String("a")}}})
			return err
		},
		"ReceiveMessage": func() error {
			_, err := f.client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: url, WaitTimeSeconds: 20})
			return err
		},
		"DeleteMessage": func() error {
			_, err := f.client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: url, ReceiptHandle: handle})
			return err
		},
		"ChangeMessageVisibility": func() error {
			_, err := f.client.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{QueueUrl: url, ReceiptHandle: handle, VisibilityTimeout: 1})
			return err
		},
		"GetQueueAttributes": func() error {
			_, err := f.client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: url})
			return err
		},
		"GetQueueUrl": func() error {
			_, err := f.client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String("nobody")})
			return err
		},
		"PurgeQueue": func() error {
			_, err := f.client.PurgeQueue(ctx, &sqs.PurgeQueueInput{QueueUrl: url})
			return err
		},
	} {
		err := call()
		if _, ok := errors.AsType[*types.QueueDoesNotExist](err); !ok {
			t.Errorf("%s: got %v", what, err)
		}
	}
	if f.service.Depth("nobody") != 0 || f.service.Bodies("nobody") != nil {
		t.Error("it has messages")
	}
}

func TestWhatIsNotServedIsAnError(t *testing.T) {
	t.Parallel()
	s := queue.New(queue.Options{Queues: []string{name}})
	for what, tt := range map[string]struct{ method, target, body, kind string }{
		"another action":  {http.MethodPost, "AmazonSQS.CreateQueue", "{}", "InvalidAction"},
		"another service": {http.MethodPost, "DynamoDB_20120810.SendMessage", "{}", "InvalidAction"},
		"no target":       {http.MethodPost, "", "Action=SendMessage", "InvalidAction"},
		"a GET":           {http.MethodGet, "AmazonSQS.ListQueues", "", "InvalidAction"},
		"no JSON":         {http.MethodPost, "AmazonSQS.SendMessage", "{", "SerializationException"},
		"wrong types":     {http.MethodPost, "AmazonSQS.ReceiveMessage", `{"WaitTimeSeconds":"1"}`, "SerializationException"},
		"no visibility":   {http.MethodPost, "AmazonSQS.ChangeMessageVisibility", `{"QueueUrl":"letters"}`, "MissingParameter"},
		"no queue":        {http.MethodPost, "AmazonSQS.SendMessage", "", "QueueDoesNotExist"},
	} {
		code, out := raw(t, s, tt.method, tt.target, tt.body)
		if code != http.StatusBadRequest || out["__type"] != "com.amazonaws.sqs#"+tt.kind || out["message"] == "" {
			t.Errorf("%s: %d %v", what, code, out)
		}
	}
	if code, out := raw(t, s, http.MethodPost, "AmazonSQS.ListQueues", ""); code != http.StatusOK || len(out["QueueUrls"].([]any)) != 1 {
		t.Errorf("%d %v", code, out)
	}
}

func FuzzHandler(f *testing.F) {
	for _, action := range []string{
		"SendMessage", "SendMessageBatch", "ReceiveMessage", "DeleteMessage", "DeleteMessageBatch",
		"ChangeMessageVisibility", "GetQueueAttributes", "GetQueueUrl", "ListQueues", "PurgeQueue",
	} {
		f.Add(action, `{"QueueUrl":"letters","QueueName":"letters","MessageBody":"b","ReceiptHandle":"YS8x","VisibilityTimeout":1,`+
			`"AttributeNames":["All"],"MaxNumberOfMessages":10}`)
		f.Add(action, `{"QueueUrl":"letters","Entries":[{"Id":"1","MessageBody":"b","ReceiptHandle":"YS8x"}]}`)
		f.Add(action, `null`)
	}
	f.Fuzz(func(t *testing.T, action, body string) {
		ctx, leave := context.WithCancel(t.Context())
		leave() // so that nothing waits for a message
		s := queue.New(queue.Options{Queues: []string{name}})
		for range 2 { // also with what the first one has left
			r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", strings.NewReader(body))
			r.Header.Set("X-Amz-Target", "AmazonSQS."+action)
			w := httptest.NewRecorder()
			s.Handler().ServeHTTP(w, r)
			var out map[string]any
			if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || w.Code != http.StatusOK && out["__type"] == nil {
				t.Fatalf("%d %s: %v", w.Code, w.Body, err)
			}
		}
	})
}
