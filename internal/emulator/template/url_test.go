package template_test

import (
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/emulator/template"
)

// A function URL under a condition stands beside its function, since the SAM CLI asks
// about one in it even if it is off.
func TestFunctionURLBesideItsFunction(t *testing.T) {
	t.Parallel()
	const text = `
Parameters: {On: {Type: String, Default: "true"}}
Conditions: {IsOn: !Equals [!Ref On, "true"]}
Resources:
  Link: {Type: AWS::Lambda::Url, Condition: IsOn, Properties: {TargetFunctionArn: !GetAtt F.Arn, AuthType: NONE, InvokeMode: RESPONSE_STREAM}}
  F: {Type: AWS::Serverless::Function, Properties: {Runtime: provided.al2023}}
Outputs: {Where: {Condition: IsOn, Value: !GetAtt Link.FunctionUrl}}
`
	stack, err := template.Parse("t.yaml", "/srv", []byte(text), nil, template.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if url := stack.Functions[0].URL; url == nil || !url.Streaming || url.IAM || stack.Outputs[0].Value != url.URL {
		t.Errorf("got %+v, %+v", stack.Functions[0].URL, stack.Outputs)
	}
	stack, err = template.Parse("t.yaml", "/srv", []byte(text), map[string]string{"On": "false"}, template.Options{})
	if err != nil || stack.Functions[0].URL != nil || len(stack.Outputs) != 0 {
		t.Errorf("when it is off: %+v, %v", stack.Functions, err)
	}
	for change, want := range map[string]string{
		"!GetAtt Link.Arn": "is no function of the template", "arn:aws:lambda:x": "TargetFunctionArn must be !GetAtt or !Ref",
	} {
		_, err := template.Parse("t.yaml", "/srv", []byte(strings.Replace(text, "!GetAtt F.Arn", change, 1)), nil, template.Options{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", change, err)
		}
	}
}
