package redrive_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/cmd/homing/internal/redrive"
	"github.com/homing-dev/homing/internal/deadletter"
)

const (
	queueURL    = "https://sqs.eu-west-1.amazonaws.com/123456789012/letters"
	functionARN = "arn:aws:lambda:eu-west-1:123456789012:function:quote-vertex"
)

var errDown = errors.New("down")

// queue is a standard queue of SQS in memory: messages that were received are
// hidden until their visibility timeout, and a receipt is good for the last
// receive only.
type queue struct {
	mu       sync.Mutex
	next     int
	messages []*held
	// fail, if set, may fail an operation on a message.
	fail func(operation string) error
	// forgotten is how many deletions are forgotten: the message comes again.
	forgotten int
	// opaque hides the attributes of the queue.
	opaque bool
}

type held struct {
	id, body, receipt string
	sent, visible     time.Time
	receives          int
}

func (q *queue) put(bodies ...string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, body := range bodies {
		q.next++
		q.messages = append(q.messages, &held{id: fmt.Sprintf("message-%03d", q.next), body: body, sent: time.Now()})
	}
}

func (q *queue) failing(operation string) error {
	if q.fail == nil {
		return nil
	}
	return q.fail(operation)
}

func (q *queue) ReceiveMessage(
	ctx context.Context, in *sqs.ReceiveMessageInput, _ ...func(*sqs.Options),
) (*sqs.ReceiveMessageOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.failing("receive"); err != nil {
		return nil, err
	}
	var out sqs.ReceiveMessageOutput
	for _, m := range q.messages {
		if len(out.Messages) == int(in.MaxNumberOfMessages) {
			break
		}
		if m.visible.After(time.Now()) {
			continue
		}
		m.receives++
		m.receipt = m.id + "/" + strconv.Itoa(m.receives)
		m.visible = time.Now().Add(time.Duration(in.VisibilityTimeout) * time.Second)
		out.Messages = append(out.Messages, types.Message{
			MessageId: aws.String(m.id), Body: aws.String(m.body), ReceiptHandle: aws.String(m.receipt),
			Attributes: map[string]string{"SentTimestamp": strconv.FormatInt(m.sent.UnixMilli(), 10)},
		})
	}
	return &out, nil
}

func (q *queue) of(receipt string) (int, *held) {
	for i, m := range q.messages {
		if m.receipt == receipt {
			return i, m
		}
	}
	return -1, nil
}

func (q *queue) ChangeMessageVisibility(
	ctx context.Context, in *sqs.ChangeMessageVisibilityInput, _ ...func(*sqs.Options),
) (*sqs.ChangeMessageVisibilityOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.failing("hide"); err != nil {
		return nil, err
	}
	_, m := q.of(aws.ToString(in.ReceiptHandle))
	if m == nil || !m.visible.After(time.Now()) {
		return nil, &types.MessageNotInflight{}
	}
	m.visible = time.Now().Add(time.Duration(in.VisibilityTimeout) * time.Second)
	return &sqs.ChangeMessageVisibilityOutput{}, nil
}

func (q *queue) DeleteMessage(
	ctx context.Context, in *sqs.DeleteMessageInput, _ ...func(*sqs.Options),
) (*sqs.DeleteMessageOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.failing("delete"); err != nil {
		return nil, err
	}
	i, m := q.of(aws.ToString(in.ReceiptHandle))
	switch {
	case i >= 0 && q.forgotten > 0:
		q.forgotten--
		m.visible = time.Now()
	case i >= 0:
		q.messages = append(q.messages[:i], q.messages[i+1:]...)
	}
	return &sqs.DeleteMessageOutput{}, nil // also of a receipt that is old
}

func (q *queue) GetQueueAttributes(
	context.Context, *sqs.GetQueueAttributesInput, ...func(*sqs.Options),
) (*sqs.GetQueueAttributesOutput, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.opaque {
		return nil, errDown
	}
	hidden := 0
	for _, m := range q.messages {
		if m.visible.After(time.Now()) {
			hidden++
		}
	}
	return &sqs.GetQueueAttributesOutput{Attributes: map[string]string{
		"ApproximateNumberOfMessagesNotVisible": strconv.Itoa(hidden),
	}}, nil
}

// bodies are the messages that are there, hidden or not.
func (q *queue) bodies() []string {
	q.mu.Lock()
	defer q.mu.Unlock()
	out := make([]string, len(q.messages))
	for i, m := range q.messages {
		out[i] = m.body
	}
	return out
}

// hidden is how many messages are hidden.
func (q *queue) hidden() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := 0
	for _, m := range q.messages {
		if m.visible.After(time.Now()) {
			n++
		}
	}
	return n
}

// functions stands for Lambda.
type functions struct {
	mu       sync.Mutex
	invoked  []string // payloads
	names    []string
	status   int32                      // 0 is 202
	fail     func(payload string) error // before the event is accepted
	accepted func(payload string)       // after it
}

func (f *functions) Invoke(
	ctx context.Context, in *lambda.InvokeInput, _ ...func(*lambda.Options),
) (*lambda.InvokeOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	payload := string(in.Payload)
	if in.InvocationType != lambdatypes.InvocationTypeEvent {
		return nil, errors.New("not asynchronous")
	}
	if f.fail != nil {
		if err := f.fail(payload); err != nil {
			return nil, err
		}
	}
	if f.status != 0 {
		return &lambda.InvokeOutput{StatusCode: f.status}, nil
	}
	f.invoked = append(f.invoked, payload)
	f.names = append(f.names, aws.ToString(in.FunctionName))
	if f.accepted != nil {
		f.accepted(payload)
	}
	return &lambda.InvokeOutput{StatusCode: 202}, nil
}

func box(q *queue) redrive.Box { return redrive.Box{Queue: q, URL: queueURL} }

// eventOf is the event of a request.
func eventOf(id reply.ID, deadline time.Time) string {
	return fmt.Sprintf(`{"specversion":"1.0","id":%[1]q,"source":"/chains/quote","type":"homing.quote",`+
		`"datacontenttype":"application/json","correlationid":%[1]q,"expirytime":%[2]q,`+
		`"replyto":"store:","routingslip":"quote.price,","data":{"a": 1}}`,
		id, deadline.UTC().Format(time.RFC3339Nano))
}

// recordOf is the destination record of an invocation that died.
func recordOf(invocation, event string, at time.Time) string {
	return fmt.Sprintf(`{"version":"1.0","timestamp":%q,"requestContext":{"requestId":%q,"functionArn":%q,`+
		`"condition":"RetriesExhausted","approximateInvokeCount":3},"requestPayload":%s,`+
		`"responseContext":{"statusCode":200,"functionError":"Unhandled"},"responsePayload":{"errorType":"Sandbox.Timedout"}}`,
		at.UTC().Format(time.RFC3339Nano), invocation, functionARN+":$LATEST", event)
}

// letterOf is what the failure function keeps of a record.
func letterOf(t testing.TB, record string) string {
	t.Helper()
	body, err := deadletter.NewLetter([]byte(record), time.Now()).Body()
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func newID() reply.ID { return reply.NewID(time.Now(), 7) }

// letters returns n letters of as many requests, whose deadline is in an hour.
func letters(t testing.TB, n int) (bodies, events []string) {
	t.Helper()
	for i := range n {
		event := eventOf(newID(), time.Now().Add(time.Hour))
		events = append(events, event)
		bodies = append(bodies, letterOf(t, recordOf(fmt.Sprintf("invocation-%03d", i), event, time.Now().Add(time.Duration(i)*time.Millisecond))))
	}
	return bodies, events
}
