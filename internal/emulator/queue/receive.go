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

func (s *Service) receiveMessage(c call) (fields, error) {
	var in struct {
		QueueURL                    string
		MaxNumberOfMessages         *int
		WaitTimeSeconds             int
		VisibilityTimeout           *int
		AttributeNames              []string // the older name of the next
		MessageSystemAttributeNames []string
		MessageAttributeNames       []string
	}
	if err := c.input(&in); err != nil {
		return nil, err
	}
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
		return nil, errVisibility()
	}
	received, err := s.receive(c.ctx, in.QueueURL, most, in.VisibilityTimeout, seconds(in.WaitTimeSeconds))
	if err != nil {
		return nil, err
	}
	list := make([]fields, 0, len(received))
	asked := slices.Concat(in.AttributeNames, in.MessageSystemAttributeNames)
	for _, m := range received {
		f := fields{"MessageId": m.id, "ReceiptHandle": m.handle, "Body": m.Body, "MD5OfBody": checksum(m.Body)}
		if system := m.system(asked, s.opts.Account); len(system) > 0 {
			f["Attributes"] = system
		}
		if own := chosen(m.Attributes, in.MessageAttributeNames); len(own) > 0 {
			f["MessageAttributes"] = own
		}
		list = append(list, f)
	}
	if len(list) == 0 {
		return nil, nil //nolint:nilnil // an answer without messages has no list either
	}
	return fields{"Messages": list}, nil
}

// receive takes up to most messages, and waits for the first one.
func (s *Service) receive(ctx context.Context, where string, most int, hide *int, wait time.Duration) ([]received, error) {
	end := time.Now().Add(wait)
	for {
		taken, changed, next, err := s.look(where, most, hide)
		left := time.Until(end)
		if err != nil || len(taken) > 0 || left <= 0 {
			return taken, err
		}
		timer := time.NewTimer(min(left, next))
		select {
		case <-changed:
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, context.Cause(ctx)
		}
		timer.Stop()
	}
}

// look takes what there is. If that is nothing, there may be something when
// changed is closed or after next.
func (s *Service) look(where string, most int, hide *int) (taken []received, changed <-chan struct{}, next time.Duration, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(where)
	if err != nil {
		return nil, nil, 0, err
	}
	visibility := q.Visibility
	if hide != nil {
		visibility = seconds(*hide)
	}
	taken = q.take(most, visibility, func(m *message) { s.bury(q, m) })
	next = seconds(maxWait)
	if at, ok := q.next(); ok {
		next = time.Until(at)
	}
	return taken, q.changed, next, nil
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

func (s *Service) changeMessageVisibility(c call) (fields, error) {
	var in struct {
		QueueURL, ReceiptHandle string
		VisibilityTimeout       *int
	}
	if err := c.input(&in); err != nil {
		return nil, err
	}
	switch {
	case in.VisibilityTimeout == nil:
		return nil, errMissing("VisibilityTimeout")
	case !mayHide(*in.VisibilityTimeout):
		return nil, errVisibility()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(in.QueueURL)
	if err != nil {
		return nil, err
	}
	return nil, q.hide(in.ReceiptHandle, seconds(*in.VisibilityTimeout))
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

func mayHide(n int) bool { return n >= 0 && n <= maxVisibility }

func errVisibility() *Error {
	return errInvalid("Value for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and 43200.")
}
