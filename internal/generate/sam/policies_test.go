package sam_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestPoliciesHaveNoWildcards(t *testing.T) {
	t.Parallel()
	for _, name := range shapes() {
		s := deploy(t, shape(name), builtIn(t)...)
		for id, role := range s.all("AWS::IAM::Role") {
			if len(statements(role)) == 0 {
				t.Errorf("%s allows nothing", id)
			}
			for _, statement := range statements(role) {
				for _, text := range slices.Concat(texts(statement["Action"]), texts(statement["Resource"])) {
					if strings.Contains(text, "*") || text == "" {
						t.Errorf("%s %s: %v", name, id, statement)
					}
				}
				if statement["Effect"] != "Allow" || len(texts(statement["Resource"])) == 0 || len(statement) != 3 {
					t.Errorf("%s %s: %v", name, id, statement)
				}
			}
		}
	}
}

// X-Ray is the one service here whose actions know no resources.
func TestTheOnlyWildcardIsThatOfTraces(t *testing.T) {
	t.Parallel()
	s := deploy(t, nil, builtIn(t)...)
	managed := s.all("AWS::IAM::ManagedPolicy")
	if got := slices.Collect(maps.Keys(managed)); !slices.Equal(got, []string{"Traces"}) {
		t.Fatalf("there are %q", got)
	}
	items := managed["Traces"].at("Properties", "PolicyDocument")["Statement"].([]any)
	want := []string{"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
	if got := texts(items[0].(tree)["Action"]); len(items) != 1 || !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	for id, role := range s.all("AWS::IAM::Role") {
		if got := texts(role.at("Properties")["ManagedPolicyArns"]); !slices.Equal(got, []string{"${Traces}"}) {
			t.Errorf("%s has the policies %q", id, got)
		}
	}
}

func TestAFunctionWritesItsOwnLogAlone(t *testing.T) {
	t.Parallel()
	for _, name := range shapes() {
		s := deploy(t, shape(name), builtIn(t)...)
		for id, f := range s.functions() {
			want := []string{"${" + id + "Logs.Arn}"}
			for _, action := range []string{"logs:CreateLogStream", "logs:PutLogEvents"} {
				if got := s.allowed(id, action); !slices.Equal(got, want) {
					t.Errorf("%s may do %s on %q", id, action, got)
				}
			}
			logs := s.at("Resources", id+"Logs", "Properties")
			function, _ := f.at("Properties")["FunctionName"].(string)
			if logs["LogGroupName"] != "/aws/lambda/"+function || logs["RetentionInDays"] != "30" {
				t.Errorf("%s logs to %v", id, logs)
			}
		}
	}
}

func TestTheIndexIsReadOnlyIfItIsThere(t *testing.T) {
	t.Parallel()
	for arrivals, want := range map[string][]string{
		"false": {"${Replies.Arn}"},
		"true":  {"${Replies.Arn}", "${Replies.Arn}/index/arrivals"},
	} {
		s := deploy(t, map[string]string{"Arrivals": arrivals}, builtIn(t)...)
		if got := s.allowed("Adapter", "dynamodb:Query"); !slices.Equal(got, want) {
			t.Errorf("arrivals %s: got %q, want %q", arrivals, got, want)
		}
		if got := s.allowed("Adapter", "dynamodb:GetItem"); !slices.Equal(got, []string{"${Replies.Arn}"}) {
			t.Errorf("arrivals %s: GetItem on %q", arrivals, got)
		}
	}
}
