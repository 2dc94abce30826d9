package adapter

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"
)

func (s state) name() string {
	return [states]string{"reading", "running", "promised", "deferred", "abandoned", "over"}[s]
}

func (in input) name() string {
	return [inputs]string{
		"started", "returned", "accepted", "arrived", "promise", "waitEnded", "cut",
		"registered", "refused", "found", "cancelled", "clientGone", "drained",
	}[in]
}

// Every pair of state and input stands here, so that nobody adds one without
// thinking of all its pairs.
func TestEveryTransition(t *testing.T) {
	t.Parallel()
	want := map[state]map[input]transition{
		reading: {
			started:    {running, nothing},
			returned:   {reading, nothing}, // nothing runs yet, and nobody knows the id
			accepted:   {reading, nothing},
			arrived:    {reading, nothing},
			promise:    {reading, nothing},
			waitEnded:  {reading, nothing},
			cut:        {reading, nothing},
			registered: {reading, nothing},
			refused:    {reading, nothing},
			found:      {reading, nothing},
			cancelled:  {reading, nothing},
			clientGone: {reading, nothing}, // the body cannot be read then
			drained:    {abandoned, nothing},
		},
		running: {
			started:    {running, nothing},
			returned:   {over, respond},
			accepted:   {running, poll},
			arrived:    {over, respond},
			promise:    {running, register},
			waitEnded:  {running, register},
			cut:        {abandoned, respondLost | stop},
			registered: {promised, nothing},
			refused:    {abandoned, respondLost | stop},
			found:      {abandoned, respondStored | stop},
			cancelled:  {running, nothing}, // the store does not know it
			clientGone: {abandoned, respondStopped | stop},
			drained:    {abandoned, respondStopped | stop},
		},
		promised: {
			started:    {promised, nothing},
			returned:   {promised, complete},
			accepted:   {promised, poll},
			arrived:    {promised, complete}, // stays: if the store is away, the sender tries again
			promise:    {promised, nothing},
			waitEnded:  {deferred, respondLater},
			cut:        {deferred, respondLost},
			registered: {promised, nothing},
			refused:    {promised, nothing},
			found:      {promised, nothing},
			cancelled:  {promised, stop}, // the connection learns it by the store
			clientGone: {deferred, nothing},
			drained:    {promised, stop}, // the connection notices by itself
		},
		deferred: {
			started:    {deferred, nothing},
			returned:   {deferred, complete},
			accepted:   {deferred, nothing},
			arrived:    {deferred, complete},
			promise:    {deferred, nothing},
			waitEnded:  {deferred, nothing},
			cut:        {deferred, nothing},
			registered: {deferred, nothing},
			refused:    {deferred, nothing},
			found:      {deferred, nothing},
			cancelled:  {deferred, stop},
			clientGone: {deferred, nothing},
			drained:    {deferred, stop},
		},
		abandoned: {
			started:    {abandoned, respondStopped},
			returned:   {abandoned, nothing},
			accepted:   {abandoned, nothing},
			arrived:    {abandoned, complete},
			promise:    {abandoned, respondStopped},
			waitEnded:  {abandoned, nothing},
			cut:        {abandoned, nothing},
			registered: {abandoned, nothing},
			refused:    {abandoned, nothing},
			found:      {abandoned, nothing},
			cancelled:  {abandoned, nothing},
			clientGone: {abandoned, nothing},
			drained:    {abandoned, nothing},
		},
		over: {
			started:    {over, nothing},
			returned:   {over, nothing}, // a reply has arrived before
			accepted:   {over, nothing},
			arrived:    {over, refuse},
			promise:    {over, nothing},
			waitEnded:  {over, takeReply},
			cut:        {over, takeReply},
			registered: {over, nothing},
			refused:    {over, nothing},
			found:      {over, nothing},
			cancelled:  {over, nothing},
			clientGone: {over, nothing},
			drained:    {over, nothing},
		},
	}
	for s := range states {
		for in := range inputs {
			listed, ok := want[s][in]
			if !ok {
				t.Errorf("%s, %s is not listed", s.name(), in.name())
				continue
			}
			if to, do := next(s, in); to != listed.to || do != listed.do {
				t.Errorf("%s, %s: got %s, %d, want %s, %d", s.name(), in.name(), to.name(), do, listed.to.name(), listed.do)
			}
		}
	}
}

// Whatever happens in whatever order: a connection is answered once, and a reply
// that was promised is never dropped.
func TestNoOrderAnswersTwiceOrBreaksAPromise(t *testing.T) {
	t.Parallel()
	type seen struct {
		state              state
		answered, promised bool
	}
	visited := map[seen]string{}
	var walk func(at seen, path string)
	walk = func(at seen, path string) {
		if _, known := visited[at]; known {
			return
		}
		visited[at] = path
		for in := range inputs {
			to, do := next(at.state, in)
			if (in == registered || in == refused || in == found) && at.state != running {
				continue // the store is asked in this state alone
			}
			if (in == started || in == promise) && at.state == abandoned {
				continue // its own goroutine answers, and ends
			}
			follow := seen{to, at.answered, at.promised || in == registered && to == promised}
			here := fmt.Sprintf("%s, %s", path, in.name())
			if what := do &^ stop; what == respond || what >= respondLater {
				if at.answered {
					t.Errorf("answered twice: %s", here)
				}
				follow.answered = true
			}
			if (in == returned || in == arrived) && at.promised && do != complete {
				t.Errorf("a promised reply is dropped: %s", here)
			}
			walk(follow, here)
		}
	}
	walk(seen{state: reading}, "reading")
}

func TestStoreIsAskedBeforeAConnectionIsLeft(t *testing.T) {
	t.Parallel()
	down := errors.New("down")
	for said, tt := range map[input]struct {
		err  error
		to   state
		do   effect
		ends bool // the work
	}{
		registered: {nil, deferred, respondLater, false},
		refused:    {down, abandoned, respondLost, true},
		found:      {nil, abandoned, respondStored, true},
	} {
		c := &call{state: running}
		c.work.start(t.Context(), time.Now().Add(time.Hour))
		do, err := c.apply(waitEnded, func() (input, error) { return said, tt.err })
		if c.state != tt.to || do != tt.do || !errors.Is(err, tt.err) || (c.work.Err() != nil) != tt.ends {
			t.Errorf("%s: got %s, %d, %v; the work: %v", said.name(), c.state.name(), do, err, c.work.Err())
		}
	}
}

func TestFirstReasonToStopTheWorkCounts(t *testing.T) {
	t.Parallel()
	c := &call{state: promised}
	c.work.start(t.Context(), time.Now().Add(time.Hour))
	for _, in := range []input{cancelled, drained} {
		if _, err := c.apply(in, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.because(c.work.Err()); !errors.Is(err, errCancelled) {
		t.Errorf("got %v", err)
	}
	if err := c.because(context.DeadlineExceeded); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("an error of another cause became %v", err)
	}
}
