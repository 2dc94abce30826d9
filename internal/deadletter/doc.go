// Package deadletter is what happens after a function on AWS Lambda has died:
// it timed out, ran out of memory, crashed, or was never run. Then none of its
// own code can answer the request, so Lambda sends a destination record to the
// function with the role failure.
//
// There a [Handler] first keeps a [Letter] in the dead-letter queue, and then
// completes the request with an honest error reply. If either fails, Lambda
// tries the record again, and at last puts it into the same queue by itself. So
// the queue holds letters, bare destination records (one inside the other) and
// bare events, and [Open] reads all of them.
//
// On Knative the dead-letter sink of every Trigger is a process with the same role:
// a [Sink] makes a [Letter] of the event and its attributes knativeerror…, and the
// role keeps and completes in the same order (runtimes/knative).
//
// A letter is JSON that plain AWS tools can read:
//
//	aws sqs receive-message --queue-url "$URL" --query 'Messages[].Body' | jq '.[]|fromjson|.reason'
//
// The command `homing deadletter` lists letters and sends their events again.
package deadletter
