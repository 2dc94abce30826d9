// Command app is app as a program: a server on a laptop, a container,
// and a function on AWS Lambda.
package main

import (
	"github.com/homing-dev/homing/adapter/reply/dynamodb"
	"github.com/homing-dev/homing/runtimes"
	"github.com/homing-dev/homing/runtimes/lambda"

	function "function"
)

func main() {
	// otel.Traces() of github.com/homing-dev/homing/runtimes/otel, beside these, sends
	// traces where the variables OTEL_* say.
	runtimes.Main(function.Chains, function.Functions(), lambda.Runtime(), dynamodb.Replies())
}
