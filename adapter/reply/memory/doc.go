// Package memory is the reply store of one process: a [Store] of bounded size
// that keeps replies, claims and tombstones in memory and wakes its adapter
// when a reply arrives.
//
// A process that ends takes its replies with it, and no other replica can see
// them: use it where adapter and steps share a process, in tests, and on a
// laptop.
//
// What was promised is never evicted: when the store is full it refuses new
// work with [reply.ErrFull], and a registered request can always be completed. A
// reply without a key that its caller has got, see [Store.Delivered], makes room a
// minute later, the oldest first. Tenants have shares, see [Store.Share], so that
// one does not fill the store for all.
//
// Expired records are swept by the calls that write, so there is no goroutine
// and nothing to close.
package memory
