package sam_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// watches returns what an alarm is about, as NAMESPACE/METRIC DIMENSIONS.
func watches(alarm tree) []string {
	p := alarm.at("Properties")
	metrics := []tree{p}
	if items, ok := p["Metrics"].([]any); ok {
		metrics = nil
		for _, item := range items {
			if m := item.(tree).at("MetricStat", "Metric"); len(m) > 0 {
				metrics = append(metrics, m)
			}
		}
	}
	var out []string
	for _, m := range metrics {
		text := fmt.Sprint(m["Namespace"], "/", m["MetricName"])
		for _, d := range m["Dimensions"].([]any) {
			text += fmt.Sprint(" ", d.(tree)["Value"])
		}
		out = append(out, text)
	}
	return out
}

func (s *stack) watched() []string {
	var out []string
	for _, alarm := range s.all("AWS::CloudWatch::Alarm") {
		out = append(out, watches(alarm)...)
	}
	return out
}

func TestEverythingThatCanFailHasAnAlarm(t *testing.T) {
	t.Parallel()
	for _, name := range shapes() {
		s := deploy(t, shape(name), builtIn(t)...)
		var want []string
		for id, f := range s.functions() {
			for _, metric := range []string{"Errors", "Throttles", "Duration", "AsyncEventAge"} {
				if role := s.environment(id)["HOMING_ROLE"]; metric == "AsyncEventAge" && role == "adapter" {
					continue // nobody invokes it asynchronously
				}
				want = append(want, "AWS/Lambda/"+metric+" ${"+id+"}")
			}
			if f.at("Properties", "Events", "Any")["Type"] == "HttpApi" {
				want = append(want, "AWS/ApiGateway/5xx ${Api}")
			}
		}
		for id := range s.all("AWS::SQS::Queue") {
			want = append(want, "AWS/SQS/ApproximateNumberOfMessagesVisible ${"+id+".QueueName}")
		}
		for id := range s.all("AWS::DynamoDB::Table") {
			want = append(want, "AWS/DynamoDB/ReadThrottleEvents ${"+id+"}", "AWS/DynamoDB/WriteThrottleEvents ${"+id+"}")
			for _, operation := range s.actions("Adapter", "dynamodb") {
				want = append(want, "AWS/DynamoDB/SystemErrors ${"+id+"} "+operation)
			}
		}
		got := s.watched()
		slices.Sort(got)
		if slices.Sort(want); !slices.Equal(got, want) {
			t.Errorf("%s: watched are\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

func TestTheIndexIsWatchedIfItIsThere(t *testing.T) {
	t.Parallel()
	const index = "AWS/DynamoDB/WriteThrottleEvents ${Replies} arrivals"
	for arrivals, want := range map[string]bool{"true": true, "false": false} {
		if got := slices.Contains(deploy(t, map[string]string{"Arrivals": arrivals}, builtIn(t)...).watched(), index); got != want {
			t.Errorf("arrivals %s: %v", arrivals, got)
		}
	}
}

func TestAlarmsTellSomebodyOnlyIfThereIsSomebody(t *testing.T) {
	t.Parallel()
	const topic = "arn:aws:sns:eu-central-1:123456789012:alarms"
	for _, name := range shapes() {
		params := shape(name)
		for id, alarm := range deploy(t, params, builtIn(t)...).all("AWS::CloudWatch::Alarm") {
			if alarm.at("Properties")["AlarmActions"] != nil {
				t.Errorf("%s tells %v", id, alarm.at("Properties")["AlarmActions"])
			}
		}
		params["AlarmTopic"] = topic
		for id, alarm := range deploy(t, params, builtIn(t)...).all("AWS::CloudWatch::Alarm") {
			if got := texts(alarm.at("Properties")["AlarmActions"]); !slices.Equal(got, []string{topic}) {
				t.Errorf("%s tells %q", id, got)
			}
		}
	}
}

// A slow function is noticed before Lambda ends it, and a call that was held
// for as long as it may be is not slow.
func TestSlowIsBetweenTheWaitAndTheTimeout(t *testing.T) {
	t.Parallel()
	for _, name := range shapes() {
		s := deploy(t, shape(name), builtIn(t)...)
		for id, alarm := range s.all("AWS::CloudWatch::Alarm") {
			if !strings.HasSuffix(id, "Duration") {
				continue
			}
			n, err := strconv.Atoi(alarm.at("Properties")["Threshold"].(string))
			if err != nil {
				t.Fatal(err)
			}
			slow := time.Duration(n) * time.Millisecond
			for _, about := range watches(alarm) {
				function := strings.TrimSuffix(strings.TrimPrefix(about, "AWS/Lambda/Duration ${"), "}")
				wait, err := time.ParseDuration(orElse(s.environment(function)["HOMING_MAX_WAIT"], "0s"))
				if limit := timeout(t, s.functions()[function]); err != nil || slow <= wait || slow >= limit {
					t.Errorf("%s: %s is slow after %s; it waits for %s and ends after %s (%v)", name, function, slow, wait, limit, err)
				}
			}
		}
	}
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// CloudWatch puts ten metrics together, not more.
func TestALongChainHasSeveralAlarms(t *testing.T) {
	t.Parallel()
	var steps []string
	for i := range 23 {
		steps = append(steps, fmt.Sprintf("s%d", i))
	}
	s := deploy(t, shape("split"), chainOf("long", steps...))
	for suffix, want := range map[string]int{"": 10, "2": 10, "3": 3} {
		for _, kind := range []string{"Errors", "Throttles", "Duration", "EventAge"} {
			alarm := s.at("Resources", "Long"+suffix+kind)
			if len(alarm) == 0 || len(watches(alarm)) != want {
				t.Errorf("Long%s%s watches %v, want %d", suffix, kind, alarm, want)
			}
		}
	}
}
