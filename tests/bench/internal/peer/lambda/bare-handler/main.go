// Command bare-handler measures the handler of aws-lambda-go alone with a work:
//
//	bare-handler quote <event >cost
package main

import (
	"context"
	"os"
	"strings"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/homing-dev/homing/tests/bench/internal/peer"
	"github.com/homing-dev/homing/tests/bench/internal/peer/lambda/bare"
	"github.com/homing-dev/homing/tests/bench/internal/peer/lambda/calls"
	"github.com/homing-dev/homing/tests/bench/internal/peer/lambda/handling"
)

func main() {
	if err := run(context.Background(), strings.Join(os.Args[1:], " ")); err != nil {
		_, _ = os.Stderr.WriteString(err.Error() + "\n") // there is nobody else to tell
		os.Exit(1)
	}
}

func run(ctx context.Context, name string) error {
	work, err := peer.NewWork(name)
	if err != nil {
		return err
	}
	return handling.Run(ctx, lambda.NewHandler(bare.Handler(calls.InTurn(work.Steps...))), os.Stdin, os.Stdout)
}
