// Package invoke is the AWS Lambda service on one machine: it runs functions
// as Lambda does, for tests and for developers, without containers or root.
//
// A [Function] is an executable that speaks the Lambda Runtime API, the same
// file that is deployed. [Service.Invoke] waits for its answer,
// [Service.InvokeAsync] queues an event with Lambda's retries and
// destinations, [Service.Stream] hands the answer on while it is written, and
// [Service.Handler] is the Invoke API for the AWS SDKs, found by them through
// AWS_ENDPOINT_URL_LAMBDA.
//
// Each environment is one process with a Runtime API of its own on the
// loopback interface. It serves one invocation after the other and is stopped
// (SIGSTOP) in between, so that work behind an answer stands still as it does
// on Lambda. A crash, a timeout or too much memory ends the environment and
// everything it has started.
//
// What differs from Lambda: environments share the file system and the network
// of the machine; memory is looked at every few milliseconds, on Linux alone,
// and only that of the bootstrap itself; a failed init is not repeated within
// the invocation; queued events are lost with the process; there is one version,
// $LATEST, whatever the qualifier; logs are not returned with the answer;
// recursive loops are not detected. The caller's answer is held until the
// runtime asks for its next invocation, 2 s at most. The package builds on
// Linux and macOS.
package invoke
