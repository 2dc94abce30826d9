package sam_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/generate/sam"
)

const otherARN = "arn:aws:lambda:eu-central-1:123456789012:function:audit"

// withForeign is a chain with a step of our own between two of others, one that is
// called over HTTP, and another one of our own with its own.
func withForeign() functions.Chain {
	c := chainOf("a", "w", "x", "z", "v", "y")
	c.Steps[0] = functions.Step{Name: "w", URL: "lambda:tax"}
	c.Steps[4] = functions.Step{Name: "y", URL: "lambda:" + otherARN}
	c.Steps[2] = functions.Step{Name: "z", URL: "https://example.com/"}
	return c
}

func TestWhoRunsAStepElsewhereMayInvokeJustThat(t *testing.T) {
	t.Parallel()
	const tax = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:tax"
	const self = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${AWS::StackName}-"
	for _, tc := range []struct {
		shape, id string
		want      []string
	}{
		{"inline", "Adapter", []string{tax, otherARN, self + "adapter"}},
		{"inline", "Streaming", []string{tax, otherARN, self + "streaming"}},
		{"vertex", "Adapter", []string{"${Vertex.Arn}"}},
		{"vertex", "Vertex", []string{tax, otherARN}},
		{"split", "Adapter", []string{"${AX.Arn}"}},
		{"split", "AX", []string{tax, "${AV.Arn}"}},
		{"split", "AV", []string{otherARN}},
	} {
		got := deploy(t, shape(tc.shape), withForeign()).allowed(tc.id, "lambda:InvokeFunction")
		if want := add(tc.want, "${Failure.Arn}"); !slices.Equal(got, want) {
			t.Errorf("%s: %s may invoke %q, want %q", tc.shape, tc.id, got, want)
		}
	}
}

func TestWhatNamesNoLambdaIsRefused(t *testing.T) {
	t.Parallel()
	for url, ok := range map[string]bool{
		"lambda:tax": true, "lambda:tax_v2-x:live": true, "lambda:tax:$LATEST": true, "lambda:" + otherARN + ":7": true,
		"lambda:arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:tax": true,
		"lambda:": false, "lambda:*": false, "lambda:tax*": false, "lambda:a/b": false, "lambda:tax:": false, "lambda:${Vertex}": false,
		"lambda:arn:aws:lambda:eu-central-1:123456789012:function:*": false, "lambda:arn:aws:sqs:eu-central-1:123456789012:queue": false,
		"lambda:" + strings.Repeat("x", 65): false,
	} {
		c := chainOf("a", "x")
		c.Steps[0] = functions.Step{Name: "x", URL: url}
		_, err := sam.Template([]functions.Chain{c})
		if ok != (err == nil) || err != nil && !strings.Contains(err.Error(), "is neither the name nor the ARN of a Lambda") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestALambdaOfSeveralStepsIsAllowedOnce(t *testing.T) {
	t.Parallel()
	c := chainOf("a", "x", "y")
	c.Steps[0] = functions.Step{Name: "x", URL: "lambda:tax"}
	c.Steps[1] = functions.Step{Name: "y", URL: "lambda:tax"}
	if got := deploy(t, nil, c).allowed("Vertex", "lambda:InvokeFunction"); len(got) != 2 {
		t.Errorf("got %q", got)
	}
}
