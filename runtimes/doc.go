// Package runtimes puts chains and adapter together, and its folders hold the
// places where functions run:
//
//	vertex   runs the steps of a chain in this process
//	local    serves an adapter or a vertex over HTTP
//	knative  is a process on Knative, in any role
//	lambda   is a function on AWS Lambda, in any role
//
// [Main] is the whole of an app: it runs in the place that its environment asks
// for. [New] is the same for Knative's func.
//
// [Inline] is the shape that needs no more than a process: a request comes in
// over HTTP, becomes an event, goes through the steps of its chain by plain
// calls, and the result is the answer. Steps that have a URL in the place of a
// function are called there, see [BindRemoteSteps].
package runtimes
