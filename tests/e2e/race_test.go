//go:build race

package e2e_test

// buildFlags make the processes watch for races as the tests do.
const buildFlags = "-race"
