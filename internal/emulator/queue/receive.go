package queue

import (
	"context"
	"slices"
	"time"
)

// Limits of ReceiveMessage.
const (
	maxReceive    = 10
	maxWait       = 20           // s
	maxVisibility = 12 * 60 * 60 // s
)

// receiveInput is what ReceiveMessage takes.
type receiveInput struct {
	address

	MaxNumberOfMessages         *int
	WaitTimeSeconds             int
	VisibilityTimeout           *int
	AttributeNames              []string // the older name of the next
	MessageSystemAttributeNames []string
	MessageAttributeNames       []string
}

// receiveMessage takes the messages that there are, and waits for the first
// one.
func (s *Service) receiveMessage(c call, in receiveInput) (fields, error) {
	most := 1
	if in.MaxNumberOfMessages != nil {
		most = *in.MaxNumberOfMessages
	}
	switch {
	case most < 1 || most > maxReceive:
		return nil, errInvalid("Value for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.")
	case in.WaitTimeSeconds < 0 || in.WaitTimeSeconds > maxWait:
		return nil, errInvalid("Value for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.")
	case in.VisibilityTimeout != nil && !mayHide(*in.VisibilityTimeout):
		return nil, errVisibility
	}
	end := time.Now().Add(seconds(in.WaitTimeSeconds))
	for {
		taken, changed, next, err := s.take(in, most)
		left := time.Until(end)
		switch {
		case err != nil:
			return nil, err
		case len(taken) > 0:
			return fields{"Messages": taken}, nil
		case left <= 0: // a result without messages has no list either
			return nil, nil //nolint:nilnil // the same
		}
		timer := time.NewTimer(min(left, next))
		select {
		case <-changed:
		case <-timer.C:
		case <-c.ctx.Done():
			timer.Stop()
			return nil, context.Cause(c.ctx)
		}
		timer.Stop()
	}
}

// take takes what there is. If that is nothing, there may be something when
// changed is closed or after next.
func (s *Service) take(in receiveInput, most int) (taken []fields, changed <-chan struct{}, next time.Duration, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(in.QueueURL)
	if err != nil {
		return nil, nil, 0, err
	}
	visibility := q.Visibility
	if in.VisibilityTimeout != nil {
		visibility = seconds(*in.VisibilityTimeout)
	}
	for _, m := range q.take(most, visibility, func(m *message) { s.bury(q, m) }) {
		taken = append(taken, s.received(m, in))
	}
	next = seconds(maxWait)
	if at, ok := q.next(); ok {
		next = time.Until(at)
	}
	return taken, q.changed, next, nil
}

// received is what a receiver gets of a message.
func (s *Service) received(m *message, in receiveInput) fields {
	f := fields{"MessageId": m.id, "ReceiptHandle": m.receipt(), "Body": m.MessageBody, "MD5OfBody": checksum(m.MessageBody)}
	asked := slices.Concat(in.AttributeNames, in.MessageSystemAttributeNames)
	if system := m.system(asked, s.opts.Account); len(system) > 0 {
		f["Attributes"] = system
	}
	if own := chosen(m.MessageAttributes, in.MessageAttributeNames); len(own) > 0 {
		f["MessageAttributes"] = own
	}
	return f
}

// bury moves a message to the dead-letter queue of its queue. It keeps its id
// and the time it was sent, as on SQS. If there is no such queue it is lost.
func (s *Service) bury(from *queue, m *message) {
	q, err := s.find(from.DeadLetter)
	if err != nil {
		return
	}
	m.deadLetterArn, m.visible = s.ARN(from.name), time.Now()
	q.insert(m)
}

// deleteInput is what DeleteMessage takes.
type deleteInput struct {
	address
	deleteEntry
}

type deleteEntry struct{ ID, ReceiptHandle string }

func (q *queue) deleteMessage(in deleteInput) (fields, error) { return q.remove(in.deleteEntry) }

func (q *queue) deleteMessages(in batchInput[deleteEntry]) (fields, error) {
	return batch(in.Entries, func(e deleteEntry) string { return e.ID }, q.remove)
}

// remove deletes the message of a receipt handle. A handle that is old deletes
// nothing, and that is no error, as on SQS.
func (q *queue) remove(in deleteEntry) (fields, error) {
	id, receives, err := parseReceipt(in.ReceiptHandle)
	if err != nil {
		return nil, err
	}
	q.messages = slices.DeleteFunc(q.messages, func(m *message) bool { return m.id == id && m.receives == receives })
	return fields{}, nil
}

func (q *queue) purge(address) (fields, error) {
	q.messages = nil
	return fields{}, nil
}

// visibilityInput is what ChangeMessageVisibility takes.
type visibilityInput struct {
	address

	ReceiptHandle     string
	VisibilityTimeout *int
}

// changeVisibility changes for how long from now a message that is being worked
// on is hidden.
func (q *queue) changeVisibility(in visibilityInput) (fields, error) {
	switch {
	case in.VisibilityTimeout == nil:
		return nil, errMissing("VisibilityTimeout")
	case !mayHide(*in.VisibilityTimeout):
		return nil, errVisibility
	}
	id, receives, err := parseReceipt(in.ReceiptHandle)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	q.sweep(now)
	i := slices.IndexFunc(q.messages, func(m *message) bool { return m.id == id })
	switch {
	case i < 0 || q.messages[i].receives != receives:
		return nil, errInvalid("Value " + in.ReceiptHandle + " for parameter ReceiptHandle is invalid. " +
			"Reason: Message does not exist or is not available for visibility timeout change.")
	case !q.messages[i].visible.After(now):
		return nil, errNotInflight
	}
	m := q.messages[i]
	q.messages = slices.Delete(q.messages, i, i+1)
	m.visible = now.Add(seconds(*in.VisibilityTimeout))
	q.insert(m)
	return fields{}, nil
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

func mayHide(n int) bool { return n >= 0 && n <= maxVisibility }
