package queue_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/homing-dev/homing/internal/emulator/queue"
)

// The SDK checks the MD5 of every body, both ways.
func TestBodiesSurvive(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"a", "tab\tline\r\n", "ü€𝄞", `{"a":"<&>"}`, "\u2028", strings.Repeat("x", queue.MaxMessage)} {
		f := start(t, queue.Options{})
		f.send(body)
		if got := *f.one().Body; got != body {
			t.Errorf("got %.20q, want %.20q", got, body)
		}
	}
}

func TestWhatIsNoMessageIsRejected(t *testing.T) {
	t.Parallel()
	f := start(t, queue.Options{})
	for what, tt := range map[string]struct {
		in   sqs.SendMessageInput
		code string
	}{
		"empty":         {sqs.SendMessageInput{MessageBody: aws.String("")}, "MissingParameter"},
		"too large":     {sqs.SendMessageInput{MessageBody: aws.String(strings.Repeat("x", queue.MaxMessage+1))}, "InvalidParameterValue"},
		"far too large": {sqs.SendMessageInput{MessageBody: aws.String(strings.Repeat("x", 8*queue.MaxMessage))}, "InvalidParameterValue"},
		"a zero":        {sqs.SendMessageInput{MessageBody: aws.String("a\x00b")}, "InvalidMessageContents"},
		"an escape":     {sqs.SendMessageInput{MessageBody: aws.String("\x1b[0m")}, "InvalidMessageContents"},
		"no character":  {sqs.SendMessageInput{MessageBody: aws.String("\uffff")}, "InvalidMessageContents"},
		"too late":      {sqs.SendMessageInput{MessageBody: aws.String("a"), DelaySeconds: 901}, "InvalidParameterValue"},
		"with attributes": {sqs.SendMessageInput{
			MessageBody:       aws.String(strings.Repeat("x", queue.MaxMessage)),
			MessageAttributes: map[string]types.MessageAttributeValue{"a": {DataType: aws.String("String"), StringValue: aws.String("b")}},
		}, "InvalidParameterValue"},
	} {
		tt.in.QueueUrl = f.url
		_, err := f.client.SendMessage(t.Context(), &tt.in)
		fails(t, what, err, tt.code)
	}
	if got := f.service.Depth(name); got != 0 {
		t.Errorf("the queue has %d", got)
	}
}

func TestMessageAttributesAreSentToWhoAsks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := start(t, queue.Options{})
		_, err := f.client.SendMessage(t.Context(), &sqs.SendMessageInput{
			QueueUrl: f.url, MessageBody: aws.String("a"), MessageAttributes: map[string]types.MessageAttributeValue{
				"trace.id": {DataType: aws.String("String"), StringValue: aws.String("1")},
				"bytes":    {DataType: aws.String("Binary"), BinaryValue: []byte{0, 255}},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		for asked, want := range map[string][]string{"All": {"bytes", "trace.id"}, ".*": {"bytes", "trace.id"}, "trace.*": {"trace.id"}, "bytes": {"bytes"}, "x": nil} {
			m := f.one(func(in *sqs.ReceiveMessageInput) { in.MessageAttributeNames = []string{asked} })
			var got []string
			for k := range m.MessageAttributes {
				got = append(got, k)
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s: got %q", asked, got)
			}
			if b := m.MessageAttributes["bytes"]; asked == "All" && !slices.Equal(b.BinaryValue, []byte{0, 255}) {
				t.Errorf("got %+v", b)
			}
			time.Sleep(time.Minute)
		}
	})
}

func TestSendFindsAQueueByItsARN(t *testing.T) {
	t.Parallel()
	f := start(t, queue.Options{Region: "eu-west-1", Account: "123456789012"})
	for _, where := range []string{"arn:aws:sqs:eu-west-1:123456789012:letters", "https://x/123456789012/letters", name} {
		if err := f.service.Send(t.Context(), where, []byte(where)); err != nil {
			t.Error(err)
		}
	}
	if got := f.service.ARN(name); got != "arn:aws:sqs:eu-west-1:123456789012:letters" {
		t.Errorf("got %s", got)
	}
	if got := f.service.Depth(name); got != 3 {
		t.Errorf("got %d", got)
	}
	var e *queue.Error
	if err := f.service.Send(t.Context(), "arn:aws:sqs:eu-west-1:123456789012:nobody", nil); !errors.As(err, &e) || e.Type != "QueueDoesNotExist" {
		t.Errorf("got %v", err)
	}
	if err := f.service.Send(t.Context(), name, []byte{0xff}); !errors.As(err, &e) || e.Type != "InvalidMessageContents" {
		t.Errorf("got %v", err)
	}
}

func TestABatchSendsEachForItself(t *testing.T) {
	t.Parallel()
	f := start(t, queue.Options{})
	entry := func(id, body string) types.SendMessageBatchRequestEntry {
		return types.SendMessageBatchRequestEntry{Id: &id, MessageBody: &body}
	}
	send := func(entries ...types.SendMessageBatchRequestEntry) (*sqs.SendMessageBatchOutput, error) {
		entries = append([]types.SendMessageBatchRequestEntry{}, entries...) // nil is rejected by the SDK itself
		return f.client.SendMessageBatch(t.Context(), &sqs.SendMessageBatchInput{QueueUrl: f.url, Entries: entries})
	}
	out, err := send(entry("1", "a"), entry("2", "\x00"), entry("3", "c"))
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Successful) != 2 || len(out.Failed) != 1 || *out.Failed[0].Id != "2" || !out.Failed[0].SenderFault || *out.Failed[0].Code != "InvalidMessageContents" {
		t.Errorf("got %+v", out)
	}
	f.expect("a", "c")
	_, err = send()
	fails(t, "empty", err, "AWS.SimpleQueueService.EmptyBatchRequest")
	_, err = send(entry("1", "a"), entry("1", "b"))
	fails(t, "same ids", err, "AWS.SimpleQueueService.BatchEntryIdsNotDistinct")
	_, err = send(entry("1", strings.Repeat("x", queue.MaxMessage)), entry("2", "b"))
	fails(t, "too large", err, "AWS.SimpleQueueService.BatchRequestTooLong")
	var many []types.SendMessageBatchRequestEntry
	for i := range 11 {
		many = append(many, entry(strconv.Itoa(i), "x"))
	}
	_, err = send(many...)
	fails(t, "eleven", err, "AWS.SimpleQueueService.TooManyEntriesInBatchRequest")
}

func TestTheHandlerWorksOverTheNetwork(t *testing.T) {
	t.Parallel()
	s := queue.New(queue.Options{Queues: []string{name}})
	srv := httptest.NewServer(s.Handler())
	defer srv.Close()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	c := sqs.New(sqs.Options{
		BaseEndpoint: &srv.URL, Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("k", "s", ""),
		HTTPClient: &http.Client{Transport: transport},
	})
	out, err := c.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String(name)})
	if err != nil || *out.QueueUrl != srv.URL+"/000000000000/letters" {
		t.Fatalf("got %v, %v", out, err)
	}
	received := make(chan *sqs.ReceiveMessageOutput)
	go func() {
		got, err := c.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: out.QueueUrl, WaitTimeSeconds: 20})
		if err != nil {
			t.Error(err)
		}
		received <- got
	}()
	if _, err := c.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: out.QueueUrl, MessageBody: aws.String("a")}); err != nil {
		t.Fatal(err)
	}
	if got := <-received; got == nil || len(got.Messages) != 1 || *got.Messages[0].Body != "a" {
		t.Errorf("got %+v", got)
	}
}
