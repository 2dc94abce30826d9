package redrive

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/homing-dev/homing/internal/deadletter"
)

// Queue is the part of *sqs.Client that is used.
type Queue interface {
	ReceiveMessage(ctx context.Context, in *sqs.ReceiveMessageInput, opts ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error)
	ChangeMessageVisibility(
		ctx context.Context, in *sqs.ChangeMessageVisibilityInput, opts ...func(*sqs.Options),
	) (*sqs.ChangeMessageVisibilityOutput, error)
	DeleteMessage(ctx context.Context, in *sqs.DeleteMessageInput, opts ...func(*sqs.Options)) (*sqs.DeleteMessageOutput, error)
	GetQueueAttributes(
		ctx context.Context, in *sqs.GetQueueAttributesInput, opts ...func(*sqs.Options),
	) (*sqs.GetQueueAttributesOutput, error)
}

const (
	// DefaultHold is the default of Box.Hold.
	DefaultHold = time.Minute
	// readWait is how long a read waits for a message. More than 0 makes SQS
	// ask all of its servers, so that nothing means that there is nothing.
	readWait = time.Second
	// readMost is the most messages that SQS gives at once.
	readMost = 10
)

// Box is a dead-letter queue.
type Box struct {
	Queue Queue
	URL   string
	// Hold is how long a message that was read stays hidden from others if this
	// process dies and cannot show it again, in whole seconds; 0 means
	// [DefaultHold].
	Hold time.Duration
}

// Message is a message of the queue.
type Message struct {
	// Letter is what is in it. It is empty if Err is set.
	Letter deadletter.Letter
	// Err is why the message cannot be read.
	Err error
	// ID is the queue's id of the message.
	ID string
	// Body is the message as it is.
	Body string
	// Sent is when it was put into the queue; zero if SQS did not tell.
	Sent time.Time

	receipt string
	held    time.Time // since when
	lapsed  error     // why somebody else may hold it by now
}

// Key is the same for copies of a letter: Lambda's id of the invocation, or
// else the id of the message.
func (m *Message) Key() string {
	if m.Letter.Invocation != "" {
		return m.Letter.Invocation
	}
	return m.ID
}

// Named says whether id names the message: the id of the request, of the
// invocation or of the message itself.
func (m *Message) Named(id string) bool {
	return id != "" && (id == m.Letter.RequestID || id == m.Letter.Invocation || id == m.ID)
}

// Scan gives every message of the queue to visit, once, which says whether it
// is to stay. It is not safe for concurrent use, but several processes may scan
// a queue: each message is seen by one of them at a time.
//
// Messages that stay are shown again when Scan returns, whatever has happened
// by then. hidden is how many others hold, as far as SQS knows; -1 if it does
// not tell. Scan ends early with the error of SQS, of visit, or of ctx.
func (b Box) Scan(ctx context.Context, visit func(*Message) (stays bool, err error)) (hidden int, err error) {
	s := scan{box: b, visit: visit, staying: map[string]string{}, seen: map[string]bool{}}
	defer func() { s.release(ctx) }()
	if err := s.run(ctx); err != nil {
		return -1, err
	}
	return s.hiddenByOthers(ctx), nil
}
