package lambda

import "github.com/homing-dev/homing/runtimes"

// Runtime is an option of runtimes.Main: where AWS_LAMBDA_RUNTIME_API is set the
// app is a function on AWS Lambda, and everywhere its chains may have steps that
// run in Lambda functions, at the URL lambda:NAME.
func Runtime() runtimes.Platform {
	return runtimes.Platform{Name: "lambda.Runtime()", Variable: varRuntimeAPI, Start: Start, RemoteSteps: RemoteSteps()}
}
