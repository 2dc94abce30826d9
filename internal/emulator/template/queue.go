package template

import "time"

// Defaults and limits of SQS.
const (
	defaultVisibility = 30 * time.Second
	maxVisibility     = 12 * 60 * 60 // s
	defaultRetention  = 4 * 24 * time.Hour
	minRetention      = 60          // s
	maxRetention      = 14 * 86_400 // s
	maxReceives       = 1000
)

// queue reads an AWS::SQS::Queue.
func (b *builder) queue(r resource) {
	properties := r.properties()
	b.only(properties, "QueueName VisibilityTimeout MessageRetentionPeriod RedrivePolicy FifoQueue",
		"SqsManagedSseEnabled KmsMasterKeyId KmsDataKeyReusePeriodSeconds Tags RedriveAllowPolicy MaximumMessageSize",
		"DelaySeconds ReceiveMessageWaitTimeSeconds")
	name, err := b.e.name(r)
	b.fail(err)
	arn, err := b.e.arn(r)
	b.fail(err)
	url, err := b.e.attribute(r.value, r.id, "QueueUrl")
	b.fail(err)
	if b.boolean(properties, "FifoQueue", false) {
		b.wrong(properties.raw("FifoQueue"), "a FIFO queue cannot be run on this machine")
	}
	q := Queue{
		ID: r.id, Name: name, ARN: arn, URL: url,
		Visibility: b.seconds(properties, "VisibilityTimeout", defaultVisibility, 0, maxVisibility),
		Retention:  b.seconds(properties, "MessageRetentionPeriod", defaultRetention, minRetention, maxRetention),
	}
	if redrive := b.object(properties, "RedrivePolicy"); redrive.there() {
		b.only(redrive, "deadLetterTargetArn maxReceiveCount", "", "")
		q.DeadLetter = b.text(redrive, "deadLetterTargetArn", "")
		q.MaxReceives = b.number(redrive, "maxReceiveCount", 1, 1, maxReceives)
	}
	b.stack.Queues = append(b.stack.Queues, q)
}

// outputs reads Outputs, but for those whose condition does not hold.
func (b *builder) outputs() {
	for _, o := range b.e.root.raw("Outputs").fields() {
		there, err := b.e.conditional(o.value)
		b.fail(err)
		if err != nil || !there {
			continue
		}
		if !o.raw("Value").there() {
			b.wrong(o.value, "the output has no Value")
		}
		b.stack.Outputs = append(b.stack.Outputs, Output{
			Name: o.name, Value: b.text(o.value, "Value", ""), Description: b.text(o.value, "Description", ""),
		})
	}
}
