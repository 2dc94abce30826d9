// Command bootstrap is the sample app as a program: the AWS Lambda function of a
// deployment, in whatever role its environment gives it, and elsewhere a container
// or a local server. docs/configuration.md has the variables.
package main

import (
	function "github.com/homing-dev/homing"
	"github.com/homing-dev/homing/adapter/reply/dynamodb"
	"github.com/homing-dev/homing/adapter/reply/s3"
	"github.com/homing-dev/homing/runtimes"
	"github.com/homing-dev/homing/runtimes/lambda"
)

func main() {
	runtimes.Main(function.ChainFile, function.Map(), lambda.Runtime(), dynamodb.Replies(), s3.Bodies())
}
