package redrive_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/cmd/homing/internal/redrive"
	"github.com/homing-dev/homing/internal/callback"
	"github.com/homing-dev/homing/internal/deadletter"
	"github.com/homing-dev/homing/internal/letterbox"
)

// callbacks answers each delivery with the next of some errors.
type callbacks struct {
	errs []error
	urls []string
}

func (c *callbacks) Try(_ context.Context, url string, ev event.Event) error {
	c.urls = append(c.urls, url+" "+ev.ID())
	err := c.errs[0]
	c.errs = c.errs[1:]
	return err
}

func TestRepliesGoToTheirCallbacks(t *testing.T) {
	t.Parallel()
	const url = "https://hooks.example.com/?token"
	refused := errors.New("it has gone")
	put := func(d time.Duration) error { return &callback.RetryError{After: d, Err: errDown} }
	for name, tt := range map[string]struct {
		errs  []error
		to    string
		event string
		tries int
		want  error // nil if it was delivered
	}{
		"taken":               {errs: []error{nil}, tries: 1},
		"refused":             {errs: []error{refused}, tries: 1, want: refused},
		"taken later":         {errs: []error{put(time.Minute), nil}, tries: 2},
		"put off twice":       {errs: []error{put(time.Second), put(time.Second)}, tries: 2, want: errDown},
		"put off for long":    {errs: []error{put(time.Hour)}, tries: 1, want: errDown},
		"to somewhere else":   {to: "http://vertex", want: redrive.ErrElsewhereTo},
		"without its data":    {event: "-", want: redrive.ErrNoEvent},
		"nothing delivers it": {want: redrive.ErrNoCallbacks},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := deadletter.Letter{
					Version: deadletter.Version, Reason: deadletter.Undeliverable, Callback: url, RequestID: "r", Key: "r-callback",
					Event: json.RawMessage(`{"specversion":"1.0","id":"reply","source":"/x","type":"t"}`),
				}
				if tt.event != "" {
					l.LeftOut = []string{"data"}
				}
				body, err := l.Body()
				if err != nil {
					t.Fatal(err)
				}
				box := &shelf{letters: []letterbox.Letter{{Key: l.Key, Version: "1", Body: []byte(body)}}}
				to := &callbacks{errs: tt.errs}
				var got error
				s := redrive.Sender{Box: redrive.Store{Box: box}, How: redrive.How{To: tt.to}, Done: func(r redrive.Result) { got = r.Err }}
				if !errors.Is(tt.want, redrive.ErrNoCallbacks) {
					s.Callbacks = to
				}
				count, err := s.Run(t.Context())
				if err != nil || !errors.Is(got, tt.want) || len(to.urls) != tt.tries || (len(box.letters) == 0) != (tt.want == nil) || count.Sent+count.Failed != 1 {
					t.Errorf("%v, %v, %v, %+v", err, got, to.urls, count)
				}
				if tt.tries > 0 && to.urls[0] != url+" reply" {
					t.Errorf("got %v", to.urls)
				}
			})
		})
	}
}

func TestAReplyAndItsRequestsEventAreDifferentLetters(t *testing.T) {
	t.Parallel()
	id := newID()
	box := shelved(t, "", "http://127.0.0.1:1", eventOf(id, time.Now().Add(time.Hour)))
	l := deadletter.Letter{
		Version: deadletter.Version, Reason: deadletter.Undeliverable, Callback: "https://hooks.example.com", RequestID: id.String(), Key: "x",
		Event: json.RawMessage(eventOf(id, time.Now())),
	}
	body, err := l.Body()
	if err != nil {
		t.Fatal(err)
	}
	box.letters = append(box.letters, letterbox.Letter{Key: l.Key, Version: "1", Body: []byte(body)})
	to := &callbacks{errs: []error{nil}}
	count, err := redrive.Sender{Box: redrive.Store{Box: box}, Callbacks: to}.Run(t.Context())
	if err != nil || count.Sent != 1 || count.Failed != 1 || len(to.urls) != 1 {
		t.Errorf("%+v, %v, %v", count, err, to.urls)
	}
}
