// Package adapter is the serving source of a chain: an http.Handler that turns
// a request into an event, has the chain run on it, waits for the reply and
// answers the call, once, with the reply or with an honest error before the
// deadline.
//
// The path of a call, file by file: adapter.go finds the route and guard.go
// says who may come in; body.go, request.go and prefer.go read the request;
// serve.go decides how the call is held. A plain call runs on the goroutine of
// its connection (held.go); a call that may outlive its connection runs on its
// own (detached.go), claims its idempotency key (idempotency.go) and has its
// reply kept in a reply store, where requests.go and stream.go find it.
// respond.go and problem.go write the answer.
package adapter
