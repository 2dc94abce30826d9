// Package process runs a server in a process of its own and measures it.
//
// The two talk over the standard input and output of the server's process, so
// that no request of the measurement itself is among those that are measured:
// the process writes its address on a line, then reads a command a line and
// answers each with a line of JSON. When its input ends, so does the process.
package process
