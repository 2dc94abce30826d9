package emulator

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/homing-dev/homing/internal/emulator/template"
)

const (
	// readers is how many calls of an event source run at once, if it does not
	// say: what Lambda begins with.
	readers = 5
	// longPoll is how long a read waits for a message, in seconds.
	longPoll = 20
	// mostMessages of one read.
	mostMessages = 10
	// pause after a read that failed.
	pause = time.Second
)

// poll feeds functions from their queues until e.polling is called.
func (e *Emulator) poll(ctx context.Context) {
	ctx, e.polling = context.WithCancel(ctx)
	transport := &http.Transport{}
	e.closeIdle = transport.CloseIdleConnections
	client := sqs.NewFromConfig(e.Config(), func(o *sqs.Options) {
		o.BaseEndpoint, o.HTTPClient = aws.String(e.SQSURL()), &http.Client{Transport: transport}
	})
	for _, f := range e.stack.Functions {
		for _, source := range f.Queues {
			q, ok := e.stack.Queue(source.Queue)
			if !ok {
				e.options.Logger.Warn("the queue of an event is not in the template", "function", f.ID, "queue", source.Queue)
				continue
			}
			feed := feeder{emulator: e, client: client, function: f, source: source, queue: q, url: e.queueURL(q.Name)}
			n := source.Concurrency
			if n == 0 {
				n = readers
			}
			for range n {
				e.pollers.Go(func() { feed.run(ctx) })
			}
		}
	}
}

// feeder is an event source mapping.
type feeder struct {
	emulator *Emulator
	client   *sqs.Client
	function template.Function
	source   template.EventSource
	queue    template.Queue
	url      string
}

func (f *feeder) run(ctx context.Context) {
	for ctx.Err() == nil {
		out, err := f.client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: aws.String(f.url), MaxNumberOfMessages: int32(min(f.source.BatchSize, mostMessages)), //nolint:gosec // 1 to 10
			WaitTimeSeconds:             longPoll,
			MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
		})
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			f.emulator.options.Logger.Warn("a queue cannot be read", "queue", f.queue.Name, "error", err)
			wait(ctx, pause)
		default:
			f.batch(ctx, out.Messages)
		}
	}
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// batch calls the function and takes away what it has dealt with. The rest
// comes again when its visibility timeout is over.
func (f *feeder) batch(ctx context.Context, messages []types.Message) {
	if len(messages) == 0 {
		return
	}
	event, err := json.Marshal(f.event(messages))
	if err != nil { // texts and maps of texts
		return
	}
	result, err := f.emulator.lambda.Invoke(ctx, f.function.Name, event)
	if err != nil || result.FunctionError != "" {
		f.emulator.options.Logger.Debug("a batch failed", "function", f.function.ID, "error", err, "answer", string(result.Payload))
		return
	}
	failed, all := f.failures(result.Payload)
	for _, m := range messages {
		if !all && !failed[aws.ToString(m.MessageId)] {
			f.remove(ctx, m)
		}
	}
}

// failures reads which messages a function did not deal with; all if its
// answer is not understood (Lambda Developer Guide, "Handling errors for an
// SQS event source").
func (f *feeder) failures(payload []byte) (failed map[string]bool, all bool) {
	if !f.source.ReportFailures {
		return nil, false
	}
	var answer struct {
		Items []struct {
			ID string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if err := json.Unmarshal(payload, &answer); err != nil {
		return nil, true
	}
	failed = map[string]bool{}
	for _, item := range answer.Items {
		if item.ID == "" {
			return nil, true
		}
		failed[item.ID] = true
	}
	return failed, false
}

func (f *feeder) remove(ctx context.Context, m types.Message) {
	// The function has done its work: a Close meanwhile must not undo it.
	_, err := f.client.DeleteMessage(context.WithoutCancel(ctx), &sqs.DeleteMessageInput{
		QueueUrl: aws.String(f.url), ReceiptHandle: m.ReceiptHandle,
	})
	if err != nil {
		f.emulator.options.Logger.Warn("a message cannot be deleted", "queue", f.queue.Name, "error", err)
	}
}

// records is the event of a batch.
type records struct {
	Records []record `json:"Records"` //nolint:tagliatelle // as Lambda names it
}

type record struct {
	MessageID         string            `json:"messageId"` //nolint:tagliatelle // as Lambda names it
	ReceiptHandle     string            `json:"receiptHandle"`
	Body              string            `json:"body"`
	Attributes        map[string]string `json:"attributes"`
	MessageAttributes map[string]any    `json:"messageAttributes"`
	MD5               string            `json:"md5OfBody"`
	EventSource       string            `json:"eventSource"`
	EventSourceARN    string            `json:"eventSourceARN"` //nolint:tagliatelle // as Lambda names it
	Region            string            `json:"awsRegion"`
}

func (f *feeder) event(messages []types.Message) records {
	var e records
	for _, m := range messages {
		e.Records = append(e.Records, record{
			MessageID: aws.ToString(m.MessageId), ReceiptHandle: aws.ToString(m.ReceiptHandle), Body: aws.ToString(m.Body),
			Attributes: m.Attributes, MessageAttributes: map[string]any{}, MD5: aws.ToString(m.MD5OfBody),
			EventSource: "aws:sqs", EventSourceARN: f.queue.ARN, Region: f.emulator.stack.Region,
		})
	}
	return e
}
