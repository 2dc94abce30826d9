package redrive

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/homing-dev/homing/internal/deadletter"
	"github.com/homing-dev/homing/internal/letterbox"
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
	// VisibilityTimeout is how long a message that was read stays hidden from
	// others if this process dies and cannot show it again, in whole seconds.
	VisibilityTimeout = time.Minute
	// readWait is how long a read waits for a message. More than 0 makes SQS
	// ask all of its servers, so that nothing means that there is nothing.
	readWait = time.Second
	// readMost is the most messages that SQS returns at once.
	readMost = 10
)

// Box is a dead-letter queue.
type Box struct {
	Queue Queue
	URL   string
}

// Message is a message of the queue, or a letter of a [Store].
type Message struct {
	// Letter is what is in it. It is empty if Err is set.
	Letter deadletter.Letter
	// Err is why the message cannot be read.
	Err error
	// ID is the queue's id of the message, or the key of the letter.
	ID string
	// Body is the message as it is.
	Body string
	// Sent is when it was put into the queue; zero if SQS did not send it.
	Sent time.Time

	receipt string
	kept    letterbox.Letter // in a Store, without its body
	hidden  time.Time        // since when
	lapsed  error            // why somebody else may hold it by now
}

// Key is the same for copies of a letter: Lambda's id of the invocation, or
// else the id of the message.
func (m *Message) Key() string {
	if m.Letter.Invocation != "" {
		return m.Letter.Invocation
	}
	return m.ID
}

// Named reports whether id names the message: the id of the request, of the
// invocation or of the message itself.
func (m *Message) Named(id string) bool {
	return id != "" && (id == m.Letter.RequestID || id == m.Letter.Invocation || id == m.ID)
}

// Scan calls visit with every message of the queue, once, which reports whether
// it is to stay. It is not safe for concurrent use, but several processes may scan
// a queue: each message is seen by one of them at a time.
//
// Messages that stay are shown again when Scan returns, whatever has happened
// by then. hidden is how many others hold, as far as SQS knows; -1 if it does
// not. Scan ends early with the error of SQS, of visit, or of ctx.
func (b Box) Scan(ctx context.Context, visit func(*Message) (stays bool, err error)) (hidden int, err error) {
	s := scan{box: b, visit: visit, staying: map[string]string{}, seen: map[string]bool{}}
	defer func() { s.release(ctx) }()
	if err := s.run(ctx); err != nil {
		return -1, err
	}
	return s.hiddenByOthers(ctx), nil
}

// Entry is a letter in a list.
type Entry struct {
	// Message is the letter, or what cannot be read, without Body and without
	// the event, record and text unless they were asked for.
	Message

	// Copies is how many messages hold it, 1 or more.
	Copies int
}

// List returns the letters that are kept, the oldest first, with copies of one
// counted once. whole reports of which ones everything is wanted; nil means of
// none, so that a full queue needs little memory. hidden is as of [Box.Scan].
func List(ctx context.Context, b Letters, whole func(*Message) bool) (entries []Entry, hidden int, err error) {
	byKey := map[string]*Entry{}
	hidden, err = b.Scan(ctx, func(m *Message) (bool, error) {
		if whole == nil || !whole(m) {
			m.Body, m.Letter.Event, m.Letter.Record, m.Letter.Text = "", nil, nil, ""
		}
		e := byKey[m.Key()]
		if e == nil {
			byKey[m.Key()] = &Entry{Message: *m, Copies: 1}
			return true, nil
		}
		e.Copies++
		if better(m, &e.Message) {
			e.Message = *m
		}
		return true, nil
	})
	if err != nil {
		return nil, hidden, err
	}
	for _, e := range byKey {
		entries = append(entries, *e)
	}
	slices.SortFunc(entries, func(a, b Entry) int {
		return cmp.Or(a.Since().Compare(b.Since()), cmp.Compare(a.Key(), b.Key()))
	})
	return entries, hidden, nil
}

// better reports whether copy a of a letter is better than b: with all of its
// parts, and then as it was first kept.
func better(a, b *Message) bool {
	if x, y := len(a.Letter.LeftOut), len(b.Letter.LeftOut); x != y {
		return x < y
	}
	return a.Sent.Before(b.Sent)
}

// Since is when the platform gave up, or else when the message was sent.
func (m *Message) Since() time.Time {
	if !m.Letter.Died.IsZero() {
		return m.Letter.Died
	}
	return m.Sent
}
