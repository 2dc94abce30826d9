// Package homingtest tests the chains of an app: through the real adapter and in
// the process of the test, without a socket.
//
//	func TestGreet(t *testing.T) {
//		app := homingtest.New(t, chains, functions.Map{"greet": functions.Typed(Greet)})
//		var got Greeting
//		app.Post("/greet", Person{Name: "Ada"}).Want(http.StatusOK).JSON(&got)
//	}
//
// Whatever the adapter does over HTTP it does here: [Async] calls are fetched or
// waited for by their [Response], [Key] makes a call idempotent, [App.Event] sends
// an event to POST /events, and [App.Do] sends any request. [Remote] replaces a step
// that runs at a URL by a function or an [http.Handler]; no step reaches the network
// unless [Network] lets it.
//
// In a bubble of testing/synctest all time is that of the bubble: timeouts, pauses
// between attempts and waits cost none. What fails in a chain is in the log of the
// test, with its cause.
package homingtest
