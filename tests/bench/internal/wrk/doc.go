// Package wrk runs the load generator wrk 4.1 and reads what it prints.
//
// wrk is a closed loop: every connection sends its next request when the
// answer to the last one is there. So its latencies say how long an answer
// takes under that many connections, and nothing about a backlog.
package wrk
