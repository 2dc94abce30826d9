// Package replytest is the suite that every reply store passes. A store's test
// calls it in one line:
//
//	func TestStore(t *testing.T) {
//		replytest.Run(t, func(t *testing.T, c replytest.Config) reply.Store {
//			return memory.New(memory.Options{Now: c.Now, MaxReply: c.MaxReply})
//		})
//	}
//
// [Run] checks every promise in the comments of [reply.Store], and those of
// [reply.Notifier] and [reply.Counting] if the store implements them. There is nothing
// else that a store may leave out.
//
// The store must take the time from the clock that it is given. That starts at
// the present, in whole seconds, and moves by seconds at least, so a store may
// keep deadlines and expiry to the second. Nothing sleeps. Ids, keys and
// mailboxes are random, so all stores made by newStore may share one table and
// the suite may run against it again and again. A write is read at once: a
// store whose reads may lag is tested with consistent reads.
package replytest
