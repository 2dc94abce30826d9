// Package redis is the reply store on Redis 7 or newer and on Valkey: a [Store]
// that many processes share, and that wakes them when a reply has come. It is for
// several adapters on Knative, on plain Kubernetes or anywhere else a server is
// near. The server may be one, one that Sentinel watches, or a cluster; see
// [Open] for the forms of its URL.
//
// # What is kept
//
// Scripts change what must change at once. What they take is one call each; the
// reply of a request without a key is one call, and no other is made for a sync
// call. All keys begin with [Options.Prefix]:
//
//   - {slot}r:ID, the record of a request that was registered or has a key, a few
//     hundred bytes, until its expiry and [Options.Tombstone] beyond that;
//   - {slot}b:ID, its reply, until its expiry;
//   - {slot}i:MAILBOX, the ids in a mailbox by their expiry, for as long as
//     records: it is what is known of a request that was not registered;
//   - {slot}u:MAILBOX and {slot}q:MAILBOX, what its tenants use, if that is limited;
//   - {slot}s:MAILBOX, a stream of the ids of what has come within half a minute at
//     least, 10,000 at most. A channel of the same name has the replies themselves,
//     if they have up to 4 KiB: they are pushed to who is there, and the stream is
//     for who was not.
//   - n:NAME, what all replicas have used of a quota, while something is owed or held;
//   - c:HASH, the claim on an idempotency key, until its expiry and a minute.
//
// All that is of one mailbox is in one slot of a cluster, by the tag in braces.
// A claim is not, since any replica must find it by its key. What holds a record
// and the claim on its key together is a fence, as package dynamodb describes
// it: who takes a key away first ends the grant of its owner in the record, and
// only then changes the claim.
//
// The server removes what has expired, by its own clock, and nothing needs to be
// swept. Whether something has expired is decided by the same clock: times are
// passed as distances from the caller's present, so callers' clocks may differ,
// as long as times that one has fixed for another (the Expires of an event)
// mean the same to both within what matters.
//
// # What survives what
//
//	what happens                   what is left
//	an adapter or vertex is killed everything
//	a connection is cut            everything
//	the server is killed, or its   everything with appendonly yes and appendfsync always; all but
//	machine loses power            the last two seconds with everysec (the server waits for so long
//	                               for a slow disk); else what its last snapshot has
//	the server is out of memory    everything; a new request gets ErrFull, and one that is
//	                               registered is completed nevertheless
//	a replica becomes the master   what it had received: replication is asynchronous
//	FLUSHALL, or an eviction       what was not removed
//
// A call that was in doubt is repeated until it is known what became of it. After
// a loss, requests are unknown (404), and a key may be taken once more.
// [Open] warns of a maxmemory-policy other than noeviction, under which a server
// that is full forgets replies and claims before their time, and of a server
// without appendonly.
//
// # What a user needs
//
// An ACL user needs the keys and the channels of the prefix and these commands:
//
//	~homing:* &homing:* -@all +@connection +ping +info +evalsha +eval +hget +hmget +hset
//	+hsetnx +hexists +hdel +hincrby +get +set +del +exists +pttl +pexpire +time
//	+zadd +zrem +zrangebyscore +zscan +zscore +getrange +xadd +xtrim +xrange +xinfo
//	+spublish +ssubscribe +sunsubscribe
//
// and in a cluster +cluster. go-redis writes trouble with connections to one log
// of the process, the standard error; [Replies] has it write to the app's. Another
// program calls its SetLogger.
package redis
