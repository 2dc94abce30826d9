// Package emulator runs a SAM template on one machine, without Docker and
// without an account: functions as processes, HTTP APIs and Function URLs on
// loopback, queues, and tables in a DynamoDB-compatible server.
//
//	stack, err := template.Load(".aws-sam/build/template.yaml", nil, template.Options{})
//	...
//	e, err := emulator.Start(ctx, stack, emulator.Options{Tables: dynalite.URL()})
//	...
//	defer e.Close(ctx)
//	resp, err := http.Post(e.URL()+"/quote", "application/json", order)
//
// What a stack declares is found by its logical id, name or ARN. Everything
// listens on 127.0.0.1. Addresses of AWS in environments and outputs are
// replaced by those of this machine, so that a function and its caller find
// what they would find there.
//
// What differs from AWS: schedules, rules, topics and other services send nothing by
// themselves, so that events are sent by POST to [Emulator.EventsURL]; permissions,
// authorizers, CORS, layers, metrics and alarms are left out; a batch from a queue has at most ten messages and is not
// waited for; items of a table are kept after their time.
package emulator
