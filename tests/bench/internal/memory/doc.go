// Package memory measures what a server holds: for requests that wait, and
// after many requests that have been answered.
package memory
