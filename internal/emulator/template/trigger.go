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
		ID: r.id, Function: b.text(target, "Arn", ""), Input: b.text(target, "Input", ""),
	})
}
