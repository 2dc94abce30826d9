// Package remote sends a reply home over HTTP, from a vertex to the adapter
// that keeps its replies in its own memory: several adapters share a store
// instead, which their vertices reach, too.
//
// A [Replier] puts the reply of an event to the URL that the event carries as
// replyto, with its replytoken, and repeats that until the adapter has answered.
//
// Errors cross the wire by the type of a problem document (RFC 9457), which
// [Problem] returns.
package remote
