// Package poller finds the replies of a store that has to be asked for them,
// with the fewest reads and the least waiting.
//
// An adapter process has one [Poller] for its mailbox, not one per request. It
// learns how long the calls of each chain take (package hazard), sums the
// rates of all that wait, and reads when a read is worth its price (package
// schedule). So reads per reply fall about as 1/sqrt(requests per second), the
// first read comes when a reply is likely, and stragglers cost little. Where a
// process has one request at a time, as on Lambda, the same code does the
// right thing for one.
//
//	p := poller.New(store, box, deliver, poller.Options{Price: poller.Balanced})
//	defer p.Close()
//	stop := p.Wait(ctx, poller.Call{ID: id, Chain: "quote", Until: until})
//	defer stop()
//
// It has no goroutine while nothing waits.
package poller
