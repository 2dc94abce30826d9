package template

// asynchronous reads what becomes of events that the function was given and
// nobody waits for.
func (b *builder) asynchronous(properties value, f *Function) {
	config := b.object(properties, "EventInvokeConfig")
	b.only(config, "MaximumRetryAttempts MaximumEventAgeInSeconds DestinationConfig", "", "")
	f.Retries = b.number(config, "MaximumRetryAttempts", defaultRetries, 0, defaultRetries)
	f.MaxAge = b.seconds(config, "MaximumEventAgeInSeconds", defaultMaxAge, minAge, maxAge)
	destinations := b.object(config, "DestinationConfig")
	b.only(destinations, "OnFailure OnSuccess", "", "")
	f.OnFailure = b.destination(destinations, "OnFailure")
	f.OnSuccess = b.destination(destinations, "OnSuccess")
	letters := b.object(properties, "DeadLetterQueue")
	if letters.there() {
		b.only(letters, "Type TargetArn", "", "")
		b.choice(letters, "Type", "SQS", "SQS")
		f.DeadLetter = b.text(letters, "TargetArn", "")
		if f.DeadLetter == "" {
			b.wrong(letters, "TargetArn is missing")
		}
	}
}

func (b *builder) destination(destinations value, name string) string {
	d := b.object(destinations, name)
	if !d.there() {
		return ""
	}
	b.only(d, "Type Destination", "", "")
	b.choice(d, "Type", "SQS", "SQS", "Lambda")
	arn := b.text(d, "Destination", "")
	if arn == "" {
		b.wrong(d, "Destination is missing; SAM would make a queue that nobody can name")
	}
	return arn
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
	b.only(properties, "Queue BatchSize MaximumBatchingWindowInSeconds Enabled FunctionResponseTypes ScalingConfig", "MetricsConfig Tags", "")
	source := EventSource{
		Queue:     b.text(properties, "Queue", ""),
		BatchSize: b.number(properties, "BatchSize", defaultBatch, 1, maxBatch),
		Window:    b.seconds(properties, "MaximumBatchingWindowInSeconds", 0, 0, maxWindow),
	}
	scaling := b.object(properties, "ScalingConfig")
	b.only(scaling, "MaximumConcurrency", "", "")
	source.Concurrency = b.number(scaling, "MaximumConcurrency", 0, 2, maxSources) //nolint:mnd // 2 is Lambda's least
	for _, kind := range b.texts(properties, "FunctionResponseTypes") {
		if kind != "ReportBatchItemFailures" {
			b.wrong(properties.raw("FunctionResponseTypes"), "there is no response type %q", kind)
		}
		source.ReportFailures = true
	}
	if source.Queue == "" {
		b.wrong(event.value, "the event names no Queue")
	}
	if b.boolean(properties, "Enabled", true) {
		f.Queues = append(f.Queues, source)
	}
}
