// Package gateway is the front of Lambda functions on one machine: HTTP APIs,
// REST APIs and Function URLs, each an [http.Handler] that turns requests into
// events by [Encode] and responds as the service would, down to the text of its
// errors.
//
//	api := gateway.NewAPI(stack.APIs[0], gateway.Options{Lambda: lambda})
//	http.Serve(listener, api)
//
// It knows the functions by the interface [Lambda] only. What it does not
// have: authorizers, CORS, custom domains, mappings, caches, and signatures,
// of which it sees only that one is there.
//
// Limits and answers are those of the API Gateway Developer Guide ("Quotas for
// HTTP APIs", "Routes for HTTP APIs", "Gateway responses") and of the Lambda
// Developer Guide ("Function URLs").
package gateway
