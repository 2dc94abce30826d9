package viaredis

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	goredis "github.com/redis/go-redis/v9"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/redis"
)

// Size is that of a reply, and of the body of a call, in bytes: what was measured
// with Numaflow's serving.
const Size = 981

// Path is how long the ways of one round took, the median of each.
type Path struct {
	// Trips is two bare round trips, and Writes are two that write and read
	// a value of Size.
	Trips, Writes time.Duration
	// Sync is from the start of Complete to the arrival at another store; Async
	// begins with Register.
	Sync, Async time.Duration
}

const (
	turns   = 20 // of each way in a round, in turn: so what else the machine does meets all alike
	perTurn = 50
)

// MeasurePaths measures the ways of a reply through a server.
func MeasurePaths(ctx context.Context, url string, rounds int) (_ []Path, err error) {
	adapter, err := redis.Open(ctx, url, redis.Options{})
	if err != nil {
		return nil, err //nolint:wrapcheck // says what it is of
	}
	defer adapter.Close() //nolint:errcheck // only of a measurement
	vertex, err := redis.Open(ctx, url, redis.Options{})
	if err != nil {
		return nil, err //nolint:wrapcheck // says what it is of
	}
	defer vertex.Close() //nolint:errcheck // only of a measurement
	opts, err := goredis.ParseURL(url)
	if err != nil {
		return nil, fmt.Errorf("read the URL of the server: %w", err)
	}
	opts.Protocol, opts.DisableIdentity = 2, true
	bare := goredis.NewClient(opts)
	defer bare.Close() //nolint:errcheck // only of a measurement
	box := reply.NewMailbox()
	came := make(chan reply.ID, 1)
	defer adapter.Notify(box, func(r reply.Reply) { came <- r.ID })()
	w := ways{adapter, vertex, bare, box, came}
	out := make([]Path, 0, rounds)
	for i := range rounds + 1 {
		p, err := w.round(ctx)
		if err != nil {
			return nil, err
		}
		if i > 0 { // the first one warms up
			out = append(out, p)
		}
	}
	return out, nil
}

type ways struct {
	adapter, vertex *redis.Store
	bare            *goredis.Client
	box             reply.Mailbox
	came            chan reply.ID
}

func (w ways) round(ctx context.Context) (p Path, err error) {
	body := strings.Repeat("x", Size)
	all := []struct {
		into *time.Duration
		way  func() error
		took []time.Duration
	}{
		{&p.Trips, func() error {
			if err := w.bare.Ping(ctx).Err(); err != nil {
				return err
			}
			return w.bare.Ping(ctx).Err()
		}, nil},
		{&p.Writes, func() error {
			if err := w.bare.Set(ctx, "bench", body, time.Minute).Err(); err != nil {
				return err
			}
			return w.bare.Get(ctx, "bench").Err()
		}, nil},
		{&p.Sync, func() error { return w.reply(ctx, body, false) }, nil},
		{&p.Async, func() error { return w.reply(ctx, body, true) }, nil},
	}
	for range turns {
		for i := range all {
			for range perTurn {
				began := time.Now()
				if err := all[i].way(); err != nil {
					return p, fmt.Errorf("measure the way of a reply: %w", err)
				}
				all[i].took = append(all[i].took, time.Since(began))
			}
		}
	}
	for i := range all {
		slices.Sort(all[i].took)
		*all[i].into = all[i].took[len(all[i].took)/2]
	}
	return p, nil
}

func (w ways) reply(ctx context.Context, body string, register bool) error {
	now := time.Now()
	r := reply.Reply{Request: reply.Request{
		ID: reply.NewID(now, w.box), Chain: "work", Deadline: now.Add(time.Minute), Expires: now.Add(time.Hour),
	}}
	r.Event = event.New()
	r.Event.SetID(r.ID.String())
	r.Event.SetSource("/work")
	r.Event.SetType("homing.work")
	r.Event.DataEncoded = []byte(body)
	if register {
		if err := w.adapter.Register(ctx, r.Request); err != nil {
			return err //nolint:wrapcheck // says what it is of
		}
	}
	if err := w.vertex.Complete(ctx, r); err != nil {
		return err //nolint:wrapcheck // says what it is of
	}
	if id := <-w.came; id != r.ID {
		return fmt.Errorf("%s has arrived, not %s", id, r.ID)
	}
	return nil
}
