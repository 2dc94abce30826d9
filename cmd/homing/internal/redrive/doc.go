// Package redrive looks into the dead-letter queue and sends events again.
//
// SQS has no way to look into a queue: a message that is read is hidden from
// everybody for a while. So [Box.Scan] reads all messages, each of them hidden
// until the end so that the next read returns others, and then makes those
// visible again that are to stay. That changes nothing but their receive count.
// Messages that somebody else holds meanwhile are not seen.
//
// On Knative letters are in the server of the replies: a [Store], into which anybody
// can look.
//
// [List] returns the letters, copies of one counted once. [Sender.Run] invokes
// their functions again, or delivers the reply to the callback of a request; a message is deleted only after Lambda has accepted
// its event, so a letter is always in the queue or was sent, or both.
package redrive
