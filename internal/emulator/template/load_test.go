package template_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/emulator/template"
)

// golden compares with testdata/name. Run the test with UPDATE_GOLDEN=1 to
// write it anew, and read the difference.
func golden(t *testing.T, name string, got any) {
	t.Helper()
	text, err := json.MarshalIndent(got, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(path, append(text, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || string(text)+"\n" != string(want) {
		t.Errorf("%v; got, other than %s:\n%s", err, path, text)
	}
}

func TestEveryConstructInEveryShape(t *testing.T) {
	t.Parallel()
	for name, parameters := range map[string]map[string]string{
		"vertex": nil,
		"inline": {"Shape": "inline", "Memory": "1024", "Zones": "x,y"},
		"split":  {"Shape": "split", "Stage": "live", "Tokens": "shop=0123456789abcdef", "AlarmTopic": "t"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile("testdata/every.yaml")
			if err != nil {
				t.Fatal(err)
			}
			stack, err := template.Parse("every.yaml", "/srv/build", data, parameters,
				template.Options{StackName: "shop", Region: "eu-west-1", Account: "111122223333"})
			if err != nil {
				t.Fatal(err)
			}
			golden(t, "every."+name+".json", stack)
		})
	}
}

func TestLoadFindsTheCodeBesideTheTemplate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "template.yaml")
	if err := os.WriteFile(path, []byte("Resources: {F: {Type: AWS::Serverless::Function, Properties: {Runtime: provided.al2023, CodeUri: F}}}"), 0o600); err != nil {
		t.Fatal(err)
	}
	stack, err := template.Load(path, nil, template.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f, ok := stack.Function("F")
	if !ok || f.Dir != filepath.Join(dir, "F") || f.Name != "homing-F" ||
		f.ARN != "arn:aws:lambda:us-east-1:123456789012:function:homing-F" {
		t.Errorf("got %+v", f)
	}
	if again, ok := stack.Function(f.ARN); !ok || again.ID != "F" {
		t.Error("not found by its ARN")
	}
	if _, ok := stack.Function("G"); ok {
		t.Error("found what is not there")
	}
}

func TestJSONIsATemplateToo(t *testing.T) {
	t.Parallel()
	stack := parsed(t, `{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}, "Outputs": {"U": {"Value": {"Ref": "Q"}}}}`)
	if q, ok := stack.Queue("homing-Q"); !ok || q.URL != stack.Outputs[0].Value {
		t.Errorf("got %+v", stack)
	}
}

func TestAnchorsAreWhatTheyStandFor(t *testing.T) {
	t.Parallel()
	stack := parsed(t, "Resources:\n  A: &q {Type: AWS::SQS::Queue}\n  B: *q\n")
	if len(stack.Queues) != 2 || stack.Queues[1].Name != "homing-B" {
		t.Errorf("got %+v", stack.Queues)
	}
}

func TestMissingTemplateIsAnError(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "none.yaml")
	if _, err := template.Load(path, nil, template.Options{}); !errors.Is(err, template.ErrMissing) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
	if _, err := template.Load(t.TempDir(), nil, template.Options{}); err == nil || errors.Is(err, template.ErrMissing) {
		t.Errorf("a folder: %v", err)
	}
}

func TestOptionsMustHaveTheirForms(t *testing.T) {
	t.Parallel()
	for _, o := range []template.Options{{Region: "EU west"}, {Account: "1"}, {StackName: "9-lives"}} {
		if _, err := template.Parse("t", "/", []byte("Resources: {Q: {Type: AWS::SQS::Queue}}"), nil, o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
}

func parsed(t *testing.T, text string) template.Stack {
	t.Helper()
	stack, err := template.Parse("t.yaml", "/srv", []byte(text), nil, template.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return stack
}
