package sam_test

import (
	"slices"
	"testing"
)

// onFailure is where Lambda sends what a function could not do.
func onFailure(f tree) tree {
	return f.at("Properties", "EventInvokeConfig", "DestinationConfig", "OnFailure")
}

func TestNoEventIsLostWithItsFunction(t *testing.T) {
	t.Parallel()
	for _, name := range shapes() {
		s := deploy(t, shape(name), twoChains()...)
		for id, f := range s.functions() {
			kind, target, action := "Lambda", "${Failure.Arn}", "lambda:InvokeFunction"
			if id == "Failure" {
				kind, target, action = "SQS", "${DeadLetters.Arn}", "sqs:SendMessage"
			}
			if got := onFailure(f); got["Type"] != kind || got["Destination"] != target {
				t.Errorf("%s %s: what failed goes to %v", name, id, got)
			}
			if !slices.Contains(s.allowed(id, action), target) {
				t.Errorf("%s %s may not send there", name, id)
			}
		}
	}
}

func TestACallerHearsSoonOfAFailure(t *testing.T) {
	t.Parallel()
	for _, name := range shapes() {
		for id, f := range deploy(t, shape(name), twoChains()...).functions() {
			want := "0"
			if id == "Failure" {
				want = "2" // the caller is told by it
			}
			if got := f.at("Properties", "EventInvokeConfig")["MaximumRetryAttempts"]; got != want {
				t.Errorf("%s %s is tried %v times more, want %s", name, id, got, want)
			}
		}
	}
}

func TestDeadLettersAreKeptAsLongAsCanBe(t *testing.T) {
	t.Parallel()
	queue := deploy(t, nil, twoChains()...).at("Resources", "DeadLetters")
	if p := queue.at("Properties"); p["MessageRetentionPeriod"] != "1209600" || p["SqsManagedSseEnabled"] != "true" {
		t.Errorf("got %v", p)
	}
	if queue["DeletionPolicy"] != "RetainExceptOnCreate" || queue["UpdateReplacePolicy"] != "Retain" {
		t.Errorf("they go with the stack: %v", queue)
	}
}
