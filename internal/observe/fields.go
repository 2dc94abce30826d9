package observe

import "log/slog"

// Fields are the fields that a line of the log can have beside time, level and msg,
// in every runtime, with what they hold. The names of the attributes of events are
// theirs; the others are words without a capital or a dot, which every log store
// takes.
func Fields() map[string]string {
	return map[string]string{
		"requestid":  "id of the request, which X-Request-Id has",
		TraceIDLabel: "id of the trace that the call belongs to",
		"tenant":     "whose token was sent",
		"client":     "address of who has sent the call, by a trusted proxy if there is one",
		"chain":      "name of the chain",
		"route":      "method and path of the chain, without what a caller has filled in",
		"step":       "name of the step, after a failure the one that failed",
		"steps":      "time of each step, and what became of it if that is out of the common",
		"attempt":    "number of the attempt of the step",
		"status":     "HTTP status of the answer",
		"duration":   "time from the call to its answer",
		"detail":     "what the caller reads of a failure",
		"error":      "the cause of a failure, which the caller does not read",
		"while":      "what was tried when the reply store failed",

		"causationid": "id of the event that began the request",
		"message":     "id of the message of a queue",
		"invocation":  "id of the invocation on AWS Lambda",
		"function":    "name of the function on AWS Lambda",
		"destination": "where a dead letter could not be brought",
		"tries":       "how often that was tried",
		"reason":      "why it could not, by the platform",
		"deadline":    "when the work stops being wanted",
		"kept":        "whether a dead letter is kept",
		"answered":    "whether its request was answered",

		"callback": "where a reply is delivered to, without its query",

		"issuer": "of tokens",
		"keys":   "how many keys an issuer of tokens has",

		"exporter": "where spans go",
		"failed":   "how many spans it did not take so far",
		"dropped":  "how many were dropped so far, as too many waited",

		"role":     "what this process is",
		"runtime":  "where it runs",
		"address":  "where it listens",
		"within":   "time for running calls to finish",
		"try":      "a command that calls the route",
		"settings": "settings without effect",
		"set":      "what is set",
		"before":   "what was set before",
		"used":     "what is used in its place",
		"by":       "who has set it",
		"panic":    "what a function panicked with",
		"stack":    "where",
	}
}

// WithTrace returns fields with the id of the trace that a traceparent names, if it
// names one.
func WithTrace[A slog.Attr | any](fields []A, traceparent string) []A {
	if traceparent == "" {
		return fields
	}
	if id, _ := TraceID(traceparent); id != "" {
		if field, ok := any(slog.String(TraceIDLabel, id)).(A); ok {
			return append(fields, field)
		}
	}
	return fields
}
