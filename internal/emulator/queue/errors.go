package queue

import "net/http"

// Error is a refusal by SQS.
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

func errNoQueue() *Error {
	return &Error{"QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist."}
}

func errReceipt(handle string) *Error {
	const name = "ReceiptHandleIsInvalid" // in both protocols
	return &Error{name, name, "The input receipt handle \"" + handle + "\" is not a valid receipt handle."}
}

func errNotInflight() *Error {
	return &Error{"MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight", "The message is not in flight."}
}

func errContents() *Error {
	return &Error{"InvalidMessageContents", "InvalidMessageContents", "The message contains characters outside the allowed set."}
}

func errInvalid(message string) *Error {
	return &Error{"InvalidParameterValue", "InvalidParameterValue", message}
}

func errMissing(parameter string) *Error {
	return &Error{"MissingParameter", "MissingParameter", "The request must contain the parameter " + parameter + "."}
}

func errAttribute(name string) *Error {
	return &Error{"InvalidAttributeName", "InvalidAttributeName", "Unknown Attribute " + name + "."}
}

func errUnknown(operation string) *Error {
	return &Error{"InvalidAction", "InvalidAction", "The action " + operation + " is not served here."}
}

func errBody() *Error {
	return &Error{"SerializationException", "MalformedInput", "The request is not the JSON that the action takes."}
}

func errEmptyBatch() *Error {
	return &Error{"EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest", "There should be at least one entry in the request."}
}

func errLongBatch() *Error {
	return &Error{
		"TooManyEntriesInBatchRequest", "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
		"Maximum number of entries per request are 10.",
	}
}

func errSameIDs(id string) *Error {
	return &Error{"BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct", "Id " + id + " repeated."}
}
