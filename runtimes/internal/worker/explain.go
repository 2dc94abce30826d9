package worker

import (
	"context"
	"errors"
	"net/http"

	"github.com/homing-dev/homing/functions"
)

// Explain makes the problem of a request whose leg has failed, and gives what is
// for the log alone: the cause. An error of a function is not changed, as it
// may be shared between requests.
func (l Segment) Explain(requestID string, err error) (p *functions.Error, cause error) {
	var own *functions.Error
	switch {
	case errors.As(err, &own):
		given := *own
		own = &given
	case errors.Is(err, context.DeadlineExceeded):
		own = functions.Errorf(http.StatusGatewayTimeout, "the deadline passed before the chain had ended")
	default:
		own = functions.Errorf(http.StatusInternalServerError, "the step failed; the log tells more under this requestid")
	}
	if own.RequestID == "" {
		own.RequestID = requestID
	}
	if own.Step == "" {
		own.Step = l.FirstStep()
	}
	if own.Cause != nil {
		return own, own.Cause
	}
	return own, err
}
