// Package carrier brings events from the adapter to a vertex, and from a vertex
// to the next, over HTTP.
//
// [Client] sends one event and reads the answer as Knative's data plane does:
// 200 with an event is a result, 202 means that the reply will come to the
// store. [Client.Step] is the function of a URL, so that any CloudEvents function, in
// any language, is a step. [Broker] sends an event one way, with the routing
// [Slip] of the steps still to run and the address and token of its reply.
package carrier
