package template_test

import (
	"errors"
	"os"
	"testing"

	"github.com/homing-dev/homing/internal/emulator/template"
)

func FuzzParse(f *testing.F) {
	every, err := os.ReadFile("testdata/every.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(every, "")
	f.Add([]byte(queue("!Join ['-', [!Ref AWS::StackName, !Select [0, !Split [a, bac]]]]")), "x")
	f.Add([]byte(function("Events: {E: {Type: SQS, Properties: {Queue: !GetAtt [F, Arn]}}}")), "")
	f.Add([]byte("Parameters: {P: {Type: Number, Default: 1}}\nConditions: {C: !And [!Condition C]}\nResources: {Q: {Type: AWS::SQS::Queue}}"), "3")
	f.Add([]byte("a: &a [*a]"), "")
	f.Fuzz(func(t *testing.T, data []byte, parameter string) {
		var given map[string]string
		if parameter != "" {
			given = map[string]string{"P": parameter}
		}
		stack, err := template.Parse("t.yaml", "/srv", data, given, template.Options{})
		if err != nil {
			if _, ok := errors.AsType[*template.Error](err); !ok {
				t.Fatalf("an error without a place: %v", err)
			}
			return
		}
		for _, fn := range stack.Functions {
			if fn.Name == "" && fn.ID != "" && fn.Timeout == 0 || fn.MemoryMB == 0 {
				t.Fatalf("got %+v", fn)
			}
		}
	})
}
