// Package sqsqueue keeps dead letters in a queue of SQS. It is apart from package
// deadletter, so that nothing of AWS is linked where there is no queue.
package sqsqueue

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// API is the part of *sqs.Client that a [Queue] uses.
type API interface {
	SendMessage(ctx context.Context, in *sqs.SendMessageInput, opts ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
}

// Queue is a dead-letter queue. It is safe for concurrent use.
type Queue struct {
	Client API
	URL    string
}

// Put implements deadletter.Queue.
func (q Queue) Put(ctx context.Context, body string) error {
	if _, err := q.Client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &q.URL, MessageBody: &body}); err != nil {
		return fmt.Errorf("send a message to %s: %w", q.URL, err)
	}
	return nil
}
