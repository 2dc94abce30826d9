package redrive

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/cloudevents"
	"github.com/homing-dev/homing/internal/deadletter"
)

// Sender sends the events of letters again.
type Sender struct {
	Box Letters
	// Lambda invokes functions; nil means that events can be sent to URLs alone.
	Lambda Invoker
	// HTTP posts to URLs; nil means a client that follows no redirects.
	HTTP *http.Client
	// Bodies is asked for data that is kept beside an event, before that is sent;
	// nil means that nobody is.
	Bodies reply.Bodies
	// Callbacks delivers replies whose delivery has failed; nil means that they stay.
	Callbacks Callbacks
	How       How
	// Select reports whether the event of a message is sent; nil means of all.
	Select func(*Message) bool
	// Done is called with what became of a selected message, once for each but
	// copies; nil means that nothing is.
	Done func(Result)
}

// Result is what became of a message.
type Result struct {
	Message *Message
	// Sent is set if the event was accepted.
	Sent bool
	// Err is nil if the event was sent and the message deleted. If Sent is set,
	// it is why the message is still there.
	Err error
}

// Count is how a run ended, in letters; copies count once.
type Count struct {
	// Sent were accepted: by Lambda, a broker or a vertex.
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
// queue and is passed to Done. Run fails if the queue cannot be read, or with
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
	out := Result{Message: m, Sent: l.sent}
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
	if err := r.checkData(ctx, &m.Letter); err != nil {
		return err
	}
	var err error
	if m.Letter.Callback != "" {
		err = r.deliver(ctx, &m.Letter)
	} else {
		err = r.How.send(ctx, r.Lambda, r.HTTP, &m.Letter, time.Now())
	}
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

// identity is the same for letters of the same event and function, or callback.
func identity(m *Message) string {
	target := " " + m.Letter.Function + " " + m.Letter.Callback
	if m.Letter.RequestID != "" {
		return m.Letter.RequestID + target
	}
	sum := sha256.Sum256(m.Letter.Event)
	return string(sum[:]) + target
}

// Invoker is the part of *lambda.Client that is used.
type Invoker interface {
	Invoke(ctx context.Context, in *lambda.InvokeInput, opts ...func(*lambda.Options)) (*lambda.InvokeOutput, error)
}

// Why the event of a letter was not sent. The letter stays in the queue.
var (
	// ErrLate means that the deadline of the event has passed: nobody waits.
	ErrLate = errors.New("its deadline has passed and its caller is gone")
	// ErrNoFunction means that the letter does not name the function that died.
	ErrNoFunction = errors.New("it is not known which function it was for")
	// ErrNoEvent means that the event or its data did not fit into the queue.
	ErrNoEvent = errors.New("the event is not there as it was, it did not fit into the queue")
	// ErrAgain means that this run has sent the event already, by another
	// letter: it has died more than once.
	ErrAgain = errors.New("the same event was sent in this run already, by another letter")
)

// How an event is sent again.
type How struct {
	// To is the function or the URL that gets it; "" means the function that died,
	// or the broker or else the vertex that the letter names.
	To string
	// Late also sends an event whose deadline has passed, with a new one that
	// is Deadline from now; 0 means [functions.DefaultAsyncTimeout].
	Late     bool
	Deadline time.Duration
}

// payload is what the function is invoked with. It is the event to the byte,
// but for a new deadline.
func (h How) payload(l *deadletter.Letter, now time.Time) ([]byte, error) {
	if len(l.Event) == 0 || slices.Contains(l.LeftOut, "data") {
		return nil, ErrNoEvent
	}
	if l.Deadline.IsZero() || now.Before(l.Deadline) {
		return l.Event, nil
	}
	if !h.Late {
		return nil, ErrLate
	}
	ev, err := l.CloudEvent()
	if err != nil {
		return nil, err
	}
	wait := cmp.Or(h.Deadline, functions.DefaultAsyncTimeout)
	if ec, ok := ev.Context.(*event.EventContextV1); ok {
		ec.Extensions[functions.AttrExpiryTime] = now.Add(wait).UTC().Format(time.RFC3339Nano)
	}
	payload, err := cloudevents.AppendExact(nil, ev)
	if err != nil {
		return nil, fmt.Errorf("give the event a new deadline: %w", err)
	}
	return payload, nil
}

// target is who gets the event. The qualifier of the unpublished version is
// left out, as permissions are usually given without it.
func (h How) target(l *deadletter.Letter) (string, error) {
	if h.To != "" {
		return h.To, nil
	}
	if l.Broker != "" {
		return l.Broker, nil
	}
	if l.Function == "" {
		return "", ErrNoFunction
	}
	return strings.TrimSuffix(l.Function, ":$LATEST"), nil
}

// send posts the event, or invokes the function asynchronously. On nil the event
// was taken.
func (h How) send(ctx context.Context, to Invoker, client *http.Client, l *deadletter.Letter, now time.Time) error {
	function, err := h.target(l)
	if err != nil {
		return err
	}
	payload, err := h.payload(l, now)
	if err != nil {
		return err
	}
	switch {
	case isURL(function):
		return post(ctx, client, function, payload)
	case to == nil:
		return fmt.Errorf("%w, and %q is none", ErrNeedsURL, function)
	}
	out, err := to.Invoke(ctx, &lambda.InvokeInput{
		FunctionName: aws.String(function), InvocationType: types.InvocationTypeEvent, Payload: payload,
	})
	if err != nil {
		return fmt.Errorf("invoke %s: %w", function, err)
	}
	const accepted = 202
	if out.StatusCode != accepted {
		return fmt.Errorf("invoke %s: Lambda answered %d, not %d: the event was not accepted", function, out.StatusCode, accepted)
	}
	return nil
}
