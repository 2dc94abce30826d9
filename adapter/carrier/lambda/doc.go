// Package lambda brings events to AWS Lambda functions.
//
// [Client.Send] sends an event one way, by an asynchronous invocation: the
// next vertex runs its steps, and the reply comes to the reply store.
// [Client.Call] asks a function for its result, by a synchronous one, so that
// any Lambda that takes a CloudEvent and answers with one is a step
// ([Client.Step]). In both cases the payload is the event in the JSON format of
// CloudEvents.
//
// [Vertices] are which function runs which step, and [AsyncCarrier] is the carrier
// of an adapter whose steps run there.
package lambda
