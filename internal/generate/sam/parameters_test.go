package sam_test

import (
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/homing-dev/homing/adapter"
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
	s := deploy(t, nil, builtIn(t)...)
	for parameter, tc := range map[string]struct {
		variable     string
		taken, wrong []string
	}{
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

// A fresh deploy is not open: the stack makes a token. The values of secrets stand in
// no template and in no parameter.
func TestWhoMayCall(t *testing.T) {
	t.Parallel()
	const made, named = "caller={{resolve:secretsmanager:${Token}}}", "{{resolve:secretsmanager:${TokenSecret}}}"
	for name, tc := range map[string]struct {
		params map[string]string
		tokens string
		makes  bool
	}{
		"by default": {nil, made, true},
		"a secret":   {map[string]string{"TokenSecret": "shop/callers"}, named, false},
		"open":       {map[string]string{"Open": "true"}, "", false},
		// A token is made where a call can show it: with a JWT at the function URL, and nowhere with a signature.
		"jwt":              {map[string]string{"Authorizer": "jwt"}, "", false},
		"jwt and a URL":    {map[string]string{"Authorizer": "jwt", "StreamUrl": "true"}, made, true},
		"iam":              {map[string]string{"Authorizer": "iam"}, "", false},
		"iam and a URL":    {map[string]string{"Authorizer": "iam", "StreamUrl": "true"}, "", false},
		"jwt and a secret": {map[string]string{"Authorizer": "jwt", "TokenSecret": "shop/callers"}, named, false},
	} {
		for _, shape := range shapes() {
			params := map[string]string{"Shape": shape}
			maps.Copy(params, tc.params)
			s := deploy(t, params, builtIn(t)...)
			if got := s.environment("Adapter")["HOMING_TOKENS"]; got != tc.tokens {
				t.Errorf("%s %s: tokens %q", name, shape, got)
			}
			if _, makes := s.at("Resources")["Token"]; makes != tc.makes {
				t.Errorf("%s %s: a secret is made: %v", name, shape, makes)
			}
			for id := range s.functions() {
				if got := s.actions(id, "secretsmanager"); len(got) > 0 {
					t.Errorf("%s %s: %s may do %q", name, shape, id, got)
				}
			}
		}
	}
	s := deploy(t, nil, builtIn(t)...)
	for value, want := range map[string]bool{"": true, "shop/callers": true, "a:SecretString:tokens": true, "a b": false, "{{x}}": false, "a,b": false} {
		if got := s.takes(t, "TokenSecret", value); got != want {
			t.Errorf("%q is taken: %v", value, got)
		}
	}
	if _, err := adapter.ParseTokens("caller=" + strings.Repeat("x", 40)); err != nil {
		t.Error(err)
	}
}

// Who may call a function URL with the authorizer iam is decided by policies of IAM: the
// stack lets nobody in.
func TestAFunctionURLBehindIAMIsNotPublic(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]string{"none": "NONE", "jwt": "NONE", "iam": "AWS_IAM"} {
		s := deploy(t, map[string]string{"Authorizer": kind, "StreamUrl": "true"}, builtIn(t)...)
		if got := s.at("Resources", "StreamingUrl", "Properties")["AuthType"]; got != want {
			t.Errorf("%s: the URL has %v", kind, got)
		}
		if got := len(s.all("AWS::Lambda::Permission")); (got > 0) != (want == "NONE") {
			t.Errorf("%s: %d permissions are for everybody", kind, got)
		}
	}
}

func TestWhatTheAuthorizerAsksFor(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]string{"none": "", "jwt": "Jwt", "iam": "AWS_IAM"} {
		s := deploy(t, map[string]string{"Authorizer": kind}, builtIn(t)...)
		definition := s.at("Resources", "Api", "Properties", "DefinitionBody")
		security, _ := definition.at("paths", "$default", "x-amazon-apigateway-any-method")["security"].([]any)
		got := ""
		for _, one := range security {
			for name := range one.(tree) {
				got += name
			}
		}
		if _, declared := definition.at("components", "securitySchemes")["Jwt"]; got != want || declared != (kind == "jwt") {
			t.Errorf("%s: asks for %q, declares a JWT authorizer: %v", kind, got, declared)
		}
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

// A function URL is not throttled, so without tokens it would be open to all; and who
// names tokens does not mean to be open.
func TestWhatDoesNotGoWithOpen(t *testing.T) {
	t.Parallel()
	for rule, parameter := range map[string]string{"StreamUrlNeedsTokens": "StreamUrl", "OpenHasNoTokens": "TokenSecret"} {
		for open, want := range map[string]bool{"true": false, "false": true} {
			doc := document(t, builtIn(t)...)
			s := deploy(t, map[string]string{parameter: "true", "Open": open}, builtIn(t)...)
			rule := get(get(doc, "Rules"), rule)
			applies, holds := s.holds(t, get(rule, "RuleCondition")), s.holds(t, get(get(rule, "Assertions").Content[0], "Assert"))
			if got := !applies || holds; got != want {
				t.Errorf("%s with Open %s is taken: %v", parameter, open, got)
			}
		}
	}
}
