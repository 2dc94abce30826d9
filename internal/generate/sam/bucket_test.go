package sam_test

import (
	"slices"
	"testing"
)

func TestLargeDataGoesToABucketIfAskedFor(t *testing.T) {
	t.Parallel()
	for _, name := range shapes() {
		for place, want := range map[string]string{"table": "store", "bucket": "s3://${Bodies}"} {
			params := shape(name)
			params["LargeData"] = place
			s := deploy(t, params, builtIn(t)...)
			if got := len(s.all("AWS::S3::Bucket")); (got == 1) != (place == "bucket") {
				t.Errorf("%s: there are %d buckets", place, got)
			}
			for id := range s.functions() {
				role, objects := s.environment(id)["HOMING_ROLE"], s.allowed(id, "s3:PutObject")
				if got := s.environment(id)["HOMING_BODIES"]; role != "failure" && got != want {
					t.Errorf("%s: %s has HOMING_BODIES=%q", place, id, got)
				}
				if may := slices.Equal(objects, []string{"${Bodies.Arn}/*"}); may != (place == "bucket" && role != "failure") {
					t.Errorf("%s: %s may put %q", place, id, objects)
				}
			}
		}
	}
}

func TestTheBucketIsPrivateAndSweptNoEarlierThanTheDeadLetters(t *testing.T) {
	t.Parallel()
	s := deploy(t, map[string]string{"LargeData": "bucket"}, builtIn(t)...)
	p := s.at("Resources", "Bodies", "Properties")
	rules, _ := p.at("LifecycleConfiguration")["Rules"].([]any)
	days := s.at("Resources", "DeadLetters", "Properties")["MessageRetentionPeriod"]
	if len(rules) != 1 || rules[0].(tree)["ExpirationInDays"] != "14" || days != "1209600" {
		t.Errorf("got %v, and letters are kept for %v s", rules, days)
	}
	if block := p.at("PublicAccessBlockConfiguration"); len(block) != 4 || block["RestrictPublicBuckets"] != "true" {
		t.Errorf("got %v", block)
	}
}
