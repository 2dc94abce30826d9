// Package function is this app: chain.yaml, and the functions that it names.
//
// `func` (Knative) builds this package and serves what [New] returns. The program
// in cmd/app is the same app on a laptop, in a container and on AWS Lambda.
package function

import (
	_ "embed"

	"github.com/homing-dev/homing/runtimes"
)

// Chains is chain.yaml, which is built in.
//
//go:embed chain.yaml
var Chains []byte

// New creates the instance that `func` serves.
func New() *runtimes.Instance { return runtimes.New(Chains, Functions()) }
