package aws_test

import (
	"context"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/homing-dev/homing/adapter/reply/s3"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
	"github.com/homing-dev/homing/internal/emulator"
	"github.com/homing-dev/homing/internal/emulator/template"
	"github.com/homing-dev/homing/internal/generate/sam"
	"github.com/homing-dev/homing/runtimes/lambda"
	"github.com/homing-dev/homing/tests/internal/dump"
	"github.com/homing-dev/homing/tests/internal/wait"
	"github.com/homing-dev/homing/tests/moto"
)

// asDumper has the binary of the tests serve the chains of dump as a function of
// Lambda.
const asDumper = "AWS_TEST_DUMPER"

func serveDumper() int {
	chains := func(string, ...chainfile.Option) ([]functions.Chain, error) { return dump.Chains(), nil }
	if err := lambda.Start(context.Background(), os.Environ(), chains, os.Stderr, s3.Bodies()); err != nil {
		return 1
	}
	return 0
}

// outOfTime is the call of dump whose chain uses up its time.
const outOfTime = "out of time"

var dumperTemplate = sync.OnceValues(func() ([]byte, error) { return sam.Template(dump.Chains()) })

// TestEveryFunctionSeesTheSameEventOnLambda compares byte for byte what the
// functions of a chain see on Lambda, with each server of tables, with what they see
// in a server in this process, and the answers of all calls; tests/e2e does the same
// for Knative.
func TestEveryFunctionSeesTheSameEventOnLambda(t *testing.T) {
	t.Parallel()
	const most = 50 * time.Millisecond // of what an adapter leaves to a vertex
	want := dump.Answers(t, dump.Reference(t), true)
	text, err := dumperTemplate()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	other, err := moto.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(other.Stop)
	for store, on := range map[string]struct{ tables, data string }{
		"dynalite": {tables, "table"}, "moto": {other.URL(), "table"}, "dynalite and a bucket": {tables, "bucket"},
	} {
		for _, shape := range shapes() {
			t.Run(shape+", "+store, func(t *testing.T) {
				t.Parallel()
				d := deploy(t, plan{shape: shape, parameters: map[string]string{"LargeData": on.data}, options: func(o *emulator.Options) {
					o.Tables, o.Env = on.tables, map[string]string{asDumper: "1"}
					o.Bootstrap = func(template.Function) string { return program }
				}}, t.TempDir(), program, text)
				late := wait.Late()
				got := dump.Answers(t, d.url, true)
				if late() > most || wait.Overloaded() { // the adapter may have to answer before the vertex can: then it does not know the step
					got[outOfTime] = want[outOfTime]
				}
				deaf := call(t, http.MethodPost, d.url+"/slow", "deaf", "Content-Type", "text/plain")
				if deaf.timely() && deaf.is(t, http.StatusGatewayTimeout).problem().Step != "hang" {
					t.Errorf("it names no step: %s", deaf.body)
				}
				dump.Compare(t, got, want)
				if n := d.Objects("Bodies"); n != 0 {
					t.Errorf("%d bodies are left", n)
				}
			})
		}
	}
}
