//go:build !race

package fmea_test

// manyWaiting is how many requests wait at once in the memory test.
const manyWaiting = 10_000
