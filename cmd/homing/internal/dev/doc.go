// Package dev serves an app while it is being written. A change of its files
// begins a round: it is built, started on a port of its own, and takes the calls
// over as soon as it listens; then its tests run. Where that fails the version
// before serves on, and what failed is printed. Calls that run in the version before
// are finished there.
//
//	file changes → watcher → loop → App.Build → process → front → caller
//
// Programs of remote steps, as `run:` in chain.yaml names them, are started before
// the app, and again when their files change.
package dev
