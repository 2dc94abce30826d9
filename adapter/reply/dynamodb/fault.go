package dynamodb

import (
	"errors"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// fault is what kind of error a call has met.
type fault int

const (
	final     fault = iota // it would fail again
	refused                // the condition of a write does not hold
	throttled              // there were too many calls
	passing                // the table is out of reach or in trouble
)

// faultOf judges an error of a call by its code, never by its text.
func faultOf(err error) fault {
	if _, ok := errors.AsType[*types.ConditionalCheckFailedException](err); ok {
		return refused
	}
	if api, ok := errors.AsType[smithy.APIError](err); ok && isThrottle(api.ErrorCode()) {
		return throttled
	}
	if errors.Is(err, errUnprocessed) {
		return throttled
	}
	if _, half := errors.AsType[*smithy.DeserializationError](err); half {
		return passing // an answer that did not come whole
	}
	if status, ok := statusOf(err); ok {
		switch {
		case status == http.StatusTooManyRequests:
			return throttled
		case status >= http.StatusInternalServerError:
			return passing
		case status >= http.StatusBadRequest:
			return final
		case status < http.StatusMultipleChoices:
			return passing // a success of which not all came
		}
	}
	if errors.Is(err, errTimeout) || isServers(err) || isConnections(err) {
		return passing
	}
	return final
}

// isThrottle says whether the code of an error is one of DynamoDB for too many
// calls ("Error handling with DynamoDB" in the developer guide).
func isThrottle(code string) bool {
	switch code {
	case "ProvisionedThroughputExceededException", "ThrottlingException", "Throttling", "RequestLimitExceeded",
		"RequestThrottled", "RequestThrottledException", "TooManyRequestsException", "LimitExceededException":
		return true
	default:
		return false
	}
}

func statusOf(err error) (int, bool) {
	if answer, ok := errors.AsType[*smithyhttp.ResponseError](err); ok && answer.Response != nil {
		return answer.HTTPStatusCode(), true
	}
	return 0, false
}

// isServers says whether the server names itself as the one at fault.
func isServers(err error) bool {
	api, ok := errors.AsType[smithy.APIError](err)
	return ok && api.ErrorFault() == smithy.FaultServer
}

// isConnections says whether no answer came, or not all of one.
func isConnections(err error) bool {
	if _, ok := errors.AsType[*smithyhttp.RequestSendError](err); ok {
		return true
	}
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
}
