// Package functions is what the author of an event function writes and
// imports: a [Function] takes a CloudEvent and returns one, a [Step] is a
// function with a name and a [Policy], a [Chain] is an ordered list of steps
// with a route.
//
// [Typed] creates a Function from plain Go structs, [Error] is an error with an
// HTTP status. [Query], [Header], [PathValue] and [Form] read the request,
// [SetStatus], [SetHeader] and [SetCookie] are for the reply; [TypedEvent] is for a
// typed function that needs these. Nothing here knows which platform runs the chain
// or where its reply waits: the same function runs inline, behind a broker and
// on AWS Lambda without a change.
package functions
