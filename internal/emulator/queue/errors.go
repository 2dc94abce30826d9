package queue

import "net/http"

// Error is a rejection by SQS.
type Error struct {
	// Type is the name of the error in the JSON protocol.
	Type string
	// Query is its older name, in the query protocol, by which the SDKs know
	// some errors.
	Query string
	// Message is for people.
	Message string
}

func (e *Error) Error() string { return e.Type + ": " + e.Message }

// status of every error of a caller.
const status = http.StatusBadRequest

// queryPrefix begins the older names of some errors.
const queryPrefix = "AWS.SimpleQueueService."

var (
	errNoQueue     = &Error{"QueueDoesNotExist", queryPrefix + "NonExistentQueue", "The specified queue does not exist."}
	errNotInflight = &Error{"MessageNotInflight", queryPrefix + "MessageNotInflight", "The message is not in flight."}
	errContents    = &Error{"InvalidMessageContents", "InvalidMessageContents", "The message contains characters outside the allowed set."}
	errBody        = &Error{"SerializationException", "MalformedInput", "The request is not the JSON that the action takes."}
	errEmptyBatch  = &Error{"EmptyBatchRequest", queryPrefix + "EmptyBatchRequest", "There should be at least one entry in the request."}
	errLongBatch   = &Error{
		"TooManyEntriesInBatchRequest", queryPrefix + "TooManyEntriesInBatchRequest", "Maximum number of entries per request are 10.",
	}
	errLargeBatch = &Error{"BatchRequestTooLong", queryPrefix + "BatchRequestTooLong", "Batch requests cannot be longer than 1048576 bytes."}
	errVisibility = errInvalid("Value for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and 43200.")
)

// named is an error that has the same name in both protocols.
func named(name, message string) *Error { return &Error{name, name, message} }

func errInvalid(message string) *Error { return named("InvalidParameterValue", message) }

func errMissing(parameter string) *Error {
	return named("MissingParameter", "The request must contain the parameter "+parameter+".")
}

func errReceipt(handle string) *Error {
	return named("ReceiptHandleIsInvalid", "The input receipt handle \""+handle+"\" is not a valid receipt handle.")
}
