// Package callback delivers replies to the URLs that callers have named in the header
// Homing-Callback.
//
// A reply goes out as a CloudEvent in structured mode, so that its signature covers its
// attributes, by POST as the CloudEvents web hooks for event delivery (1.0.2) have it:
// the target is asked by OPTIONS first, and nothing is sent to one that has not agreed.
// The signature is that of Standard Webhooks.
//
// As callers choose the URLs, they could use this process to reach what they cannot:
// [Allowed] is the list of hosts that may be called, and no connection goes to an address
// that is not on the public internet, unless the list has that too. Addresses are checked
// when a name has been looked up and once more when the connection is made, no redirect is
// followed, and no proxy is used, which would connect unchecked.
package callback
