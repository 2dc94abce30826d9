package emulator_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/internal/emulator"
)

// writers returns for the function Fed a writer that sends its batches.
func writers(l *lines) func(string) io.Writer {
	return func(function string) io.Writer {
		if strings.HasSuffix(function, "-Fed") {
			return l
		}
		return nil
	}
}

func TestQueueFeedsItsFunction(t *testing.T) {
	t.Parallel()
	l := newLines(`"body":"fine"`)
	e := start(t, load(t, "fed", false), emulator.Options{Log: writers(l)})
	if err := e.Send(t.Context(), "Work", "fine"); err != nil {
		t.Fatal(err)
	}
	batch := <-l.seen
	for _, want := range []string{
		`"eventSource":"aws:sqs"`, `"eventSourceARN":"arn:aws:sqs:us-east-1:123456789012:fed-Work"`, `"ApproximateReceiveCount":"1"`,
		`"awsRegion":"us-east-1"`, `"messageId":"`, `"receiptHandle":"`, `"md5OfBody":"`,
	} {
		if !strings.Contains(batch, want) {
			t.Errorf("%s is not in %s", want, batch)
		}
	}
}

func TestMessageThatIsDoneIsDeletedAndOneThatFailsComesAgainUntilItIsADeadLetter(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"fail", "fail all"} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			l := newLines(`"body":"` + body + `"`)
			e := start(t, load(t, "failing", false), emulator.Options{Log: writers(l)})
			for _, message := range []string{"fine", body} {
				if err := e.Send(t.Context(), "Work", message); err != nil {
					t.Fatal(err)
				}
			}
			for range 2 { // maxReceiveCount
				<-l.seen
			}
			until(t, func() bool { return e.Depth("Work") == 0 && len(e.Messages("Letters")) > 0 })
			// With "fail all" the other one may have been in the same batch.
			if got := e.Messages("Letters"); got[len(got)-1] != body && got[0] != body || body == "fail" && len(got) != 1 {
				t.Errorf("the dead letters are %q", got)
			}
		})
	}
}

func TestCloseEndsTheFeedingAtOnce(t *testing.T) {
	t.Parallel()
	e := start(t, load(t, "closing", false), emulator.Options{})
	if err := e.Close(t.Context()); err != nil { // long polls last 20 s
		t.Fatal(err)
	}
	if err := e.Close(t.Context()); err != nil {
		t.Errorf("again: %v", err)
	}
}

// until waits for what nothing announces.
func until(t *testing.T, done func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatal("it did not happen")
		}
	}
}
