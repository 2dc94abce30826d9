// Package lambda runs chains on AWS Lambda, in a function whose role comes from
// its environment: "all" (adapter and steps, the inline shape), "adapter",
// "vertex", which runs some steps and forwards the event or completes the
// request, or "failure", which completes the requests of vertices that died. One
// bootstrap serves every role.
//
// [Start] is the whole of a bootstrap. [New] creates a [Service] of a [Config],
// and its Invoke finds out what a payload is: an HTTP request, a CloudEvent, a
// batch of SQS messages or a destination record.
//
//	payload -> Invoke -> HTTP event  -> adapter.Adapter -> answer
//	                  -> CloudEvent  -> worker -> next function, reply store or answer
//	                  -> SQS batch   -> the same for every message
//	                  -> record      -> dead-letter queue, and an honest reply
//
// Lambda freezes a process once an invocation has returned. So a vertex returns
// only when its functions have, and its reply is in the store before. Who
// invokes a vertex and waits is answered at the deadline.
package lambda
