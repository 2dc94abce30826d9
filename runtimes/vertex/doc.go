// Package vertex runs a run of consecutive steps of a chain in one process, by
// plain calls: no queue, no serialisation, and no goroutine for a step unless
// its policy has a timeout. All steps of a chain in one vertex are the
// mono-vertex.
//
//	v, err := vertex.New(chain)               // once
//	result, err := v.Carry(ctx, in, progress) // per request, by many goroutines
//
// A step is a map (one event in, one out) or a filter (a nil event drops the
// request). A panic in a function is the error of that request and never the
// end of the process.
//
// The policies of a step stand around its function in this order, the outer
// one first: retry, concurrency limit, circuit breaker, timeout.
package vertex
