package redrive

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/homing-dev/homing/internal/deadletter"
)

// scan is one pass through the queue.
type scan struct {
	box     Box
	visit   func(*Message) (bool, error)
	staying map[string]string // receipts of the messages that are to be shown again, by their ids
	seen    map[string]bool   // ids of the messages that were visited
}

// run reads until there is nothing. If the scan takes longer than messages stay
// hidden, the first ones come again and are hidden anew; so it also ends when
// all that stay could have come without anything new among them.
func (s *scan) run(ctx context.Context) error {
	for stale := 0; stale <= len(s.staying); {
		messages, err := s.box.read(ctx)
		if err != nil || len(messages) == 0 {
			return err
		}
		stale++
		fresh := s.fresh(ctx, messages)
		for i, m := range fresh {
			stale = 0
			s.box.extend(ctx, fresh[i:])
			stays, err := s.visit(m)
			if !stays {
				delete(s.staying, m.ID)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// fresh returns those messages that were not seen before. All of them stay until
// their visit reports otherwise, also if another visit ends the scan.
func (s *scan) fresh(ctx context.Context, messages []*Message) []*Message {
	var fresh []*Message
	for _, m := range messages {
		_, stays := s.staying[m.ID]
		switch {
		case !s.seen[m.ID]:
			fresh = append(fresh, m)
			fallthrough
		case stays:
			s.seen[m.ID], s.staying[m.ID] = true, m.receipt
		default: // SQS may send a message once more that was deleted
			_ = s.box.remove(ctx, m) // it comes again if that fails
		}
	}
	return fresh
}

// releaseTime bounds how long the end of a scan takes, even if the command was
// interrupted.
const releaseTime = 10 * time.Second

// release shows the messages again that stay. Those for which that fails are
// shown by SQS itself, when they have been hidden for [VisibilityTimeout].
func (s *scan) release(ctx context.Context) {
	const atOnce = 8
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTime)
	defer cancel()
	var running sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	for _, receipt := range s.staying {
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			_ = s.box.hide(ctx, receipt, 0)
		})
	}
	running.Wait()
}

// hiddenByOthers asks how many messages are hidden besides those of this scan.
// It is -1 for who may not ask.
func (s *scan) hiddenByOthers(ctx context.Context) int {
	const name = types.QueueAttributeNameApproximateNumberOfMessagesNotVisible
	out, err := s.box.Queue.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: aws.String(s.box.URL), AttributeNames: []types.QueueAttributeName{name},
	})
	if err != nil {
		return -1
	}
	n, err := strconv.Atoi(out.Attributes[string(name)])
	if err != nil {
		return -1
	}
	return max(0, n-len(s.staying))
}

// read receives up to ten messages and hides them.
func (b Box) read(ctx context.Context) ([]*Message, error) {
	out, err := b.Queue.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl:                    aws.String(b.URL),
		MaxNumberOfMessages:         readMost,
		VisibilityTimeout:           seconds(VisibilityTimeout),
		WaitTimeSeconds:             seconds(readWait),
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameSentTimestamp},
	})
	if err != nil {
		return nil, fmt.Errorf("read the dead-letter queue %s: %w", b.URL, err)
	}
	messages := make([]*Message, len(out.Messages))
	for i, m := range out.Messages {
		messages[i] = message(m)
	}
	return messages, nil
}

func message(m types.Message) *Message {
	out := &Message{
		ID: aws.ToString(m.MessageId), Body: aws.ToString(m.Body), receipt: aws.ToString(m.ReceiptHandle), hidden: time.Now(),
	}
	const sent = string(types.MessageSystemAttributeNameSentTimestamp)
	if ms, err := strconv.ParseInt(m.Attributes[sent], 10, 64); err == nil {
		out.Sent = time.UnixMilli(ms).UTC()
	}
	out.Letter, out.Err = deadletter.Open(out.Body)
	return out
}

// extend hides messages for longer whose visits come late because others took
// their time.
func (b Box) extend(ctx context.Context, messages []*Message) {
	for _, m := range messages {
		if time.Since(m.hidden) <= VisibilityTimeout/2 {
			continue
		}
		if m.lapsed = b.hide(ctx, m.receipt, VisibilityTimeout); m.lapsed == nil {
			m.hidden = time.Now()
		}
	}
}

// hide hides a message from now on for a time; 0 shows it.
func (b Box) hide(ctx context.Context, receipt string, d time.Duration) error {
	_, err := b.Queue.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{
		QueueUrl: aws.String(b.URL), ReceiptHandle: aws.String(receipt), VisibilityTimeout: seconds(d),
	})
	if err != nil {
		return fmt.Errorf("hold a message of the dead-letter queue %s: %w", b.URL, err)
	}
	return nil
}

// remove deletes a message.
func (b Box) remove(ctx context.Context, m *Message) error {
	_, err := b.Queue.DeleteMessage(ctx, &sqs.DeleteMessageInput{
		QueueUrl: aws.String(b.URL), ReceiptHandle: aws.String(m.receipt),
	})
	if err != nil {
		return fmt.Errorf("delete message %s from the dead-letter queue %s: %w", m.ID, b.URL, err)
	}
	return nil
}

func seconds(d time.Duration) int32 { return int32(d / time.Second) } //nolint:gosec // SQS takes no more than 12 hours
