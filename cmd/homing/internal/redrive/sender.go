package redrive

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Sender sends the events of letters again.
type Sender struct {
	Box    Box
	Lambda Invoker
	How    How
	// Select says of which messages the events are sent; nil means of all.
	Select func(*Message) bool
	// Done is told what became of a selected message, once for each but
	// copies; nil means nobody is.
	Done func(Outcome)
}

// Outcome is what became of a message.
type Outcome struct {
	Message *Message
	// Sent says that Lambda has accepted the event.
	Sent bool
	// Err is nil if the event was sent and the message deleted. If Sent is set,
	// it says why the message is still in the queue.
	Err error
}

// Count is how a run ended, in letters; copies count once.
type Count struct {
	// Sent were accepted by Lambda.
	Sent int
	// Failed were not sent, or are still in the queue.
	Failed int
	// Hidden is as of [Box.Scan].
	Hidden int
}

// ErrKept means that an event was sent, but is still in the queue.
var ErrKept = errors.New("the event was sent, but its letter is still in the queue")

// Run sends the events of all selected letters, one after the other, and
// deletes each when Lambda has accepted its event. An event is sent once in a
// run, also if it dies again meanwhile. What could not be sent stays in the
// queue and is told to Done. Run fails if the queue cannot be read, or with
// the error of ctx; what it did until then is counted.
func (s Sender) Run(ctx context.Context) (Count, error) {
	r := run{Sender: s, letters: map[string]*letter{}, events: map[string]string{}}
	hidden, err := s.Box.Scan(ctx, func(m *Message) (bool, error) {
		if s.Select != nil && !s.Select(m) {
			return true, nil
		}
		return r.visit(ctx, m), context.Cause(ctx)
	})
	count := Count{Hidden: hidden}
	for _, l := range r.letters {
		if l.sent {
			count.Sent++
		}
		if l.failed {
			count.Failed++
		}
	}
	return count, err
}

// run is one run of a sender.
type run struct {
	Sender

	letters map[string]*letter // by their keys
	events  map[string]string  // keys of the letters whose events were sent, by what events are the same
}

// letter is what became of a letter so far.
type letter struct {
	sent, failed bool
	stayed       []*Message // copies that are still in the queue
}

// visit sends the event of a message, and deletes that and the copies that
// were seen before. A copy of a letter that could not be sent is tried, too: it
// may hold what the other one lacks.
func (r *run) visit(ctx context.Context, m *Message) (stays bool) {
	l, known := r.letters[m.Key()]
	if !known {
		l = &letter{}
		r.letters[m.Key()] = l
	}
	out := Outcome{Message: m, Sent: l.sent}
	l.stayed = append(l.stayed, m)
	if !l.sent {
		out.Err = r.send(ctx, m)
		out.Sent = out.Err == nil
	}
	if out.Sent {
		out.Err = r.remove(ctx, l)
	}
	news := !known || out.Sent != l.sent || (out.Err != nil) != l.failed
	l.sent, l.failed = out.Sent, out.Err != nil
	if r.Done != nil && news {
		r.Done(out)
	}
	return slices.Contains(l.stayed, m)
}

// send invokes the function of a message, once for the same event.
func (r *run) send(ctx context.Context, m *Message) error {
	if m.Err != nil {
		return m.Err
	}
	event := identity(m)
	if by, sent := r.events[event]; sent && by != m.Key() {
		return ErrAgain
	}
	if m.lapsed != nil {
		return m.lapsed // it could be sent twice
	}
	err := r.How.send(ctx, r.Lambda, &m.Letter, time.Now())
	if err == nil {
		r.events[event] = m.Key()
	}
	return err
}

// remove deletes all copies of a letter whose event was sent, also if ctx has
// ended since.
func (r *run) remove(ctx context.Context, l *letter) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTime)
	defer cancel()
	var failed error
	l.stayed = slices.DeleteFunc(l.stayed, func(m *Message) bool {
		err := r.Box.remove(ctx, m)
		failed = errors.Join(failed, err)
		return err == nil
	})
	if failed != nil {
		return fmt.Errorf("%w: %w", ErrKept, failed)
	}
	return nil
}

// identity is the same for letters of the same event and function.
func identity(m *Message) string {
	if m.Letter.RequestID != "" {
		return m.Letter.RequestID + " " + m.Letter.Function
	}
	sum := sha256.Sum256(m.Letter.Event)
	return string(sum[:]) + " " + m.Letter.Function
}
