package template_test

import (
	"maps"
	"strings"
	"testing"
)

func TestRulesSchedulesAndMappingsFindTheirFunctions(t *testing.T) {
	t.Parallel()
	stack := parsed(t, `Resources:
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt Q.Arn, FunctionName: !Ref F, BatchSize: 3, FunctionResponseTypes: [ReportBatchItemFailures]}
  Q: {Type: AWS::SQS::Queue}
  F: {Type: AWS::Serverless::Function, Properties: {Runtime: provided.al2023, CodeUri: F}}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [shop]}
      Targets:
        - {Id: a, Arn: !GetAtt F.Arn, InputTransformer: {InputPathsMap: {id: $.id}, InputTemplate: '{"id":<id>}'}}
        - {Id: b, Arn: !GetAtt F.Arn, Input: '{}'}
  Schedule:
    Type: AWS::Scheduler::Schedule
    Properties: {ScheduleExpression: rate(1 day), FlexibleTimeWindow: {Mode: "OFF"}, Target: {Arn: !GetAtt F.Arn, RoleArn: x, Input: '[]'}}
`)
	f, _ := stack.Function("F")
	if len(f.Queues) != 1 || f.Queues[0].Queue != stack.Queues[0].ARN || f.Queues[0].BatchSize != 3 || !f.Queues[0].ReportFailures {
		t.Errorf("got %+v", f.Queues)
	}
	if len(stack.Triggers) != 3 {
		t.Fatalf("got %+v", stack.Triggers)
	}
	rule, schedule := stack.Triggers[0], stack.Triggers[2]
	if rule.ID != "Rule" || rule.Function != f.ARN || rule.Template != `{"id":<id>}` || !maps.Equal(rule.Paths, map[string]string{"id": "$.id"}) {
		t.Errorf("got %+v", rule)
	}
	if schedule.ID != "Schedule" || schedule.Function != f.ARN || schedule.Input != "[]" {
		t.Errorf("got %+v", schedule)
	}
	if ignored := strings.Join(stack.Ignored, " "); ignored != "Resources.Rule.Properties.EventPattern Resources.Schedule.Properties.ScheduleExpression" {
		t.Errorf("a user is not told of what does not happen by itself: %s", ignored)
	}
}
