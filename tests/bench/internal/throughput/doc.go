// Package throughput loads the servers in turn and tells how fast they answer
// and what a request costs them.
//
// A round runs every server once, one right after the other, each in a fresh
// process with a warm-up before it. So what else the machine does meets all of
// them alike, and a ratio is taken within a round and not between rounds.
package throughput
