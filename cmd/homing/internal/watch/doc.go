// Package watch shows in a terminal what the console of a running app knows: one
// request, the log, and what each step does now.
package watch
