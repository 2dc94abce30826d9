//go:build race

package aws_test

// buildFlags make the functions that misbehave watch for races as the tests do.
const buildFlags = "-race"
