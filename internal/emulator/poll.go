package emulator

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/aws/aws-lambda-go/events"
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
	client := sqs.NewFromConfig(e.Config(), func(o *sqs.Options) {
		o.BaseEndpoint, o.HTTPClient = aws.String(e.SQSURL()), &http.Client{Transport: e.transport}
	})
	for _, f := range e.stack.Functions {
		for _, source := range f.Queues {
			q, ok := e.stack.Queue(source.Queue)
			if !ok {
				e.options.Logger.Warn("the queue of an event is not in the template", "function", f.ID, "queue", source.Queue)
				continue
			}
			feed := feeder{emulator: e, client: client, function: f, source: source, queue: q, url: e.queueURL(q.Name)}
			for range cmp.Or(source.Concurrency, readers) {
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
			select {
			case <-ctx.Done():
			case <-time.After(pause):
			}
		default:
			f.batch(ctx, out.Messages)
		}
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
		f.emulator.options.Logger.Debug("a batch failed", "function", f.function.ID, "error", err, "result", string(result.Payload))
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
// response is not understood (Lambda Developer Guide, "Handling errors for an
// SQS event source").
func (f *feeder) failures(payload []byte) (failed map[string]bool, all bool) {
	if !f.source.ReportFailures {
		return nil, false
	}
	var response events.SQSEventResponse
	if err := json.Unmarshal(payload, &response); err != nil {
		return nil, true
	}
	failed = map[string]bool{}
	for _, item := range response.BatchItemFailures {
		if item.ItemIdentifier == "" {
			return nil, true
		}
		failed[item.ItemIdentifier] = true
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

// event is the event of a batch.
func (f *feeder) event(messages []types.Message) events.SQSEvent {
	var e events.SQSEvent
	for _, m := range messages {
		e.Records = append(e.Records, events.SQSMessage{
			MessageId: aws.ToString(m.MessageId), ReceiptHandle: aws.ToString(m.ReceiptHandle), Body: aws.ToString(m.Body),
			Attributes: m.Attributes, MessageAttributes: map[string]events.SQSMessageAttribute{}, Md5OfBody: aws.ToString(m.MD5OfBody),
			EventSource: "aws:sqs", EventSourceARN: f.queue.ARN, AWSRegion: f.emulator.stack.Region,
		})
	}
	return e
}
