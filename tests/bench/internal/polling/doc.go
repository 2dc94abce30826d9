// Package polling measures what a call costs whose reply comes through
// DynamoDB: an adapter and a vertex, two functions under the emulated Lambda
// service, with dynalite in the place of DynamoDB behind a proxy that counts.
//
// Calls of the API and units are what DynamoDB would see and bill, as dynalite
// tells them. Times are not DynamoDB's: dynalite needs about a millisecond for
// a write or a read, on the cores that everything else is on.
package polling
