// Package adapter is the serving source of a chain: an http.Handler that turns
// a request into an event, has the chain run on it, waits for the reply and
// answers the call, once, with the reply or with an honest error before the
// deadline.
//
// The path of a call, file by file: adapter.go and route.go find the route, and
// guard.go checks who may come in. request.go reads the request, prefer.go how
// its caller wants to be answered, and event.go turns it into an event. call.go
// decides how the connection is held, and state.go what follows from all that
// can happen then. A call whose steps all run in this process is run by sync.go,
// on the goroutine of its connection. A call that may outlive its connection, or
// whose reply may come from another process, is run by async.go, under an
// idempotency key by keyed.go, and the events of a batch by batch.go; await.go
// waits for their replies. store.go has the reply store keep a reply, which
// fetch.go and stream.go find there, and replyput.go takes one from another
// process. respond.go and problem.go write the answer.
//
// Two words are kept apart: a request is completed in the reply store, and a
// call is responded to over HTTP.
package adapter
