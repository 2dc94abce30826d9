package queue_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"

	"github.com/homing-dev/homing/internal/emulator/queue"
	"github.com/homing-dev/homing/tests/leaks"
)

func TestMain(m *testing.M) { leaks.Main(m) }

const name = "letters"

// direct calls a handler without a network, so that time can be simulated.
type direct struct{ handler http.Handler }

func (d direct) Do(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	if r.Body == nil {
		r.Body = http.NoBody
	}
	d.handler.ServeHTTP(w, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return w.Result(), nil
}

// fixture is a queue and the SDK's client of it.
type fixture struct {
	*testing.T

	service *queue.Service
	client  *sqs.Client
	url     *string
}

func start(t *testing.T, opts queue.Options) fixture {
	t.Helper()
	opts.Queues = append(opts.Queues, name)
	s := queue.New(opts)
	c := sqs.New(sqs.Options{
		BaseEndpoint: aws.String("http://sqs.test"), Region: "us-east-1", RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("k", "s", ""), HTTPClient: direct{s.Handler()},
	})
	out, err := c.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String(name)})
	if err != nil {
		t.Fatal(err)
	}
	return fixture{t, s, c, out.QueueUrl}
}

func (f fixture) send(body string) {
	f.Helper()
	if _, err := f.client.SendMessage(f.Context(), &sqs.SendMessageInput{QueueUrl: f.url, MessageBody: &body}); err != nil {
		f.Fatal(err)
	}
}

func (f fixture) receive(change ...func(*sqs.ReceiveMessageInput)) []types.Message {
	f.Helper()
	in := &sqs.ReceiveMessageInput{QueueUrl: f.url, MaxNumberOfMessages: 10}
	for _, c := range change {
		c(in)
	}
	out, err := f.client.ReceiveMessage(f.Context(), in)
	if err != nil {
		f.Fatal(err)
	}
	return out.Messages
}

func (f fixture) one(change ...func(*sqs.ReceiveMessageInput)) types.Message {
	f.Helper()
	got := f.receive(change...)
	if len(got) != 1 {
		f.Fatalf("got %q, want one", bodies(got))
	}
	return got[0]
}

func (f fixture) expect(want ...string) {
	f.Helper()
	if got := bodies(f.receive()); !slices.Equal(got, want) {
		f.Errorf("got %q, want %q", got, want)
	}
}

func (f fixture) remove(handle *string) {
	f.Helper()
	if _, err := f.client.DeleteMessage(f.Context(), &sqs.DeleteMessageInput{QueueUrl: f.url, ReceiptHandle: handle}); err != nil {
		f.Error(err)
	}
}

func (f fixture) hide(handle *string, seconds int32) error {
	f.Helper()
	_, err := f.client.ChangeMessageVisibility(f.Context(), &sqs.ChangeMessageVisibilityInput{
		QueueUrl: f.url, ReceiptHandle: handle, VisibilityTimeout: seconds,
	})
	return err
}

func bodies(messages []types.Message) []string {
	var list []string
	for _, m := range messages {
		list = append(list, *m.Body)
	}
	return list
}

// fails checks the code of an error of the SDK.
func fails(t *testing.T, what string, err error, code string) {
	t.Helper()
	var e smithy.APIError
	if !errors.As(err, &e) || e.ErrorCode() != code || e.ErrorMessage() == "" {
		t.Errorf("%s: got %v, want %s", what, err, code)
	}
}

// raw calls without the SDK.
func raw(t *testing.T, s *queue.Service, method, target, body string) (int, map[string]any) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "/", strings.NewReader(body))
	r.Header.Set("X-Amz-Target", target)
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	var out map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	return w.Code, out
}
