package lambda

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/homing-dev/homing/internal/tracing"
)

// trace starts the span of an invocation. A synchronous one carries its trace context
// as Lambda's client context; an asynchronous one cannot, and its event has where its
// trace has started.
func (c *Client) trace(ctx context.Context, in *lambda.InvokeInput) (context.Context, tracing.Span) {
	if c.tracer == nil {
		return ctx, tracing.Span{}
	}
	var span tracing.Span
	if c.tracer.Wanted(ctx) {
		kind := trace.SpanKindClient
		if in.InvocationType == types.InvocationTypeEvent {
			kind = trace.SpanKindProducer
		}
		ctx, span = c.tracer.Start(ctx, "Lambda/Invoke", kind, semconv.FaaSInvokedName(*in.FunctionName), semconv.FaaSInvokedProviderAWS,
			semconv.RPCSystemNameKey.String("aws-api"), semconv.RPCMethod("Lambda/Invoke"))
	}
	if sc := trace.SpanContextFromContext(ctx); sc.IsValid() && in.InvocationType == types.InvocationTypeRequestResponse {
		parent, state := tracing.Format(sc)
		custom := map[string]string{"traceparent": parent}
		if state != "" {
			custom["tracestate"] = state
		}
		text, _ := json.Marshal(map[string]map[string]string{"custom": custom}) //nolint:errchkjson // texts never fail
		if encoded := base64.StdEncoding.EncodeToString(text); len(encoded) <= maxClientContext {
			in.ClientContext = &encoded
		}
	}
	return ctx, span
}

// maxClientContext is Lambda's limit, in bytes.
const maxClientContext = 3583

// errFunction is for the span of an invocation whose function has failed.
var errFunction = errors.New("the function failed")

func endInvoke(span tracing.Span, out *lambda.InvokeOutput, err error) {
	if err == nil && out.FunctionError != nil {
		span.Fail(errFunction, *out.FunctionError)
	}
	span.EndWith(err)
}
