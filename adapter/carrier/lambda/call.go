package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/cloudevents"
)

// Call invokes a function, a name or an ARN, and returns the event that it
// answers, or nil if it answers null or nothing: then it has dropped ev.
//
// The error is the cause of ctx, if that has ended, or a [*carrier.StepError]:
// 413 for an event above [MaxSync] bytes, 503 with RetryAfter if nothing is free to run
// the function, 502 if it cannot be invoked, has crashed or has answered what is no
// event, 504 if it has timed out, 500 if it has failed. A problem document that the
// function answers, as its error or as an event, is passed on. There is one attempt.
func (c *Client) Call(ctx context.Context, function string, ev event.Event) (*event.Event, error) {
	return c.call(ctx, function, ev, readResponse)
}

func (c *Client) call(
	ctx context.Context, function string, ev event.Event, read func(function string, payload []byte) (*event.Event, error),
) (*event.Event, error) {
	payload, err := encode(function, ev, MaxSync)
	if err != nil {
		return nil, err
	}
	out, err := c.invoke(ctx, function, types.InvocationTypeRequestResponse, payload)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, serviceError(function, err)
	case out.FunctionError != nil:
		return nil, invocationError(function, *out.FunctionError, out.Payload)
	default:
		return read(function, out.Payload)
	}
}

// Remote returns the function of a Lambda of somebody else, who learns nothing of
// the routing of the event, so it must answer: with an event, or if isJSON with any
// JSON, which is the data of the result then.
func (c *Client) Remote(function string, isJSON bool) functions.Function {
	read := readResponse
	if isJSON {
		read = readJSON
	}
	return func(ctx context.Context, in event.Event) (*event.Event, error) {
		return c.call(ctx, function, carrier.StripRouting(in), read)
	}
}

// readJSON reads what a function has answered that knows no events. One that does
// answers with its specversion.
func readJSON(function string, payload []byte) (*event.Event, error) {
	var known struct {
		Version string `json:"specversion"`
	}
	if json.Unmarshal(payload, &known) == nil && known.Version != "" {
		return readResponse(function, payload)
	}
	payload = bytes.TrimSpace(payload)
	switch {
	case len(payload) == 0, string(payload) == "null":
		return nil, nil //nolint:nilnil // dropped
	case !json.Valid(payload):
		return nil, carrier.BadResponse(function, "what is not JSON", fmt.Errorf("%q", payload[:min(len(payload), maxCause)]))
	}
	out := event.New()
	out.SetDataContentType(event.ApplicationJSON)
	out.DataEncoded = payload
	return &out, nil
}

// maxCause is how many bytes of an answer reach the log.
const maxCause = 1 << 10

// Step returns the function of a Lambda that takes a CloudEvent and answers with
// one, in any language. slip is for a vertex of ours, and names what it has to
// run: this step alone. A Lambda of somebody else gets none. Neither learns where
// replies go, so it must answer.
func (c *Client) Step(function string, slip carrier.Slip) functions.Function {
	return func(ctx context.Context, in event.Event) (*event.Event, error) {
		ev := carrier.StripRouting(in)
		if slip != "" {
			ev = carrier.Routed(ev, slip)
		}
		return c.Call(ctx, function, ev)
	}
}

// readResponse reads what a function has answered.
func readResponse(function string, payload []byte) (*event.Event, error) {
	payload = bytes.TrimSpace(payload)
	if len(payload) == 0 || string(payload) == "null" {
		return nil, nil //nolint:nilnil // dropped
	}
	ev, err := cloudevents.Read(http.Header{"Content-Type": {event.ApplicationCloudEventsJSON}}, payload)
	if err != nil {
		return nil, carrier.BadResponse(function, "a payload that is no event",
			fmt.Errorf("%w; if the function answers plain data, write `answers: json` at the step in chain.yaml", err))
	}
	if p, ok := problemOf(ev); ok {
		err := problemError(p, fmt.Errorf("%s answered the problem %d", function, p.Status))
		err.Problem.Headers = functions.Attribute(ev, functions.AttrHTTPHeaders)
		return nil, err
	}
	ev = carrier.StripRouting(ev)
	return &ev, nil
}

// problemOf reads the problem document with which a vertex answers where nobody
// else learns of the failure.
func problemOf(ev event.Event) (functions.Problem, bool) {
	status, ok := functions.Status(ev)
	if !ok || !carrier.IsFailure(status) || ev.DataContentType() != functions.ProblemContentType {
		return functions.Problem{}, false
	}
	var p functions.Problem
	if !utf8.Valid(ev.DataEncoded) || json.Unmarshal(ev.DataEncoded, &p) != nil {
		return functions.Problem{}, false
	}
	p.Status = status
	return p, true
}

// report is the payload of an invocation that failed.
type report struct {
	functions.Problem

	ErrorType    string `json:"errorType"`
	ErrorMessage string `json:"errorMessage"`
}

// invocationError is for an invocation whose function has failed. What the
// function reports is for the log only, unless it is a problem document.
func invocationError(function, kind string, payload []byte) error {
	var r report
	if json.Unmarshal(payload, &r) != nil {
		r = report{}
	}
	cause := fmt.Errorf("%s failed (%s): %s: %s", function, kind, r.ErrorType, r.ErrorMessage)
	p := functions.Problem{Status: http.StatusInternalServerError, Title: "Step failed", Detail: "the function of the step failed"}
	switch {
	case carrier.IsFailure(r.Status) && r.Title != "":
		return problemError(r.Problem, cause)
	case r.ErrorType == "Function.ResponseSizeTooLarge":
		return carrier.BadResponse(function, "more than the platform passes on", cause)
	case r.ErrorType == "Sandbox.Timedout", strings.Contains(r.ErrorMessage, "Task timed out after"):
		p.Status, p.Title, p.Detail = http.StatusGatewayTimeout, "Step timed out", "the function of the step did not end within its timeout"
	case strings.HasPrefix(r.ErrorType, "Runtime."), strings.HasPrefix(r.ErrorType, "Extension."):
		p.Status, p.Title, p.Detail = http.StatusBadGateway, "Step crashed", "the function of the step "+r.ending()+" before it had answered"
	}
	return carrier.NewStepError(p, cause, true)
}

// ending is how the process of the function has ended, in the words of Lambda,
// which are shown only as far as they are those of a signal or of an exit.
func (r report) ending() string {
	if r.ErrorType == "Runtime.OutOfMemory" {
		return "ran out of memory"
	}
	how := regexp.MustCompile(`Runtime exited with error: ((?:exit status \d+|signal: [A-Za-z0-9 ]{1,40})(?: \(core dumped\))?)$`)
	if found := how.FindStringSubmatch(r.ErrorMessage); found != nil {
		return "ended (" + found[1] + ")"
	}
	return "ended"
}

// problemError is for a problem document of the function itself.
func problemError(p functions.Problem, cause error) *carrier.StepError {
	return carrier.NewStepError(p, cause, p.Status == http.StatusTooManyRequests || p.Status >= http.StatusInternalServerError)
}
