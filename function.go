// Package function is what a deployment is made of: chain.yaml, and the
// functions that it names. A new function is added to [Map] and named in
// chain.yaml; nothing else changes.
//
// `func` (Knative) builds this package and serves what [New] returns. cmd/app is
// the same app as a program: on a laptop, in a container and on Lambda.
package function

import (
	_ "embed"

	"github.com/homing-dev/homing/adapter/reply/dynamodb"
	"github.com/homing-dev/homing/adapter/reply/redis"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
	"github.com/homing-dev/homing/internal/samples/quote"
	"github.com/homing-dev/homing/internal/samples/thumbnail"
	"github.com/homing-dev/homing/runtimes"
	"github.com/homing-dev/homing/runtimes/lambda"
	"github.com/homing-dev/homing/runtimes/oidc"
	"github.com/homing-dev/homing/runtimes/otel"
)

// ChainFile is the chain.yaml that was built in.
//
//go:embed chain.yaml
var ChainFile []byte

// Map is the functions that chain.yaml may name.
func Map() functions.Map {
	q, err := quote.New()
	if err != nil {
		return functions.Map{"quote": err}
	}
	t := thumbnail.New(thumbnail.Limits{Pixels: maxPixels})
	return functions.Map{
		"quote.validate":    q.Validate,
		"quote.enrich":      q.Enrich,
		"quote.price":       q.Price,
		"thumbnail.inspect": t.Inspect,
		"thumbnail.resize":  t.Resize,
		"thumbnail.encode":  t.Encode,
	}
}

// Functions are those of [Map].
func Functions() (map[string]functions.Function, error) { return Map().Functions() }

// maxPixels lets the photo of a 24 megapixel camera through. A picture takes
// four bytes of memory for each pixel while it is scaled, and more in some
// formats.
const maxPixels = 25_000_000

// Chains are the chains of [ChainFile].
func Chains() ([]functions.Chain, error) {
	known, err := Functions()
	if err != nil {
		return nil, err
	}
	return chainfile.Parse("chain.yaml", ChainFile, known)
}

// New creates the instance that `func` serves.
func New() *runtimes.Instance {
	return runtimes.New(ChainFile, Map(),
		lambda.Runtime(), dynamodb.Replies(), redis.Replies(), oidc.Tokens(), otel.Traces())
}
