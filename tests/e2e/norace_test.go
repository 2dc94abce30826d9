//go:build !race

package e2e_test

// buildFlags are those of a plain build.
const buildFlags = "-race=false"
