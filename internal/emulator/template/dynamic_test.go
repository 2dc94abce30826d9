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

// A secret that the template has made is made here, anew for each run, as far as
// functions need it.
func TestSecretOfTheTemplateIsMadeHere(t *testing.T) {
	t.Parallel()
	const text = `
Resources:
  Token: {Type: AWS::SecretsManager::Secret, Properties: {Name: !Sub "${AWS::StackName}-token", GenerateSecretString: {PasswordLength: 40}}}
  Login:
    Type: AWS::SecretsManager::Secret
    Properties: {GenerateSecretString: {SecretStringTemplate: '{"user":"ada"}', GenerateStringKey: password}}
  Known: {Type: AWS::SecretsManager::Secret, Properties: {SecretString: plain}}
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: provided.al2023
      Environment:
        Variables:
          TOKENS: !Sub "caller={{resolve:secretsmanager:${Token}}}"
          BY_NAME: "{{resolve:secretsmanager:homing-token}}"
          LOGIN: !Sub "{{resolve:secretsmanager:${Login}:SecretString:user}}:{{resolve:secretsmanager:${Login}:SecretString:password}}"
          KNOWN: !Sub "{{resolve:secretsmanager:${Known}:SecretString:::v1}}"
`
	var tokens []string
	for range 2 {
		stack, err := template.Parse("t.yaml", "/srv", []byte(text), nil, template.Options{})
		if err != nil {
			t.Fatal(err)
		}
		env := stack.Functions[0].Environment
		token, ok := strings.CutPrefix(env["TOKENS"], "caller=")
		password, found := strings.CutPrefix(env["LOGIN"], "ada:")
		if !ok || len(token) != 40 || env["BY_NAME"] != token || stack.Secrets[0].Text != token || !found || len(password) != 32 || env["KNOWN"] != "plain" {
			t.Errorf("got %v of %v", env, stack.Secrets)
		}
		tokens = append(tokens, token)
	}
	if tokens[0] == tokens[1] {
		t.Error("two runs have the same token")
	}
	own := template.Options{Lookup: func(name string) (string, bool) { return "shop=0123456789abcdef", name == "TOKENS" }}
	if stack, err := template.Parse("t.yaml", "/srv", []byte(text), nil, own); err != nil || stack.Functions[0].Environment["TOKENS"] != "shop=0123456789abcdef" {
		t.Errorf("the environment of the command does not count: %v", err)
	}
	missing := strings.Replace(text, "SecretString:user", "SecretString:name", 1)
	if _, err := template.Parse("t.yaml", "/srv", []byte(missing), nil, template.Options{}); err == nil || !strings.Contains(err.Error(), "SecretString:name}} is on AWS") {
		t.Errorf("a part that is not there: %v", err)
	}
}
