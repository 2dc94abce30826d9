package lambda

import (
	"github.com/homing-dev/homing/tests/bench/internal/peer"
	"github.com/homing-dev/homing/tests/bench/internal/peer/lambda/chains"
)

// Pair is a bare function and a bootstrap of Homing that do the same work.
type Pair struct {
	// Work is peer.Identity or peer.Quote.
	Work string

	path         string
	bare, homing function
}

// Pairs are both works. The call is a POST of peer.Order.
func Pairs() ([]Pair, error) {
	all := map[string]string{"HOMING_ROLE": "all", "HOMING_TABLE": "replies"}
	pairs := []Pair{
		{
			Work: peer.Identity, path: chains.Path(chains.Identity),
			bare:   function{name: "aws-lambda-go alone, identity", program: bareIdentity},
			homing: function{name: "Homing, identity", program: homingChains, env: all},
		},
		{
			Work: peer.Quote, path: "/quote",
			bare:   function{name: "aws-lambda-go alone, quote", program: bareQuote},
			homing: function{name: "Homing's bootstrap, role all", program: bootstrap, env: all},
		},
	}
	for i := range pairs {
		payload, err := Event("POST", pairs[i].path, peer.Order)
		if err != nil {
			return nil, err
		}
		pairs[i].bare.payload, pairs[i].homing.payload = payload, payload
	}
	return pairs, nil
}
