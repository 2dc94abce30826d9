package lambda

import (
	"context"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/cloudevents/sdk-go/v2/event"
	"go.opentelemetry.io/otel/trace"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/cloudevents"
	"github.com/homing-dev/homing/internal/tracing"
)

// Limits of a payload in bytes.
const (
	// MaxAsync is for asynchronous invocations: Lambda's 1 MiB, less what
	// the record of an event that failed adds.
	MaxAsync = 1<<20 - 16<<10
	// MaxSync is for synchronous invocations.
	MaxSync = 6 << 20
)

// API is what is used of the client of the Lambda service, *lambda.Client of
// aws-sdk-go-v2.
type API interface {
	Invoke(ctx context.Context, in *lambda.InvokeInput, opts ...func(*lambda.Options)) (*lambda.InvokeOutput, error)
}

// Client invokes functions with events. It is safe for concurrent use.
type Client struct {
	api    API
	large  carrier.Large
	tracer *tracing.Tracer
}

// WithLarge returns a client that sends what large returns in the place of an event
// above [MaxAsync] bytes. The default is nil: such an event is refused with 413.
func (c *Client) WithLarge(large carrier.Large) *Client { return &Client{c.api, large, c.tracer} }

// WithTraces returns a client that records a span for each invocation. The default, and
// nil, is none.
func (c *Client) WithTraces(p trace.TracerProvider) *Client {
	return &Client{c.api, c.large, tracing.New(p)}
}

// New returns a client. The retries of api are not used: this package has its
// own, which know the deadline of a request.
func New(api API) *Client { return &Client{api: api} }

// invoke sends payload once.
func (c *Client) invoke(
	ctx context.Context, function string, how types.InvocationType, payload []byte,
) (*lambda.InvokeOutput, error) {
	in := &lambda.InvokeInput{FunctionName: &function, InvocationType: how, Payload: payload}
	ctx, span := c.trace(ctx, in)
	out, err := c.api.Invoke(ctx, in, once)
	endInvoke(span, out, err)
	return out, err
}

// once takes the retries of the SDK away.
func once(o *lambda.Options) { o.Retryer = aws.NopRetryer{} }

// attributesSize is about how many bytes the attributes of an event take.
const attributesSize = 1 << 10

// encode writes the payload that carries ev to a function.
func encode(function string, ev event.Event, limit int) ([]byte, error) {
	payload, err := cloudevents.AppendExact(make([]byte, 0, len(ev.DataEncoded)+attributesSize), ev)
	if err != nil {
		return nil, fmt.Errorf("write the event for %s: %w", function, err)
	}
	if size := len(payload); size > limit {
		return nil, carrier.NewStepError(functions.Problem{
			Status: http.StatusRequestEntityTooLarge, Title: eventTooLarge,
			Detail: fmt.Sprintf("the event has %d bytes with its attributes; the platform takes %d at most", size, limit),
		}, nil, false)
	}
	return payload, nil
}
