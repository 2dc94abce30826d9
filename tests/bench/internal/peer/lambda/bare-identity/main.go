// Command bare-identity is a Lambda function over aws-lambda-go alone that
// answers its body: the least that a function of an HTTP API costs.
package main

import (
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/homing-dev/homing/tests/bench/internal/peer/lambda/bare"
)

func main() { lambda.Start(bare.Handler(bare.Identity)) }
