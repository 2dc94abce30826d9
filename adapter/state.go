package adapter

import (
	"context"
	"errors"
)

// state of a call: whether its connection still waits for the reply, and where
// the reply goes. docs/architecture.md shows the states as a picture.
type state int8

const (
	// reading: its request is read, nothing runs.
	reading state = iota
	// running: its connection waits and gets the reply. Nobody else was
	// promised it.
	running
	// promised: its connection waits, and the reply store has promised to keep
	// the reply. The reply goes into the store, which wakes the connection.
	promised
	// deferred: its connection was answered, and the reply goes into the store,
	// from where it can be fetched.
	deferred
	// abandoned: its connection was answered or closed, and nothing was
	// promised. The work is stopped, and what it returns is dropped.
	abandoned
	// over: its connection has got the reply, which nobody else was promised.
	over

	states
)

// input is what may happen to a call.
type input int8

const (
	started    input = iota // the request was read, its work may begin
	returned                // the work has ended in this process, with a result or an error
	accepted                // the work goes on in another process, the reply comes later
	arrived                 // another process has sent the reply to this one
	promise                 // the reply has to be kept, though the connection waits
	waitEnded               // the connection waits no longer, the work goes on
	cut                     // the connection waits no longer, and the work ends with it
	registered              // the store has promised to keep the reply
	refused                 // the store has not
	found                   // the store has the reply already
	cancelled               // the request was cancelled
	clientGone              // the client has closed the connection
	drained                 // the time for Drain is over

	inputs
)

// effect is what is to be done after a transition.
type effect uint8

const (
	nothing   effect = iota
	register         // ask the store, and go on with its answer
	respond          // pass the reply to the connection
	complete         // complete the request in the store
	poll             // have the store polled as long as the connection waits
	refuse           // another reply counts
	takeReply        // the reply has just come for the connection that asks

	// The connection is to be answered now.
	respondLater   // with where the reply can be fetched: 202, or 504 with Location
	respondLost    // without that
	respondStored  // with the reply that the store has
	respondStopped // with the reason for which the work was stopped
)

// stop the work, beside another effect.
const stop effect = 1 << 7

// transition is what an input makes of a state.
type transition struct {
	to state
	do effect
}

// next returns the state that follows s when in happens, and what is to be
// done. A pair that does not stand here changes nothing.
func next(s state, in input) (state, effect) {
	table := [states][inputs]transition{
		reading: {
			started: {running, nothing},
			drained: {abandoned, nothing},
		},
		running: {
			returned:   {over, respond},
			accepted:   {running, poll},
			arrived:    {over, respond},
			promise:    {running, register},
			waitEnded:  {running, register},
			cut:        {abandoned, stop | respondLost},
			registered: {promised, nothing},
			refused:    {abandoned, stop | respondLost},
			found:      {abandoned, stop | respondStored},
			clientGone: {abandoned, stop | respondStopped},
			drained:    {abandoned, stop | respondStopped},
		},
		promised: {
			returned:   {promised, complete},
			accepted:   {promised, poll},
			arrived:    {promised, complete},
			waitEnded:  {deferred, respondLater},
			cut:        {deferred, respondLost},
			cancelled:  {promised, stop},
			clientGone: {deferred, nothing},
			drained:    {promised, stop},
		},
		deferred: {
			returned:  {deferred, complete},
			arrived:   {deferred, complete},
			cancelled: {deferred, stop},
			drained:   {deferred, stop},
		},
		abandoned: {
			started: {abandoned, respondStopped},
			promise: {abandoned, respondStopped},
			arrived: {abandoned, complete}, // the store knows whether another reply counts or none is wanted
		},
		over: {
			arrived:   {over, refuse},
			waitEnded: {over, takeReply},
			cut:       {over, takeReply},
		},
	}
	if t := table[s][in]; t != (transition{}) {
		return t.to, t.do
	}
	return s, nothing
}

// apply changes the state of c by what has happened, and returns what is to be
// done. Nothing else changes it. If the store has to be asked first, ask does
// so, under the mutex: what comes meanwhile depends on the answer of the store.
// Only promise and waitEnded need ask; err is its error.
func (c *call) apply(in input, ask func() (input, error)) (do effect, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state, do = next(c.state, in)
	if do == register {
		var answer input
		answer, err = ask()
		if c.state, do = next(c.state, answer); answer == registered {
			c.state, do = next(c.state, in)
		}
	}
	if do&stop != 0 {
		if c.why == nil {
			c.why = in.reason()
		}
		c.work.cancel()
	}
	return do &^ stop, err
}

// Why the work of a call is stopped before its deadline.
var (
	errClientGone = errors.New("the client has gone away")
	errDraining   = errors.New("the server is shutting down")
	errCancelled  = errors.New("the request was cancelled")
)

// reason returns the error of a call whose work was stopped by in.
func (in input) reason() error {
	switch in { //nolint:exhaustive // of the others, some stop the work because its time is over
	case clientGone:
		return errClientGone
	case drained:
		return errDraining
	case cancelled:
		return errCancelled
	default:
		return context.DeadlineExceeded
	}
}

// because returns the reason for which the work was stopped in the place of the
// error that the end of its context has caused.
func (c *call) because(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.why != nil && errors.Is(err, context.Canceled) {
		return c.why
	}
	return err
}
