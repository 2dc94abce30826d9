package lambda_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/httpevent"
	"github.com/homing-dev/homing/runtimes/lambda"
)

// FuzzInvoke holds that every payload has an answer or an error, and no panic.
func FuzzInvoke(f *testing.F) {
	store := newStore()
	cfg, err := lambda.FromEnv(env{}.with("HOMING_STREAM", "url").environ())
	if err != nil {
		f.Fatal(err)
	}
	c := letters()
	c.Timeout = 50 * time.Millisecond
	s, err := lambda.New(cfg, []functions.Chain{c}, lambda.Clients{Lambda: newCloud()},
		lambda.Options{Store: store, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(s.Close)
	for _, source := range []httpevent.Source{httpevent.HTTPAPI, httpevent.HTTPAPIv1, httpevent.REST, httpevent.URL, httpevent.ALB} {
		f.Add(post(f, source, "/letters", "-"))
	}
	f.Add(encode(f, request("letters.a,letters.b,")))
	f.Add(encode(f, direct("letters.a,")))
	f.Add([]byte(sqsBatch))
	f.Add([]byte(record))
	f.Add([]byte(`{"specversion":`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		answer, err := s.Invoke(ctx, payload)
		if (len(answer) == 0) != (err != nil) {
			t.Errorf("%q: answer %q, error %v", payload, answer, err)
		}
	})
}
