// Command release writes what is published of one version of the command homing:
// an archive for each platform, a wheel for PyPI and packages for npm that carry the
// same program, a software bill of materials in SPDX 2.3, and checksums of all.
//
//	git tag v0.1.0
//	go run . -out ../../dist
//
// The version is the tag of the commit that is checked out: the build itself
// records it, so that `homing version` is true wherever the program came from. The
// same commit gives the same bytes.
package main
