package lambda

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/backoff"
)

// eventTooLarge is the title for an event that the platform does not take.
const eventTooLarge = "Event too large"

// serviceError is what the caller sees of an error of the Lambda service.
func serviceError(function string, err error) *carrier.StepError {
	cause := fmt.Errorf("invoke %s: %w", function, err)
	switch {
	case isTooLarge(err):
		return carrier.NewStepError(functions.Problem{
			Status: http.StatusRequestEntityTooLarge, Title: eventTooLarge,
			Detail: "the platform refused the event for its size",
		}, cause, false)
	case isBusy(err):
		return busy(cause)
	case mayPass(err):
		return carrier.Unreachable(cause)
	default:
		return carrier.NewStepError(functions.Problem{
			Status: http.StatusBadGateway, Title: "Step cannot be invoked",
			Detail: "the platform does not let the step be invoked; the log has more under this requestid",
		}, cause, false)
	}
}

// isBusy reports whether the function did not run since nothing was free to run it: its
// concurrency or the account's is used up, it is just being updated, or its network is
// slow to come.
func isBusy(err error) bool {
	return is[*types.TooManyRequestsException](err) || is[*types.ResourceConflictException](err) || is[*types.EC2ThrottledException](err)
}

// busy is for a function that did not run. The caller should come back.
func busy(cause error) *carrier.StepError {
	e := carrier.NotSent(cause)
	e.Problem.Status, e.Problem.Title = http.StatusServiceUnavailable, "Step is busy"
	e.Problem.Detail = "the platform has nothing free to run the step; try again later"
	e.Problem.RetryAfter = carrier.LongestDelay
	return e
}

func isTooLarge(err error) bool {
	return is[*types.RequestTooLargeException](err) || is[*types.SerializedRequestEntityTooLargeException](err) ||
		statusOf(err) == http.StatusRequestEntityTooLarge
}

// mayPass reports whether the same call may go through later: the function or the
// account is throttled, the function is just being updated, the service has a
// fault, or no answer came.
func mayPass(err error) bool {
	if isBusy(err) {
		return true
	}
	if status := statusOf(err); status != 0 {
		return backoff.Transient(status) || status == http.StatusConflict
	}
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorFault() == smithy.FaultServer
	}
	return true
}

func is[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}

// statusOf returns the HTTP status of the answer that err is about; 0 if there was
// no answer.
func statusOf(err error) int {
	var answered interface{ HTTPStatusCode() int }
	if errors.As(err, &answered) {
		return answered.HTTPStatusCode()
	}
	return 0
}
