// Package reply is where a reply waits for its adapter.
//
// An [ID] names a request and, inside it, the [Mailbox] of the adapter that
// waits for it. A [Store] takes the [Reply] of a vertex by Complete, of which
// the first one counts, and returns it by Lookup (one id) or Collect (all that
// have come for a mailbox). A request that may outlive its connection is
// registered first, so that a fetch can tell "still running" from "never
// seen"; an idempotency key is claimed by Claim.
//
// A store that can wake its adapter is a [Notifier]; another one is a
// [Scanner], and is polled. Package memory keeps all in one process; package
// replytest is the suite that every store passes.
package reply
