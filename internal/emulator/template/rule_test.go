package template_test

import (
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/emulator/template"
)

func TestRulesHold(t *testing.T) {
	t.Parallel()
	const text = `
Parameters: {Open: {Type: String, Default: "false"}, Tokens: {Type: String, NoEcho: true, Default: ""}}
Rules:
  OpenNeedsTokens:
    RuleCondition: !Equals [!Ref Open, "true"]
    Assertions: [{Assert: !Not [!Equals [!Ref Tokens, ""]], AssertDescription: Open needs Tokens.}]
Resources: {Q: {Type: AWS::SQS::Queue}}
`
	for name, tc := range map[string]struct {
		text  string
		given map[string]string
		want  string
	}{
		"does not apply": {text, nil, ""},
		"holds":          {text, map[string]string{"Open": "true", "Tokens": "x"}, ""},
		"does not hold":  {text, map[string]string{"Open": "true"}, "t.yaml:6: Rules.OpenNeedsTokens.Assertions[0]: Open needs Tokens."},
		"without words": {
			strings.Replace(text, ", AssertDescription: Open needs Tokens.", "", 1), map[string]string{"Open": "true"}, "the assertion does not hold",
		},
		"no condition": {strings.Replace(text, `!Equals [!Ref Open, "true"]`, "x", 1), nil, "Rules.OpenNeedsTokens.RuleCondition: is not a condition"},
		"no assertion": {
			strings.Replace(text, "!Not [", "!Odd [", 1), map[string]string{"Open": "true"}, "Assert: is not a condition",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := template.Parse("t.yaml", "/srv", []byte(tc.text), tc.given, template.Options{})
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("got %v, want %s", err, tc.want)
			}
		})
	}
}
