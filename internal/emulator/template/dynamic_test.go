package template_test

import (
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/emulator/template"
)

func TestASecretOfAWSIsThatOfTheEnvironment(t *testing.T) {
	t.Parallel()
	const text = `Parameters:
  SecretKey: {Type: String, Default: shop/KEY}
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Handler: bootstrap
      Runtime: provided.al2023
      CodeUri: .
      Environment:
        Variables:
          KEY: !Sub "{{resolve:secretsmanager:${SecretKey}}}"
          PLAIN: "{{resolve}}"
`
	lookup := func(name string) (string, bool) { return "the " + name, name == "KEY" }
	stack, err := template.Parse("t.yaml", "/srv", []byte(text), nil, template.Options{Lookup: lookup})
	if err != nil || stack.Functions[0].Environment["KEY"] != "the KEY" || stack.Functions[0].Environment["PLAIN"] != "{{resolve}}" {
		t.Errorf("%v, %v", stack.Functions, err)
	}
	_, err = template.Parse("t.yaml", "/srv", []byte(text), nil, template.Options{})
	if err == nil || !strings.Contains(err.Error(), "{{resolve:secretsmanager:shop/KEY}} is on AWS") || !strings.Contains(err.Error(), "set the variable KEY") {
		t.Errorf("got %v", err)
	}
}
