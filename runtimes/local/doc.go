// Package local serves an adapter or a vertex on this machine: an HTTP server with limits
// that are on, which cuts slow clients off and drains when its context ends.
package local
