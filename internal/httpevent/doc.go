// Package httpevent is the HTTP events of AWS Lambda, as a function sees them.
//
// A function [Decode]s an event into a request, and answers it in the form of
// its [Source]: all at once by [Serve] or a [Writer], or as it is written by
// [Stream]. [DecodeResponse] and [DecodeStream] read an answer as the service
// does. What creates events here is the gateway of the local emulator.
//
// # What an event carries
//
// The request that comes out is the one that went in, byte for byte, but for
// what the form of its event cannot carry:
//
//	HTTPAPI    path decoded, query as sent, repeated headers joined, cookies in pairs
//	HTTPAPIv1  path decoded, query in values, repeated headers and cookies kept
//	REST       path as sent, query in values, repeated headers and cookies kept
//	URL        path as sent, query as sent, repeated headers joined, cookies in pairs
//	ALB        path as sent, query in parts; of a repeated name the last one
//	ALBMulti   path as sent, query in parts, repeated headers and cookies kept
//
// A path that comes decoded has lost %2F, which is a slash now, all from %3F
// on, and bytes that are not UTF-8. Its bytes that may not stand in a path are
// encoded again, and no others: %41 comes out as A.
//
// A query in values is built anew from decoded names and values. The values of a
// name keep their order; the order of the names is the event's. Lost are the
// way in which a byte was encoded, empty parts, and the missing equals sign of
// a name without a value. What was encoded wrongly comes out as text that looks
// so. A query in parts is the same, but its bytes stay as they were sent.
//
// Joined headers come as one value with commas between. One value is never
// split at its commas, from any source. Cookies in pairs come as one line.
//
// No source keeps a question mark without a query behind it, nor the case of
// the names of headers. Left out of a request are the headers of a connection
// (RFC 9110 section 7.6.1), and X-Amzn-Request-Context and
// X-Amzn-Lambda-Context, which only a platform's adapter may set. The stage in
// front of the path of an HTTP API is taken away, and so is the mapping of a
// custom domain where the route of the event shows it: see Event.BasePath.
package httpevent
