// Command bare-quote is a Lambda function over aws-lambda-go alone that calls
// the three functions of the sample chain quote in turn.
package main

import (
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/homing-dev/homing/tests/bench/internal/peer/lambda/bare"
	"github.com/homing-dev/homing/tests/bench/internal/peer/lambda/calls"
)

func main() {
	work, err := calls.Quote()
	if err != nil {
		_, _ = os.Stderr.WriteString(err.Error() + "\n") // there is nobody else to tell
		os.Exit(1)
	}
	lambda.Start(bare.Handler(work))
}
