package adapter

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

type workKey struct{}

func TestWorkContextEndsLikeOneOfTheStandardLibrary(t *testing.T) {
	t.Parallel()
	reason := errors.New("reason")
	for name, tt := range map[string]struct {
		end   func(w *workContext, parent context.CancelCauseFunc)
		err   error
		cause error
	}{
		"by its time":   {func(*workContext, context.CancelCauseFunc) { time.Sleep(time.Minute) }, context.DeadlineExceeded, context.DeadlineExceeded},
		"by its parent": {func(_ *workContext, parent context.CancelCauseFunc) { parent(reason) }, context.Canceled, reason},
		"cancelled":     {func(w *workContext, _ context.CancelCauseFunc) { w.cancel() }, context.Canceled, context.Canceled},
		"cancelled first": {func(w *workContext, parent context.CancelCauseFunc) {
			w.cancel()
			parent(reason)
		}, context.Canceled, nil},
	} {
		for _, asked := range []string{"never", "before", "after"} {
			t.Run(name+", Done asked for "+asked, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					parent, cancel := context.WithCancelCause(context.WithValue(t.Context(), workKey{}, "value"))
					defer cancel(nil)
					w := &workContext{}
					until := time.Now().Add(time.Minute)
					w.start(parent, until)
					if asked == "before" {
						w.Done()
					}
					if d, ok := w.Deadline(); w.Err() != nil || w.Value(workKey{}) != "value" || !ok || !d.Equal(until) {
						t.Fatal("not as it was started")
					}
					tt.end(w, cancel)
					synctest.Wait()
					if asked == "after" {
						<-w.Done()
					}
					for range 2 {
						if err := w.Err(); !errors.Is(err, tt.err) {
							t.Errorf("Err is %v, want %v", err, tt.err)
						}
					}
					if cause := context.Cause(w); tt.cause != nil && !errors.Is(cause, tt.cause) {
						t.Errorf("cause is %v, want %v", cause, tt.cause)
					}
					<-w.Done()
				})
			})
		}
	}
}

func TestContextsOfAWorkContextEndWithIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &workContext{}
		w.start(t.Context(), time.Now().Add(time.Hour))
		child, cancel := context.WithTimeout(w, time.Minute)
		defer cancel()
		called := make(chan struct{})
		defer context.AfterFunc(child, func() { close(called) })()
		w.cancel()
		<-called
		if !errors.Is(child.Err(), context.Canceled) {
			t.Errorf("child: %v", child.Err())
		}
	})
}

func TestWorkContextMayBeCancelledBeforeItStarts(t *testing.T) {
	t.Parallel()
	w := &workContext{}
	w.cancel()
	w.start(t.Context(), time.Now().Add(time.Hour))
	if !errors.Is(w.Err(), context.Canceled) {
		t.Errorf("Err is %v", w.Err())
	}
	<-w.Done()
}
