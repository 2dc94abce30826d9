//go:build race

package fmea_test

// manyWaiting is smaller here: the race detector ends at 8128 goroutines, and
// every waiting request takes two of net/http.
const manyWaiting = 3_000
