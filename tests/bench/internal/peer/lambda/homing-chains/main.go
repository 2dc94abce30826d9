// Command homing-chains is the bootstrap of a deployment with the chains of
// package chains, whose work is next to nothing: what is left is Homing.
package main

import (
	"context"
	"os"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
	"github.com/homing-dev/homing/runtimes/lambda"
	"github.com/homing-dev/homing/tests/bench/internal/peer/lambda/chains"
)

func main() {
	if err := lambda.Start(context.Background(), os.Environ(),
		func(string, ...chainfile.Option) ([]functions.Chain, error) { return chains.All() }, os.Stderr); err != nil {
		os.Exit(1) // the reason was told
	}
}
