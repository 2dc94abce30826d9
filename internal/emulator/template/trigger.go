package template

// rule reads an AWS::Events::Rule, whose targets are functions of the template.
// Here nothing sends it an event by itself.
func (b *builder) rule(r resource) {
	properties := r.properties()
	b.only(properties, "Targets", "Description Name State EventBusName RoleArn Tags", "EventPattern ScheduleExpression")
	for _, target := range b.list(properties, "Targets") {
		b.only(target, "Arn Input InputTransformer", "Id RetryPolicy DeadLetterConfig RoleArn", "")
		t := Trigger{ID: r.id, Function: b.text(target, "Arn", ""), Input: b.text(target, "Input", ""), Paths: map[string]string{}}
		transformer := b.object(target, "InputTransformer")
		b.only(transformer, "InputPathsMap InputTemplate", "", "")
		t.Template = b.text(transformer, "InputTemplate", "")
		paths := b.object(transformer, "InputPathsMap")
		for _, f := range paths.fields() {
			t.Paths[f.name] = b.text(paths, f.name, "")
		}
		b.stack.Triggers = append(b.stack.Triggers, t)
	}
}

// schedule reads an AWS::Scheduler::Schedule of a function. Here its time never
// comes by itself.
func (b *builder) schedule(r resource) {
	properties := r.properties()
	b.only(properties, "Target", "Description Name GroupName State ScheduleExpressionTimezone FlexibleTimeWindow StartDate EndDate KmsKeyArn",
		"ScheduleExpression")
	target := b.object(properties, "Target")
	b.only(target, "Arn Input", "RoleArn RetryPolicy DeadLetterConfig", "")
	b.stack.Triggers = append(b.stack.Triggers, Trigger{
		ID: r.id, Kind: Scheduled, Function: b.text(target, "Arn", ""), Input: b.text(target, "Input", ""),
	})
}

// sentEvent reads an event of a function that nothing sends here by itself.
func (b *builder) sentEvent(event field, kind string, f *Function) {
	properties := b.object(event.value, "Properties")
	t := Trigger{ID: f.ID + event.name, Function: f.ARN, Input: b.text(properties, "Input", "")}
	switch kind {
	case "Schedule", "ScheduleV2":
		t.Kind = Scheduled
	case "SNS":
		t.Kind, t.Topic = Message, b.text(properties, "Topic", "")
		t.ID = b.topicID(t.Topic, t.ID)
	}
	b.stack.Triggers = append(b.stack.Triggers, t)
}

// topicID is the logical id of a topic of the template, or otherwise.
func (b *builder) topicID(arn, otherwise string) string {
	for id, r := range b.e.resources {
		if r.kind == typeTopic && attempt(&b.reader, b.e.arn, r) == arn {
			return id
		}
	}
	return otherwise
}

// topic reads an AWS::SNS::Topic. Who is not on this machine hears nothing.
func (b *builder) topic(r resource) {
	arn := attempt(&b.reader, b.e.arn, r)
	for _, s := range b.list(r.properties(), "Subscription") {
		b.subscribe(s, arn, r.id)
	}
}

// subscription reads an AWS::SNS::Subscription.
func (b *builder) subscription(r resource) {
	topic := b.text(r.properties(), "TopicArn", "")
	b.subscribe(r.properties(), topic, b.topicID(topic, r.id))
}

func (b *builder) subscribe(s value, topic, id string) {
	switch b.text(s, "Protocol", "") {
	case "lambda", "sqs":
		b.stack.Triggers = append(b.stack.Triggers, Trigger{
			ID: id, Kind: Message, Topic: topic, Function: b.text(s, "Endpoint", ""), Raw: b.boolean(s, "RawMessageDelivery", false),
		})
	default:
		b.e.ignored = append(b.e.ignored, s.path)
	}
}
