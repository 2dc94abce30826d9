// Package simulate runs the poller's [schedule.Scheduler] against a reply store
// that exists in virtual time only, and beside it what pollers usually do.
//
// A [Run] keeps a number of calls in flight, each with a latency of its
// [Family]. The store takes time to answer, shows a reply only some time after
// it was written, and bills reads as DynamoDB does. All is deterministic: the
// same [Config] leads to the same [Result].
package simulate
