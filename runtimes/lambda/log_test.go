package lambda_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/homing-dev/homing/runtimes/lambda"
)

func TestALineOfTheLogNamesItsInvocation(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := lambda.NewLogger(&out).With("a", 1)
	ctx := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "r-1"})
	log.InfoContext(ctx, "hello", "b", 2)
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil || line["invocation"] != "r-1" || line["msg"] != "hello" || line["a"] != 1.0 || line["b"] != 2.0 {
		t.Errorf("%v: %s", err, out.String())
	}
	out.Reset()
	log.WithGroup("g").Info("outside", "c", 3)
	line = nil
	if err := json.Unmarshal(out.Bytes(), &line); err != nil || line["invocation"] != nil || line["g"].(map[string]any)["c"] != 3.0 {
		t.Errorf("%v: %s", err, out.String())
	}
}
