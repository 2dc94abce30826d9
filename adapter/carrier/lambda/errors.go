package lambda

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/backoff"
)

// remoteError is a [functions.Error] that knows whether another attempt may
// help.
type remoteError struct {
	problem   *functions.Error
	temporary bool
}

func (e *remoteError) Error() string { return e.problem.Error() }

// Temporary says whether another attempt may help.
func (e *remoteError) Temporary() bool { return e.temporary }

// Unwrap gives the problem.
func (e *remoteError) Unwrap() error { return e.problem }

// judge says what the caller hears of an error of the Lambda service, and
// whether another attempt may help.
func judge(function string, err error) *remoteError {
	cause := fmt.Errorf("invoke %s: %w", function, err)
	switch {
	case isTooLarge(err):
		return &remoteError{problem: &functions.Error{
			Problem: functions.Problem{
				Status: http.StatusRequestEntityTooLarge, Title: "Event too large",
				Detail: "the platform refused the event for its size",
			},
			Cause: cause,
		}}
	case mayPass(err):
		return &remoteError{temporary: true, problem: &functions.Error{
			Problem: functions.Problem{
				Status: http.StatusBadGateway, Title: "Step unreachable",
				Detail: "the step could not be reached",
			},
			Cause: cause,
		}}
	default:
		return &remoteError{problem: &functions.Error{
			Problem: functions.Problem{
				Status: http.StatusBadGateway, Title: "Step cannot be invoked",
				Detail: "the platform does not let the step be invoked; the log tells more under this requestid",
			},
			Cause: cause,
		}}
	}
}

func isTooLarge(err error) bool {
	if _, ok := errors.AsType[*types.RequestTooLargeException](err); ok {
		return true
	}
	if _, ok := errors.AsType[*types.SerializedRequestEntityTooLargeException](err); ok {
		return true
	}
	return statusOf(err) == http.StatusRequestEntityTooLarge
}

// mayPass says whether the same call may go through later: the function or the
// account is throttled, the function is just being updated, the service has a
// fault, or no answer came.
func mayPass(err error) bool {
	if _, ok := errors.AsType[*types.TooManyRequestsException](err); ok {
		return true
	}
	if _, ok := errors.AsType[*types.ResourceConflictException](err); ok {
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

// statusOf is the HTTP status of the answer that err tells of; 0 if there was
// no answer.
func statusOf(err error) int {
	var answered interface{ HTTPStatusCode() int }
	if errors.As(err, &answered) {
		return answered.HTTPStatusCode()
	}
	return 0
}
