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
func (q *queue) send(o outgoing) (fields, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	now := time.Now()
	m := &message{outgoing: o, id: newID(), sent: now, visible: now.Add(seconds(o.DelaySeconds))}
	q.insert(m)
	return fields{"MessageId": m.id, "MD5OfMessageBody": checksum(m.MessageBody)}, nil
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
// often goes to bury instead, if there is a dead-letter queue.
func (q *queue) take(most int, hide time.Duration, bury func(*message)) []*message {
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
	for _, m := range taken {
		q.insert(m)
	}
	return taken
}

// next is when the next message becomes visible; ok is false if there is none.
func (q *queue) next() (at time.Time, ok bool) {
	if len(q.messages) == 0 {
		return time.Time{}, false
	}
	return q.messages[0].visible, true
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
