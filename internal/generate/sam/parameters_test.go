package sam_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/homing-dev/homing/runtimes/lambda"
)

// takes reports whether CloudFormation takes a value: its pattern must match all
// of it.
func (s *stack) takes(t *testing.T, parameter, value string) bool {
	t.Helper()
	pattern, _ := s.at("Parameters", parameter)["AllowedPattern"].(string)
	if pattern == "" {
		t.Fatalf("%s has no pattern", parameter)
	}
	return regexp.MustCompile("^(" + pattern + ")$").MatchString(value)
}

// What the template takes the code takes, and what the code would refuse at its
// start is refused before it is deployed.
func TestParametersAreRefusedBeforeTheyAreDeployed(t *testing.T) {
	t.Parallel()
	const secret = "0123456789abcdef"
	s := deploy(t, nil, builtIn(t)...)
	for parameter, tc := range map[string]struct {
		variable     string
		taken, wrong []string
	}{
		"Tokens": {
			"HOMING_TOKENS",
			[]string{"", "a=" + secret, "a=" + secret + ",b=" + secret, "a=" + secret + "==", "Shop 1=" + secret},
			[]string{"a", "a=", "a=short", "=" + secret, ",", " ", "a=" + secret + ",b", "a=" + secret[1:]},
		},
		"KeepReplies": {"HOMING_KEEP", []string{"1h", "90s", "30m", "720h"}, []string{"1", "h", "-1h", "0s", "1d"}},
		"Poll":        {"HOMING_POLL", []string{"latency", "balanced", "cost", "20", "0.5"}, []string{"fast", "-1", "20/s"}},
	} {
		accepts := func(value string) bool {
			_, err := lambda.FromEnv([]string{"HOMING_TABLE=t", "AWS_LAMBDA_FUNCTION_NAME=f", tc.variable + "=" + value})
			return err == nil
		}
		for _, value := range tc.taken {
			if !s.takes(t, parameter, value) && !strings.Contains(value, " ") || !accepts(value) {
				t.Errorf("%s %q is refused: by the code %v", parameter, value, !accepts(value))
			}
		}
		for _, value := range tc.wrong {
			if s.takes(t, parameter, value) || accepts(value) {
				t.Errorf("%s %q is taken: by the template %v, by the code %v", parameter, value, s.takes(t, parameter, value), accepts(value))
			}
		}
	}
}

func TestDefaultsAreAllowed(t *testing.T) {
	t.Parallel()
	s := deploy(t, nil, builtIn(t)...)
	for name, value := range s.params {
		parameter := s.at("Parameters", name)
		if _, ok := parameter["AllowedPattern"]; ok && !s.takes(t, name, value) {
			t.Errorf("%s is %q by default", name, value)
		}
	}
}

func TestTokensAreNotShown(t *testing.T) {
	t.Parallel()
	if got := deploy(t, nil, builtIn(t)...).at("Parameters", "Tokens")["NoEcho"]; got != "true" {
		t.Errorf("NoEcho is %v", got)
	}
}

func TestATopicIsAnARN(t *testing.T) {
	t.Parallel()
	s := deploy(t, nil, builtIn(t)...)
	for value, want := range map[string]bool{
		"": true, "arn:aws:sns:eu-central-1:123456789012:alarms": true, "arn:aws-cn:sns:cn-north-1:123456789012:a.fifo": true,
		"alarms": false, "arn:aws:sqs:eu-central-1:123456789012:alarms": false,
	} {
		if got := s.takes(t, "AlarmTopic", value); got != want {
			t.Errorf("%q is taken: %v", value, got)
		}
	}
}

// A function URL is not throttled, so without tokens it would be open to all.
func TestAStreamUrlNeedsTokens(t *testing.T) {
	t.Parallel()
	for tokens, want := range map[string]bool{"": false, "a=0123456789abcdef": true} {
		doc := document(t, builtIn(t)...)
		s := deploy(t, map[string]string{"StreamUrl": "true", "Tokens": tokens}, builtIn(t)...)
		rule := get(get(doc, "Rules"), "StreamUrlNeedsTokens")
		if !s.holds(t, get(rule, "RuleCondition")) {
			t.Error("the rule is not heeded")
		}
		if got := s.holds(t, get(get(rule, "Assertions").Content[0], "Assert")); got != want {
			t.Errorf("tokens %q: %v", tokens, got)
		}
	}
}
