package sam

import "time"

// List prices of us-east-1 in dollars, of November 2026. Free tiers and
// discounts are left out.
const (
	priceAPICall  = 1.00 / million // HTTP API, up to 300 million a month
	priceRun      = 0.20 / million // of a function
	priceGBSecond = 0.0000133334   // Lambda, arm64
	priceWrite    = 0.625 / million
	priceRead     = 0.125 / million
	priceLogByte  = 0.50 / gigabyte
	priceTrace    = 5.00 / million
	priceKey      = 0.03 / 10_000 // a request to KMS
	priceMetric   = 0.10          // of an alarm, in a month
	priceSecret   = 0.40          // of Secrets Manager, in a month

	million   = 1_000_000
	gigabyte  = 1e9 // as CloudWatch counts
	megabytes = 1024.0
)

// Shape is which process runs which steps.
type Shape string

// The shapes of a deployment, as the parameter Shape names them.
const (
	Inline Shape = "inline"
	Vertex Shape = "vertex"
	Split  Shape = "split"
)

// Shapes are all shapes, in the order in which a deployment grows.
func Shapes() []Shape { return []Shape{Inline, Vertex, Split} }

// Load is what a call is taken to need. The zero value needs nothing.
type Load struct {
	// Steps of the chain.
	Steps int
	// Work is how long all steps take together.
	Work time.Duration
	// Overhead is how long a function takes for what is not a step.
	Overhead time.Duration
	// Hop is how long an event is on its way by asynchronous invocation.
	Hop time.Duration
	// Added is how long a reply waits in the table until it is found.
	Added time.Duration
	// AdapterMB and StepMB are the memory of a function that waits, and of one
	// that runs steps.
	AdapterMB, StepMB float64
	// Looks are the reads for a reply, each half a unit, and Writes the write
	// units of one.
	Looks, Writes float64
	// LogBytes are what the API and a function each log for a call.
	LogBytes float64
	// Rate is how many calls come in a second; 0 means that each comes alone.
	Rate float64
}

// The two rates between which most stacks are: about a million calls in a month, and
// in three hours.
const (
	QuietRate = 0.4
	BusyRate  = 100.0
)

// Traced is the part of the calls that X-Ray has by its default rule: the first in each
// second, and one in twenty of the others.
func (l Load) Traced() float64 {
	const others = 0.05
	return others + (1-others)/max(l.Rate, 1)
}

// KeyRequests are how often a call has the table's key decrypted: DynamoDB keeps it for
// five minutes for each of its users.
func (l Load) KeyRequests(users int) float64 {
	const kept = 300.0 // s
	return float64(users) / max(l.Rate*kept, 1)
}

// TypicalLoad is a small chain: three steps that take 100 ms together, with
// replies below 1 KB and the default parameters of the template, called at a rate.
func TypicalLoad(rate float64) Load {
	return Load{
		Steps: 3, Work: 100 * time.Millisecond, Overhead: 5 * time.Millisecond, //nolint:mnd // as below
		Hop: 50 * time.Millisecond, Added: 20 * time.Millisecond, //nolint:mnd // as below
		AdapterMB: 256, StepMB: 1024, Looks: 3, Writes: 1, LogBytes: 500, Rate: rate, //nolint:mnd // the names stand beside the numbers
	}
}

// Bill is what calls cost, in dollars.
type Bill struct {
	Shape Shape
	// API is the HTTP API, Runs are the invocations, Compute is the memory of
	// functions over time, Store the table, Key that which encrypts it.
	API, Runs, Compute, Store, Key, Logs, Traces float64
}

// Total of the bill.
func (b Bill) Total() float64 {
	return b.API + b.Runs + b.Compute + b.Store + b.Key + b.Logs + b.Traces
}

// PerMillion is what a million plain calls cost in a shape.
func (l Load) PerMillion(shape Shape) Bill {
	workers, waited := 0, l.Overhead // functions beside the adapter, and how long that waits for them
	adapterMB := l.AdapterMB
	switch shape {
	case Inline:
		waited += l.Work
		adapterMB = l.StepMB
	case Vertex:
		workers = 1
	case Split:
		workers = l.Steps
	}
	var working time.Duration
	if workers > 0 {
		working = l.Work + time.Duration(workers)*l.Overhead
		waited += working + time.Duration(workers)*l.Hop + l.Added
	}
	runs := float64(1 + workers)
	b := Bill{
		Shape:   shape,
		API:     priceAPICall,
		Runs:    runs * priceRun,
		Compute: (waited.Seconds()*adapterMB + working.Seconds()*l.StepMB) / megabytes * priceGBSecond,
		Logs:    (1 + runs) * l.LogBytes * priceLogByte,
		Traces:  l.Traced() * priceTrace,
	}
	if workers > 0 {
		const unitsOfLook = 0.5 // eventually consistent
		const users = 2         // the adapter, and who writes the reply
		b.Key = l.KeyRequests(users) * priceKey
		b.Store = l.Writes*priceWrite + l.Looks*unitsOfLook*priceRead
	}
	for _, part := range []*float64{&b.API, &b.Runs, &b.Compute, &b.Store, &b.Key, &b.Logs, &b.Traces} {
		*part *= million
	}
	return b
}
