package sam

import (
	"encoding/json"
	"fmt"
	"strings"
)

// widget is a graph of a dashboard of CloudWatch.
type widget struct {
	title, statistic string
	metrics          [][]any
}

// search finds a metric of all functions of the stack, whose names begin with its
// own: which of them are there depends on the shape.
func search(metric, statistic string) [][]any {
	return [][]any{{map[string]any{
		"id": "all", "label": "", "expression": fmt.Sprintf(
			`SEARCH('{AWS/Lambda,FunctionName} MetricName="%s" ${AWS::StackName}', '%s', %d)`, metric, statistic, minute),
	}}}
}

// each is some metrics of one thing.
func each(namespace, dimension, value string, metrics ...string) (out [][]any) {
	for _, m := range metrics {
		out = append(out, []any{namespace, m, dimension, value})
	}
	return out
}

func widgets() []widget {
	return []widget{
		{"Calls of the API", "Sum", each("AWS/ApiGateway", "ApiId", "${Api}", "Count", "4xx", "5xx")},
		{"Time of the API, p50 and p99 in ms", "p99", [][]any{
			{"AWS/ApiGateway", "Latency", "ApiId", "${Api}", map[string]any{"stat": "p50"}}, {"AWS/ApiGateway", "Latency", "ApiId", "${Api}"},
		}},
		{"Runs of functions", "Sum", search("Invocations", "Sum")},
		{"Errors of functions", "Sum", search("Errors", "Sum")},
		{"Time of functions, p99 in ms", "p99", search("Duration", "p99")},
		{"Functions at once", "Maximum", search("ConcurrentExecutions", "Maximum")},
		{"Throttled runs", "Sum", search("Throttles", "Sum")},
		{"Age of events before they run, in ms", "Maximum", search("AsyncEventAge", "Maximum")},
		{"Table of replies, units", "Sum", each(
			"AWS/DynamoDB", "TableName", "${Replies}", "ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits")},
		{"Table of replies, throttled", "Sum", each("AWS/DynamoDB", "TableName", "${Replies}", "ReadThrottleEvents", "WriteThrottleEvents")},
		{"Dead letters", "Maximum", each("AWS/SQS", "QueueName", "${DeadLetters.QueueName}", "ApproximateNumberOfMessagesVisible")},
	}
}

const (
	widgetWidth  = 8 // of 24
	widgetHeight = 6
	widgetsInRow = 3
)

// Dashboard is the body of the dashboard, as Fn::Sub takes it.
func (*plan) Dashboard() (string, error) {
	shown := widgets()
	lines := make([]string, len(shown))
	for i, w := range shown {
		line, err := json.Marshal(map[string]any{
			"type": "metric", "width": widgetWidth, "height": widgetHeight,
			"x": i % widgetsInRow * widgetWidth, "y": i / widgetsInRow * widgetHeight,
			"properties": map[string]any{
				"title": w.title, "region": "${AWS::Region}", "stat": w.statistic, "period": minute, "metrics": w.metrics,
			},
		})
		if err != nil {
			return "", fmt.Errorf("write the dashboard: %w", err)
		}
		lines[i] = "          " + string(line)
	}
	return "        {\"start\": \"-PT3H\", \"widgets\": [\n" + strings.Join(lines, ",\n") + "\n        ]}", nil
}
