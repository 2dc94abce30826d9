// Package remote is the reply store over HTTP, and how a vertex sends a reply
// home.
//
// [Handler] serves a [reply.Store] to other processes and [New] creates a client
// that is a [reply.Store] itself: so several adapters share the store in the
// memory of one. Every call is a POST of a JSON document; the data of events
// follows it as it is, so all comes back exactly as it was put.
//
// A [Replier] is all that a vertex needs: it puts the reply of an event to the
// URL that the event carries as replyto, with its replytoken, and repeats that
// until the adapter has answered.
//
// Errors cross the wire by the type of a problem document (RFC 9457), which
// [Problem] returns.
package remote
