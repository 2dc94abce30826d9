//go:build !race

package main

// raced reports whether the processes watch for races, as the tests do.
const raced = false
