// Command app is the sample app as a program: a server on a laptop, a container, or
// an AWS Lambda function, in whatever role its environment gives it.
// docs/configuration.md has the variables.
package main

import (
	function "github.com/homing-dev/homing"
	"github.com/homing-dev/homing/adapter/reply/dynamodb"
	"github.com/homing-dev/homing/adapter/reply/redis"
	"github.com/homing-dev/homing/adapter/reply/s3"
	"github.com/homing-dev/homing/runtimes"
	"github.com/homing-dev/homing/runtimes/lambda"
	"github.com/homing-dev/homing/runtimes/oidc"
	"github.com/homing-dev/homing/runtimes/otel"
)

func main() {
	runtimes.Main(function.ChainFile, function.Map(),
		lambda.Runtime(), dynamodb.Replies(), redis.Replies(), s3.Bodies(), oidc.Tokens(), otel.Traces())
}
