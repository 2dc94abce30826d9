package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/cloudevents"
)

// Call invokes a function, a name or an ARN, and gives the event that it
// answers, or nil if it answers null or nothing: then it has dropped ev.
//
// The error is the cause of ctx, if that has ended, or a [*functions.Error]
// whose Temporary method tells whether another attempt may help: 413 for an
// event above [MaxSync] bytes, 502 if the function cannot be invoked, has
// crashed or has answered nonsense, 504 if it has timed out, 500 if it has
// failed. A problem document that the function answers, as its error or as an
// event, is handed on. Call makes one attempt.
func (c *Client) Call(ctx context.Context, function string, ev event.Event) (*event.Event, error) {
	payload, err := encode(function, ev, MaxSync)
	if err != nil {
		return nil, err
	}
	out, err := c.invoke(ctx, function, types.InvocationTypeRequestResponse, payload)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, judge(function, err)
	case out.FunctionError != nil:
		return nil, failed(function, *out.FunctionError, out.Payload)
	default:
		return answer(function, out.Payload)
	}
}

// answer reads what a function has answered.
func answer(function string, payload []byte) (*event.Event, error) {
	payload = bytes.TrimSpace(payload)
	if len(payload) == 0 || string(payload) == "null" {
		return nil, nil //nolint:nilnil // dropped
	}
	ev, err := cloudevents.Read(http.Header{"Content-Type": {event.ApplicationCloudEventsJSON}}, payload)
	if err != nil {
		return nil, &remoteError{problem: &functions.Error{
			Problem: functions.Problem{
				Status: http.StatusBadGateway, Title: "Step answered nonsense",
				Detail: "the step answered a payload that is no event",
			},
			Cause: fmt.Errorf("answer of %s: %w", function, err),
		}}
	}
	if p, ok := problemOf(ev); ok {
		return nil, told(p, fmt.Errorf("%s answered the problem %d", function, p.Status))
	}
	ev = carrier.StripRouting(ev)
	return &ev, nil
}

// problemOf reads the problem document that a vertex answers where nobody else
// hears of the failure.
func problemOf(ev event.Event) (functions.Problem, bool) {
	status, ok := functions.Status(ev)
	if !ok || !failure(status) || ev.DataContentType() != functions.ProblemContentType {
		return functions.Problem{}, false
	}
	var p functions.Problem
	if !utf8.Valid(ev.DataEncoded) || json.Unmarshal(ev.DataEncoded, &p) != nil {
		return functions.Problem{}, false
	}
	p.Status = status
	return p, true
}

// failure says whether a status stands for one.
func failure(status int) bool {
	return status >= http.StatusBadRequest && status <= 599
}

// told is the error for a problem that the function has told itself. One that
// names its step comes from a vertex of ours, whose policies have tried again
// already.
func told(p functions.Problem, cause error) error {
	temporary := p.Step == "" && (p.Status == http.StatusTooManyRequests || p.Status >= http.StatusInternalServerError)
	return &remoteError{problem: &functions.Error{Problem: p, Cause: cause}, temporary: temporary}
}

// report is the payload of an invocation that failed.
type report struct {
	functions.Problem

	ErrorType    string `json:"errorType"`
	ErrorMessage string `json:"errorMessage"`
}

// failed is for an invocation whose function has failed. What the function says
// of it is for the log only, unless it is a problem document.
func failed(function, kind string, payload []byte) error {
	var r report
	if json.Unmarshal(payload, &r) != nil {
		r = report{}
	}
	cause := fmt.Errorf("%s failed (%s): %s: %s", function, kind, r.ErrorType, r.ErrorMessage)
	switch {
	case failure(r.Status) && r.Title != "":
		return told(r.Problem, cause)
	case r.ErrorType == "Sandbox.Timedout", strings.Contains(r.ErrorMessage, "Task timed out after"):
		return ended(http.StatusGatewayTimeout, "Step timed out", "the function of the step did not end within its timeout", cause, true)
	case r.ErrorType == "Function.ResponseSizeTooLarge":
		return ended(http.StatusBadGateway, "Step answered nonsense", "the step answered more than the platform hands on", cause, false)
	case strings.HasPrefix(r.ErrorType, "Runtime."), strings.HasPrefix(r.ErrorType, "Extension."):
		return ended(http.StatusBadGateway, "Step crashed", "the function of the step ended before it had answered", cause, true)
	default:
		return ended(http.StatusInternalServerError, "Step failed", "the function of the step failed", cause, true)
	}
}

func ended(status int, title, detail string, cause error, temporary bool) error {
	return &remoteError{temporary: temporary, problem: &functions.Error{
		Problem: functions.Problem{Status: status, Title: title, Detail: detail}, Cause: cause,
	}}
}
