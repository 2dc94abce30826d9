// Package callback delivers replies to the URLs that callers have named in the header
// Homing-Callback: as CloudEvents, signed by Standard Webhooks, to hosts on a list.
package callback
