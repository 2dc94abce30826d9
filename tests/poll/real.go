package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"math"
	mathrand "math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/dynamodb"
	"github.com/homing-dev/homing/internal/dynalite"
	"github.com/homing-dev/homing/internal/poller"
	"github.com/homing-dev/homing/tests/poll/simulate"
)

// realRun is one comparison of the simulator with a poller that reads dynalite
// by the real clock.
type realRun struct {
	inFlight, warmup, replies int
	scale                     float64 // of the latencies, so that two cores can serve the load
	price                     float64
	family                    simulate.Family
}

const realSlack = 20 * time.Millisecond

// measure compares simulated and real runs.
func measure(ctx context.Context, w io.Writer) error {
	server, err := dynalite.Start(ctx, dynalite.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = server.Stop() }()
	store, err := realStore(ctx, server.URL())
	if err != nil {
		return err
	}
	write(w, "| in flight | replies/s | price | real: reads, units per reply | added ms ")
	write(w, "| simulated: reads, units | added ms | units, real to simulated |\n")
	write(w, "|---|---|---|---|---|---|---|---|\n")
	lognormal := simulate.Families(driftEvery)[1]
	for _, r := range []realRun{
		{inFlight: 1, warmup: 100, replies: 200, scale: 0.25, price: 213},
		{inFlight: 64, warmup: 300, replies: 600, scale: 1, price: 213},
		{inFlight: 500, warmup: 1500, replies: 1500, scale: 4, price: 50},
	} {
		r.family = simulate.Family{Name: "lognormal", Quantile: func(p float64, call int) float64 {
			return r.scale * lognormal.Quantile(p, call)
		}}
		if err := r.compare(ctx, w, store); err != nil {
			return err
		}
	}
	return nil
}

func realStore(ctx context.Context, url string) (*dynamodb.Store, error) {
	client := sdk.New(sdk.Options{
		Region: "eu-central-1", BaseEndpoint: aws.String(url), Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""),
	})
	const table = "replies"
	if _, err := client.CreateTable(ctx, dynamodb.Schema(table, true)); err != nil {
		return nil, err
	}
	const patience = 30 * time.Second
	if err := sdk.NewTableExistsWaiter(client).Wait(ctx, &sdk.DescribeTableInput{TableName: aws.String(table)}, patience); err != nil {
		return nil, err
	}
	return dynamodb.New(dynamodb.Options{Client: client, Table: table, Arrivals: true, Slack: realSlack})
}

func (r realRun) compare(ctx context.Context, w io.Writer, store *dynamodb.Store) error {
	got, trip, err := r.run(ctx, store)
	if err != nil {
		return err
	}
	sim := simulate.Run(simulate.Config{
		Family: r.family, InFlight: r.inFlight, Replies: r.replies, Warmup: r.warmup, Price: r.price, Seed: 1,
		Store: simulate.StoreConfig{Trip: trip, Index: true, Slack: realSlack, Size: itemSize},
	})
	write(w, "| %d | %.0f | %.0f | %.2f, %.2f | %.1f | %.2f, %.2f | %.1f | %.2f |\n", r.inFlight,
		float64(got.Replies)/got.Seconds, r.price, got.ReadsPerReply(), got.UnitsPerReply(), got.Waiting*milli,
		sim.ReadsPerReply(), sim.UnitsPerReply(), sim.Waiting*milli, got.UnitsPerReply()/sim.UnitsPerReply())
	return nil
}

// itemSize is what a reply with 1 KB of data takes in the table.
const itemSize = 1400

// counted counts what reads take.
type counted struct {
	reply.Scanner

	mu    sync.Mutex
	reads int
	units float64
	trips []time.Duration
}

func (c *counted) note(begin time.Time, units float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reads++
	c.units += units
	c.trips = append(c.trips, time.Since(begin))
}

// Scan implements [reply.Scanner].
func (c *counted) Scan(ctx context.Context, l reply.ScanQuery) (reply.ScanResult, error) {
	begin := time.Now()
	found, err := c.Scanner.Scan(ctx, l)
	c.note(begin, found.Units)
	return found, err
}

// Get implements [reply.Scanner].
func (c *counted) Get(ctx context.Context, id reply.ID, consistent bool) (reply.GetResult, error) {
	begin := time.Now()
	got, err := c.Scanner.Get(ctx, id, consistent)
	c.note(begin, got.Units)
	return got, err
}

// callers keep a number of calls in flight.
type callers struct {
	realRun

	ctx     context.Context //nolint:containedctx // of the run
	store   *dynamodb.Store
	scanner *counted
	poller  *poller.Poller
	box     reply.Mailbox
	rng     *mathrand.Rand

	mu      sync.Mutex
	written map[reply.ID]time.Time
	waits   []float64
	ended   int
	begin   time.Time
	reads   int
	units   float64
	failure error
	done    chan struct{}
}

func (r realRun) run(ctx context.Context, store *dynamodb.Store) (simulate.Result, time.Duration, error) {
	c := &callers{
		realRun: r, ctx: ctx, store: store, scanner: &counted{Scanner: store}, box: reply.NewMailbox(),
		rng: mathrand.New(mathrand.NewPCG(1, 1)), written: map[reply.ID]time.Time{}, done: make(chan struct{}), //nolint:gosec // latencies
	}
	c.poller = poller.New(c.scanner, c.box, func(o poller.Result) { go c.end(o.ID, time.Now()) }, poller.Options{Price: poller.Price(r.price)})
	defer c.poller.Close()
	for i := range r.inFlight {
		time.AfterFunc(time.Duration(r.scale*float64(i)/float64(r.inFlight)*float64(time.Second)), c.start)
	}
	select {
	case <-c.done:
	case <-ctx.Done():
		return simulate.Result{}, 0, ctx.Err()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	res := simulate.Result{
		Replies: len(c.waits), Reads: c.scanner.reads - c.reads, Units: c.scanner.units - c.units, Seconds: time.Since(c.begin).Seconds(),
	}
	for _, w := range c.waits {
		res.Waiting += w / float64(len(c.waits))
	}
	slices.Sort(c.scanner.trips)
	return res, c.scanner.trips[len(c.scanner.trips)/2], c.failure
}

func (c *callers) start() {
	id := reply.NewID(time.Now(), c.box)
	c.mu.Lock()
	latency := c.family.Quantile(math.Min(c.rng.Float64(), 1-1e-9), 0)
	c.mu.Unlock()
	c.poller.Wait(c.ctx, poller.Call{ID: id, Chain: "c", Until: time.Now().Add(defaultWait)})
	time.AfterFunc(time.Duration(latency*float64(time.Second)), func() { c.write(id) })
}

func (c *callers) write(id reply.ID) {
	data := make([]byte, 1024)
	_, _ = rand.Read(data)
	ev := event.New()
	ev.SetID(id.String())
	ev.SetType("t")
	ev.SetSource("s")
	if err := ev.SetData("application/octet-stream", data); err != nil {
		c.fail(err)
		return
	}
	now := time.Now()
	c.mu.Lock()
	c.written[id] = now
	c.mu.Unlock()
	err := c.store.Complete(c.ctx, reply.Reply{
		Request: reply.Request{ID: id, Chain: "c", Deadline: now.Add(defaultWait), Expires: now.Add(time.Hour)}, Event: ev,
	})
	if err != nil {
		c.fail(fmt.Errorf("complete: %w", err))
	}
}

func (c *callers) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failure = err
}

func (c *callers) end(id reply.ID, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended++
	if c.ended > c.warmup {
		c.waits = append(c.waits, at.Sub(c.written[id]).Seconds())
	}
	if c.ended == c.warmup {
		c.scanner.mu.Lock()
		c.reads, c.units, c.begin = c.scanner.reads, c.scanner.units, time.Now()
		c.scanner.mu.Unlock()
	}
	if c.ended == c.warmup+c.replies {
		close(c.done)
	}
	if c.ended < c.warmup+c.replies {
		go c.start()
	}
}
