// Command faulty is a bootstrap like cmd/app, for tests: the steps of its
// chains crash, hang, or wait for the test as the call wants it.
package main

import (
	"context"
	_ "embed"
	"net/http"
	"os"
	"strings"

	"github.com/homing-dev/homing/adapter/reply/s3"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
	"github.com/homing-dev/homing/runtimes/lambda"
)

//go:embed chain.yaml
var chainFile []byte

// varStage has the URL of the test's stage, which is called in every run and may
// hold it.
const varStage = "STAGE_URL"

func main() {
	if err := lambda.Start(context.Background(), os.Environ(), chains, os.Stderr, s3.Bodies()); err != nil {
		os.Exit(1) // the reason was logged
	}
}

func chains(string, ...chainfile.Option) ([]functions.Chain, error) {
	stage := strings.TrimSuffix(os.Getenv(varStage), "/")
	known := map[string]functions.Function{}
	for _, name := range []string{"before", "act", "after"} {
		s := step{name: name, stage: stage, client: &http.Client{}}
		known[name] = s.run
	}
	return chainfile.Parse("chain.yaml", chainFile, known)
}
