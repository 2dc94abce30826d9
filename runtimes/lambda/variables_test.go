package lambda_test

import (
	"bytes"
	"maps"
	"strings"
	"testing"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
	"github.com/homing-dev/homing/runtimes/lambda"
)

// What the steps of a function need is read when it starts, and Lambda is told what
// is missing.
func TestStartNamesWhatIsNotSet(t *testing.T) {
	t.Parallel()
	const file = "chains: [{name: a, route: POST /a, secrets: [KEY], steps: [{name: b, url: '${B_URL}/?k=${KEY}'}]}]"
	load := func(_ string, opts ...chainfile.Option) ([]functions.Chain, error) {
		return chainfile.Parse("chain.yaml", []byte(file), nil, opts...)
	}
	for role, want := range map[string]string{"vertex": "the secret KEY is not set", "all": "${B_URL} is not set"} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			a := newRuntimeAPI(t)
			e := env{}.with("AWS_LAMBDA_RUNTIME_API", a.url)
			maps.Copy(e, env{"HOMING_ROLE": role, "HOMING_TABLE": "t", "AWS_LAMBDA_FUNCTION_NAME": "f"})
			var stderr bytes.Buffer
			err := lambda.Start(t.Context(), e.environ(), load, &stderr)
			if err == nil || !strings.Contains(stderr.String(), want) {
				t.Errorf("%v, and on stderr %q, want %s", err, stderr.String(), want)
			}
			if got := a.answer(t); !strings.Contains(got.body, want) {
				t.Errorf("Lambda was told %s", got.body)
			}
		})
	}
}
