//go:build !race

package aws_test

// buildFlags are those of a plain build.
const buildFlags = "-race=false"
