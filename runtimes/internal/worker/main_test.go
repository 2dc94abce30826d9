package worker_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/tests/leaks"
)

func TestMain(m *testing.M) { leaks.Main(m) }

// request is an event as an adapter sends it, which is to be answered within a
// time.
func request(slip string, within time.Duration) event.Event {
	id := reply.NewID(time.Now(), 7).String()
	ev := event.New()
	ev.SetID(id)
	ev.SetSource("/chains/letters")
	ev.SetType("homing.letters")
	ev.SetExtension(functions.AttrCorrelationID, id)
	ev.SetExtension(functions.AttrExpiryTime, time.Now().Add(within).UTC().Format(time.RFC3339Nano))
	ev.SetExtension(functions.AttrRoutingSlip, slip)
	ev.DataEncoded = []byte("-")
	return ev
}

// appends is a function that adds a letter to the data.
func appends(letter string) functions.Function {
	return func(_ context.Context, in event.Event) (*event.Event, error) {
		in.DataEncoded = append(bytes.Clone(in.DataEncoded), letter...)
		return &in, nil
	}
}

// letters is a chain of the steps a, b and c, each of which adds its letter.
func letters() functions.Chain {
	c := chain("letters", "a", "b", "c")
	for i, s := range c.Steps {
		c.Steps[i].Function = appends(s.Name)
	}
	return c
}

// single is the chain f with the one step work.
func single(f functions.Function) functions.Chain {
	c := chain("f", "work")
	c.Steps[0].Function = f
	return c
}

func chain(name string, steps ...string) functions.Chain {
	c := functions.Chain{Name: name, Method: http.MethodPost, Path: "/" + name, Timeout: 10 * time.Second}
	for _, s := range steps {
		c.Steps = append(c.Steps, functions.Step{Name: s, Function: func(_ context.Context, in event.Event) (*event.Event, error) {
			return &in, nil
		}})
	}
	return c
}

// records is a log.
type records struct {
	slog.Handler

	mu   sync.Mutex
	list []slog.Record
}

func (r *records) Enabled(context.Context, slog.Level) bool { return true }

func (r *records) Handle(_ context.Context, rec slog.Record) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, rec)
	return nil
}

// named are the records with a message.
func (r *records) named(message string) []slog.Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []slog.Record
	for _, rec := range r.list {
		if rec.Message == message {
			out = append(out, rec)
		}
	}
	return out
}
