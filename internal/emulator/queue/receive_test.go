package queue_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/homing-dev/homing/internal/emulator/queue"
)

func waits(seconds int32) func(*sqs.ReceiveMessageInput) {
	return func(in *sqs.ReceiveMessageInput) { in.WaitTimeSeconds = seconds }
}

func TestAMessageIsHiddenFromItsReceiptOn(t *testing.T) {
	t.Parallel()
	for what, tt := range map[string]struct {
		attributes queue.Attributes
		hidden     int32 // 0: not asked for
		want       time.Duration
	}{
		"default":      {queue.Attributes{}, 0, 30 * time.Second},
		"of the queue": {queue.Attributes{Visibility: time.Minute}, 0, time.Minute},
		"asked for":    {queue.Attributes{Visibility: time.Minute}, 5, 5 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := start(t, queue.Options{Attributes: map[string]queue.Attributes{name: tt.attributes}})
			f.send("a")
			f.one(func(in *sqs.ReceiveMessageInput) { in.VisibilityTimeout = tt.hidden })
			time.Sleep(tt.want - time.Millisecond)
			f.expect()
			time.Sleep(time.Millisecond)
			f.expect("a")
			if f.service.Depth(name) != 1 {
				t.Errorf("%s: the queue has %d", what, f.service.Depth(name))
			}
		})
	}
}

func TestAMessageHasHowOftenItWasReceived(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := start(t, queue.Options{})
		sent := time.Now()
		f.send("a")
		time.Sleep(time.Second)
		first := time.Now()
		all := func(in *sqs.ReceiveMessageInput) {
			in.MessageSystemAttributeNames = []types.MessageSystemAttributeName{"All"}
		}
		for n := range 3 {
			got := f.one(all).Attributes
			for k, want := range map[string]string{
				"ApproximateReceiveCount":          strconv.Itoa(n + 1),
				"SentTimestamp":                    strconv.FormatInt(sent.UnixMilli(), 10),
				"ApproximateFirstReceiveTimestamp": strconv.FormatInt(first.UnixMilli(), 10),
			} {
				if got[k] != want {
					t.Errorf("%s is %s, want %s", k, got[k], want)
				}
			}
			time.Sleep(31 * time.Second)
		}
		if got := f.one().Attributes; len(got) != 0 {
			t.Errorf("got %v without asking", got)
		}
		time.Sleep(31 * time.Second)
		got := f.one(func(in *sqs.ReceiveMessageInput) {
			in.AttributeNames = []types.QueueAttributeName{"ApproximateReceiveCount"} //nolint:staticcheck // the older way
		}).Attributes
		if len(got) != 1 || got["ApproximateReceiveCount"] != "5" {
			t.Errorf("got %v", got)
		}
	})
}

func TestMessagesComeInOrderAndAtMostAsManyAsAskedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := start(t, queue.Options{})
		for _, b := range []string{"a", "b", "c"} {
			f.send(b)
			time.Sleep(time.Millisecond)
		}
		if got := f.one(func(in *sqs.ReceiveMessageInput) { in.MaxNumberOfMessages = 0 }); *got.Body != "a" { // the SDK leaves it out
			t.Errorf("got %s", *got.Body)
		}
		f.expect("b", "c")
		f.expect()
		time.Sleep(30 * time.Second)
		f.expect("a", "b", "c")
	})
}

func TestAReceiverWaitsForAMessage(t *testing.T) {
	t.Parallel()
	for what, tt := range map[string]struct {
		prepare func(f fixture) // before it waits
		during  func(f fixture) // while it waits
		after   time.Duration
		got     string
	}{
		"nothing comes":   {func(fixture) {}, func(fixture) {}, 20 * time.Second, ""},
		"one is there":    {func(f fixture) { f.send("a") }, func(fixture) {}, 0, "a"},
		"one comes":       {func(fixture) {}, func(f fixture) { time.Sleep(7 * time.Second); f.send("a") }, 7 * time.Second, "a"},
		"one is released": {func(f fixture) { f.send("a"); f.one(); time.Sleep(25 * time.Second) }, func(fixture) {}, 5 * time.Second, "a"},
		"one is delayed": {func(f fixture) {
			_, err := f.client.SendMessage(f.Context(), &sqs.SendMessageInput{QueueUrl: f.url, MessageBody: aws.String("a"), DelaySeconds: 9})
			if err != nil {
				f.Error(err)
			}
		}, func(fixture) {}, 9 * time.Second, "a"},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := start(t, queue.Options{})
			tt.prepare(f)
			begun := time.Now()
			var during sync.WaitGroup
			during.Go(func() { tt.during(f) })
			got := f.receive(waits(20))
			took := time.Since(begun)
			during.Wait() // the message may be here before its sender knows that it was taken
			if took != tt.after || (len(got) == 1) != (tt.got != "") || len(got) == 1 && *got[0].Body != tt.got {
				t.Errorf("%s: got %q after %s, want %q after %s", what, bodies(got), took, tt.got, tt.after)
			}
		})
	}
}

func TestAReceiverThatLeavesTakesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := start(t, queue.Options{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := f.client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: f.url, WaitTimeSeconds: 20})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		f.send("a")
		f.expect("a")
	})
}

func TestEachMessageGoesToOneReceiver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := start(t, queue.Options{})
		const receivers = 20
		var mu sync.Mutex
		count := map[string]int{}
		var wg sync.WaitGroup
		for range receivers {
			wg.Go(func() {
				m := f.one(waits(20), func(in *sqs.ReceiveMessageInput) { in.MaxNumberOfMessages = 1 })
				mu.Lock()
				defer mu.Unlock()
				count[*m.Body]++
			})
		}
		for i := range receivers {
			wg.Go(func() { f.send(strconv.Itoa(i)) })
		}
		wg.Wait()
		if len(count) != receivers {
			t.Errorf("got %v", count)
		}
	})
}

func TestVisibilityIsChanged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := start(t, queue.Options{})
		f.send("a")
		m := f.one()
		time.Sleep(20 * time.Second)
		if err := f.hide(m.ReceiptHandle, 60); err != nil { // longer
			t.Fatal(err)
		}
		time.Sleep(59 * time.Second)
		f.expect()
		if err := f.hide(m.ReceiptHandle, 0); err != nil { // back at once
			t.Fatal(err)
		}
		again := f.one()
		fails(t, "an old handle", f.hide(m.ReceiptHandle, 5), "InvalidParameterValue")
		fails(t, "nonsense", f.hide(aws.String("nonsense"), 5), "ReceiptHandleIsInvalid")
		fails(t, "too long", f.hide(again.ReceiptHandle, 43201), "InvalidParameterValue")
		fails(t, "negative", f.hide(again.ReceiptHandle, -1), "InvalidParameterValue")
		time.Sleep(30 * time.Second)
		err := f.hide(again.ReceiptHandle, 5)
		if _, ok := errors.AsType[*types.MessageNotInflight](err); !ok {
			t.Errorf("too late: got %v", err)
		}
		f.remove(again.ReceiptHandle)
		fails(t, "a deleted message", f.hide(again.ReceiptHandle, 5), "InvalidParameterValue")
	})
}

func TestAMessageReceivedTooOftenGoesToTheDeadLetterQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const dead = "arn:aws:sqs:us-east-1:000000000000:dead"
		f := start(t, queue.Options{
			Queues:     []string{"dead"},
			Attributes: map[string]queue.Attributes{name: {Visibility: time.Second, DeadLetter: dead, MaxReceives: 2}},
		})
		f.send("a")
		f.send("b")
		for range 2 {
			f.expect("a", "b")
			time.Sleep(time.Second)
		}
		f.expect()
		if f.service.Depth(name) != 0 || f.service.Depth("dead") != 2 {
			t.Errorf("%d there, %d dead", f.service.Depth(name), f.service.Depth("dead"))
		}
		m := f.one(func(in *sqs.ReceiveMessageInput) {
			in.QueueUrl, in.MaxNumberOfMessages = aws.String(f.service.URL("dead")), 1
			in.MessageSystemAttributeNames = []types.MessageSystemAttributeName{types.MessageSystemAttributeNameDeadLetterQueueSourceArn}
		})
		if *m.Body != "a" || m.Attributes["DeadLetterQueueSourceArn"] != f.service.ARN(name) {
			t.Errorf("got %s, %v", *m.Body, m.Attributes)
		}
	})
}

func TestMessagesAreForgottenAfterTheirRetention(t *testing.T) {
	t.Parallel()
	for _, retention := range []time.Duration{0, time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			f := start(t, queue.Options{Attributes: map[string]queue.Attributes{name: {Retention: retention}}})
			want := retention
			if want == 0 {
				want = 4 * 24 * time.Hour
			}
			f.send("a")
			time.Sleep(want - time.Millisecond)
			if got := f.service.Bodies(name); len(got) != 1 || got[0] != "a" {
				t.Errorf("got %q", got)
			}
			time.Sleep(time.Millisecond)
			f.expect()
			if got := f.service.Depth(name); got != 0 {
				t.Errorf("got %d", got)
			}
		})
	}
}

func TestReceiveIsChecked(t *testing.T) {
	t.Parallel()
	f := start(t, queue.Options{})
	for what, change := range map[string]func(*sqs.ReceiveMessageInput){
		"eleven":         func(in *sqs.ReceiveMessageInput) { in.MaxNumberOfMessages = 11 },
		"minus one":      func(in *sqs.ReceiveMessageInput) { in.MaxNumberOfMessages = -1 },
		"a long wait":    func(in *sqs.ReceiveMessageInput) { in.WaitTimeSeconds = 21 },
		"negative wait":  func(in *sqs.ReceiveMessageInput) { in.WaitTimeSeconds = -1 },
		"a long hiding":  func(in *sqs.ReceiveMessageInput) { in.VisibilityTimeout = 43201 },
		"negative hidng": func(in *sqs.ReceiveMessageInput) { in.VisibilityTimeout = -1 },
	} {
		in := &sqs.ReceiveMessageInput{QueueUrl: f.url}
		change(in)
		_, err := f.client.ReceiveMessage(t.Context(), in)
		fails(t, what, err, "InvalidParameterValue")
	}
}
