package sam_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// known are the metrics that AWS documents of each service.
func known() map[string][]string {
	return map[string][]string{
		"AWS/ApiGateway": {"Count", "4xx", "5xx", "Latency", "IntegrationLatency", "DataProcessed"},
		"AWS/Lambda":     {"Invocations", "Errors", "Duration", "Throttles", "ConcurrentExecutions", "AsyncEventAge", "AsyncEventsDropped"},
		"AWS/DynamoDB": {
			"ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits", "ReadThrottleEvents", "WriteThrottleEvents", "SystemErrors",
		},
		"AWS/SQS": {"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"},
	}
}

func TestTheDashboardShowsMetricsThatExistOfWhatIsAlwaysThere(t *testing.T) {
	t.Parallel()
	for _, name := range shapes() {
		s := deploy(t, shape(name), builtIn(t)...)
		boards := s.all("AWS::CloudWatch::Dashboard")
		if len(boards) != 1 {
			t.Fatalf("%s: %d dashboards", name, len(boards))
		}
		for _, board := range boards {
			body, _ := board.at("Properties")["DashboardBody"].(string)
			checkDashboard(t, body)
		}
	}
}

func checkDashboard(t *testing.T, body string) {
	t.Helper()
	var is struct {
		Widgets []struct {
			Type          string
			X, Y          int
			Width, Height int
			Properties    struct {
				Metrics [][]any
				Title   string
				Stat    string
				Region  string
				Period  int
			}
		}
	}
	decoder := json.NewDecoder(strings.NewReader(body))
	if err := decoder.Decode(&is); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	for _, ref := range regexp.MustCompile(`\$\{[^}]*\}`).FindAllString(body, -1) { // of no resource that a shape leaves out
		if !slices.Contains([]string{"${Api}", "${Replies}", "${DeadLetters.QueueName}", "${AWS::Region}", "${AWS::StackName}"}, ref) {
			t.Errorf("it names %s", ref)
		}
	}
	if len(is.Widgets) < 8 {
		t.Errorf("it has %d widgets", len(is.Widgets))
	}
	searched := regexp.MustCompile(`^SEARCH\('\{AWS/Lambda,FunctionName\} MetricName="(\w+)" \S+', '\w+', 60\)$`)
	for _, w := range is.Widgets {
		if w.Type != "metric" || w.X+w.Width > 24 || w.Properties.Title == "" || w.Properties.Stat == "" || len(w.Properties.Metrics) == 0 {
			t.Errorf("the widget %+v", w)
		}
		for _, m := range w.Properties.Metrics {
			namespace, metric := "AWS/Lambda", ""
			if options, ok := m[0].(map[string]any); ok {
				expression, _ := options["expression"].(string)
				if found := searched.FindStringSubmatch(expression); found != nil {
					metric = found[1]
				}
			} else {
				namespace, metric = m[0].(string), m[1].(string)
			}
			if !slices.Contains(known()[namespace], metric) {
				t.Errorf("%s: AWS has no metric %s of %s", w.Properties.Title, metric, namespace)
			}
		}
	}
}
