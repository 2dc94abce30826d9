// Package dynamodb is the reply store on Amazon DynamoDB, and on servers that
// speak its protocol: a [Store] that many processes share.
//
// Only GetItem, PutItem, UpdateItem, DeleteItem, Query and BatchWriteItem are
// called, without transactions and streams. What must happen once is a
// conditional write: the reply of a request that was not registered is one
// call, whatever is repeated. A table holds these kinds of items:
//
//   - a record, the state of a request and its reply, under its mailbox and in
//     the order of the request ids, so that one Query brings all replies that
//     have come for an adapter;
//   - a claim, who holds an idempotency key, under a hash of the key;
//   - a counter, what all replicas have used of a quota, under a hash of its name;
//   - a part of a reply that is too large for one item. The parts are written
//     first and the record last, so a reply is seen whole or not at all.
//
// Expiry is checked on every read with the clock of the store; the table's time
// to live, attribute [TTLAttribute], only sweeps later. [Schema] describes the
// table.
//
// The table has no bound that one tenant could use up for others, so the store is no
// [reply.Sharing]: what a tenant keeps costs money, and no room.
//
// # Idempotency keys without transactions
//
// A reply under a key counts only while its request holds the claim, though
// claim and record are two items. What holds them together is the fence. A
// claim names its grant, a random text that is new whenever a key is given to
// a request. Who takes a key away, by Claim after the lease has run out or by
// Release, first puts the grant among the fenced ones of the owner's record,
// if that is not completed, and only then changes the claim. Who completes
// reads the claim first and then writes the record on the condition that its
// grant is not fenced. So of a fence and a completion the first one wins:
//
//   - The owner completes, then the fence: it is refused, and whoever wanted the
//     key learns that the owner has it for good.
//   - The fence, then the owner completes: it is refused and answered
//     ErrSuperseded, even if it had read the claim long before.
//   - The one that fenced stops before it changes the claim: the owner cannot
//     complete and its lease is over, so the next call fences again and takes
//     the key. After a Release that stopped there, the key is free when the
//     lease runs out.
//   - Two calls take the same key: both fence, and the claim changes on the
//     condition that it still has the grant that was read, so one wins and the
//     other learns of it.
//   - A Release and a Claim, or two Releases: the same condition.
//   - Cancel ends the record by a conditional write, after which no reply is
//     taken, and then deletes the claim if the request owns it. If it stops
//     in between, Cancel again, or the end of the lease, frees the key.
//   - The owner extends its lease: the grant stays, so a fence that was put
//     under the old lease still keeps it out.
//   - Register neither reads nor writes a claim and leaves fences as they are.
//
// A record that has only fences, as its request was never registered, is
// unknown to Lookup.
package dynamodb
