// Package queue is the part of Amazon SQS that Homing uses, in memory: standard
// queues with visibility timeouts, long polling, delays, retention and
// dead-letter queues, in the JSON protocol of today's AWS SDKs, which find it
// through AWS_ENDPOINT_URL_SQS.
//
// It serves SendMessage, SendMessageBatch, ReceiveMessage, DeleteMessage,
// DeleteMessageBatch, ChangeMessageVisibility, GetQueueAttributes, GetQueueUrl,
// ListQueues and PurgeQueue, for any credentials. The queues are those that
// [New] is given; there are no FIFO queues, and PurgeQueue may be repeated at
// once. Messages come in the order in which they became visible, each to one
// receiver, and are lost with the process.
package queue
