// Package cloudevents is the CloudEvents HTTP protocol binding, version 1.0.2: how
// an event becomes the headers and the body of an HTTP message, request or
// response, and how it is read back.
//
// [ModeOf] reports in which content mode a message is, [Read] and [ReadBatch]
// take the events out of it, [Negotiate] chooses the mode of the answer and
// [Write] and [WriteBatch] set its headers and return its body. [Limits] bound
// what is read.
//
// Reading is strict: what the specification forbids is refused by an [*Error]
// that names the header or the JSON member, and what is written can be read
// back. Data is never re-encoded: the event that is read shares the memory of
// the body, which must not be changed afterwards.
//
// Everything here is safe for concurrent use on different messages. Where this
// package and the SDK of CloudEvents differ, DIFFERENCES.md explains why.
package cloudevents
