// Command bootstrap is the AWS Lambda function of a deployment, in whatever role
// its environment gives it. docs/configuration.md has the variables.
package main

import (
	"context"
	"os"

	function "github.com/homing-dev/homing"
	"github.com/homing-dev/homing/runtimes/lambda"
)

func main() {
	if err := lambda.Start(context.Background(), os.Environ(), function.Load, os.Stderr); err != nil {
		os.Exit(1) // the reason was logged
	}
}
