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
	name, arn := b.identity(r)
	if b.boolean(properties, "FifoQueue", false) {
		b.invalid(properties.raw("FifoQueue"), "a FIFO queue cannot be run on this machine; make it a standard one here by !If on a parameter")
	}
	q := Queue{
		ID: r.id, Name: name, ARN: arn, URL: attempt(&b.reader, b.e.queueURL, r),
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

// Limits of an event source mapping.
const (
	defaultBatch = 10
	maxBatch     = 10_000
	maxWindow    = 300 // s
	maxSources   = 1000
)

// queueEvent reads an event of type SQS.
func (b *builder) queueEvent(event field, f *Function) {
	properties := b.object(event.value, "Properties")
	b.only(properties, "Queue "+sourceRead, sourceSkipped, "")
	b.source(event.value, properties, "Queue", f)
}

// What is done with the properties of an event source mapping.
const (
	sourceRead    = "BatchSize MaximumBatchingWindowInSeconds Enabled FunctionResponseTypes ScalingConfig"
	sourceSkipped = "MetricsConfig Tags"
)

// mapping reads an AWS::Lambda::EventSourceMapping of a queue.
func (b *builder) mapping(r resource) {
	properties := r.properties()
	b.only(properties, "EventSourceArn FunctionName "+sourceRead, sourceSkipped, "")
	name := b.text(properties, "FunctionName", "")
	for i := range b.stack.Functions {
		if f := &b.stack.Functions[i]; f.Name == name || f.ARN == name {
			b.source(r.value, properties, "EventSourceArn", f)
			return
		}
	}
	b.invalid(properties.raw("FunctionName"), "there is no function %s in the template", b.e.shown(name))
}

// source reads what feeds a function from a queue, whose ARN is the property
// called queue.
func (b *builder) source(v, properties value, queue string, f *Function) {
	source := EventSource{
		Queue:     b.text(properties, queue, ""),
		BatchSize: b.number(properties, "BatchSize", defaultBatch, 1, maxBatch),
		Window:    b.seconds(properties, "MaximumBatchingWindowInSeconds", 0, 0, maxWindow),
	}
	scaling := b.object(properties, "ScalingConfig")
	b.only(scaling, "MaximumConcurrency", "", "")
	source.Concurrency = b.number(scaling, "MaximumConcurrency", 0, 2, maxSources) //nolint:mnd // 2 is Lambda's least
	for _, kind := range b.texts(properties, "FunctionResponseTypes") {
		if kind != "ReportBatchItemFailures" {
			b.invalid(properties.raw("FunctionResponseTypes"), "there is no response type %q", kind)
		}
		source.ReportFailures = true
	}
	if source.Queue == "" {
		b.invalid(v, "the event names no %s", queue)
	}
	if b.boolean(properties, "Enabled", true) {
		f.Queues = append(f.Queues, source)
	}
}
