// Package lambda runs chains on AWS Lambda, in a function whose role comes from
// its environment: "all" (adapter and steps, the inline shape), "adapter",
// "vertex", which runs some steps and hands the event on or completes the
// reply, or "failure", which answers for vertices that died. One bootstrap
// serves every role.
//
// [Start] is the whole of a bootstrap. [New] makes a [Service] of a [Config],
// and its Invoke finds out what a payload is: an HTTP request, a CloudEvent, a
// batch of SQS messages or a destination record.
//
//	payload -> Invoke -> HTTP event  -> adapter.Adapter -> answer
//	                  -> CloudEvent  -> steps -> next function, or reply store
//	                  -> SQS batch   -> the same for every message
//	                  -> record      -> dead-letter queue, and an honest reply
//
// Lambda freezes a process once it has answered. So a vertex returns only when
// its functions have, and its reply is in the store before.
package lambda
