package queue

import (
	"slices"
	"time"
)

// queue is guarded by Service.mu.
type queue struct {
	Attributes

	name     string
	created  time.Time
	messages []*message    // by the time when they become visible
	changed  chan struct{} // closed when a message came or became visible earlier
}

// send takes a message that is fit to be one.
func (q *queue) send(o outgoing) (*message, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	m := newMessage(o, time.Now())
	q.insert(m)
	return m, nil
}

// insert puts a message in its place, and wakes up those who wait for one.
func (q *queue) insert(m *message) {
	i := len(q.messages)
	for i > 0 && q.messages[i-1].visible.After(m.visible) {
		i--
	}
	q.messages = slices.Insert(q.messages, i, m)
	close(q.changed)
	q.changed = make(chan struct{})
}

// sweep forgets what is too old.
func (q *queue) sweep(now time.Time) {
	q.messages = slices.DeleteFunc(q.messages, func(m *message) bool { return !now.Before(m.sent.Add(q.Retention)) })
}

// take receives up to most messages and hides them. What was received too
// often is given to bury instead, if there is a dead-letter queue.
func (q *queue) take(most int, hide time.Duration, bury func(*message)) []received {
	now := time.Now()
	q.sweep(now)
	var taken []*message
	for len(q.messages) > 0 && len(taken) < most && !q.messages[0].visible.After(now) {
		m := q.messages[0]
		q.messages = q.messages[1:]
		if q.DeadLetter != "" && m.receives >= q.MaxReceives {
			bury(m)
			continue
		}
		m.receives++
		if m.receives == 1 {
			m.first = now
		}
		m.visible = now.Add(hide)
		taken = append(taken, m)
	}
	list := make([]received, 0, len(taken))
	for _, m := range taken {
		list = append(list, received{*m, m.receipt()})
		q.insert(m)
	}
	return list
}

// received is a message as it was when it was received.
type received struct {
	message

	handle string
}

// next is when the next message becomes visible; ok is false if there is none.
func (q *queue) next() (at time.Time, ok bool) {
	if len(q.messages) == 0 {
		return time.Time{}, false
	}
	return q.messages[0].visible, true
}

// remove deletes the message of a receipt handle. A handle that is old deletes
// nothing, and that is no error, as on SQS.
func (q *queue) remove(handle string) error {
	id, receives, err := parseReceipt(handle)
	if err != nil {
		return err
	}
	q.messages = slices.DeleteFunc(q.messages, func(m *message) bool { return m.id == id && m.receives == receives })
	return nil
}

// hide changes for how long from now a message that is being worked on is
// hidden.
func (q *queue) hide(handle string, d time.Duration) error {
	id, receives, err := parseReceipt(handle)
	if err != nil {
		return err
	}
	now := time.Now()
	q.sweep(now)
	i := slices.IndexFunc(q.messages, func(m *message) bool { return m.id == id })
	switch {
	case i < 0 || q.messages[i].receives != receives:
		return errInvalid("Value " + handle + " for parameter ReceiptHandle is invalid. " +
			"Reason: Message does not exist or is not available for visibility timeout change.")
	case !q.messages[i].visible.After(now):
		return errNotInflight()
	}
	m := q.messages[i]
	q.messages = slices.Delete(q.messages, i, i+1)
	m.visible = now.Add(d)
	q.insert(m)
	return nil
}

// counts are the approximate numbers of SQS, which are exact here.
func (q *queue) counts() (visible, inflight, delayed int) {
	now := time.Now()
	q.sweep(now)
	for _, m := range q.messages {
		switch {
		case !m.visible.After(now):
			visible++
		case m.receives > 0:
			inflight++
		default:
			delayed++
		}
	}
	return visible, inflight, delayed
}
