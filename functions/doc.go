// Package functions is what the author of an event function writes and
// imports: a [Function] takes a CloudEvent and returns one, a [Step] is a
// function with a name and a [Policy], a [Chain] is an ordered list of steps
// with a route.
//
// [Typed] creates a Function from plain Go structs, [Error] is an error with an
// HTTP status, and [Query], [Header] and [SetStatus] are the few words of HTTP
// that a function may need. Nothing here knows which platform runs the chain
// or where its reply waits: the same function runs inline, behind a broker and
// on AWS Lambda without a change.
package functions
