package knative

import (
	"errors"

	"github.com/homing-dev/homing/functions"
)

// deployment is what all shapes are made of.
type deployment struct {
	opts    Options
	chains  []functions.Chain
	adapter budget
}

func newDeployment(chains []functions.Chain, opts Options) (*deployment, error) {
	if len(chains) == 0 {
		return nil, errors.New("there are no chains to deploy")
	}
	for _, c := range chains {
		if err := c.Validate(); err != nil {
			return nil, err
		}
	}
	adapter, err := adapterBudget(chains)
	if err != nil {
		return nil, err
	}
	return &deployment{opts: opts, chains: chains, adapter: adapter}, nil
}

// plan lists the files of a shape.
func (d *deployment) plan(shape Shape) ([]page, error) {
	if shape == Inline {
		return []page{d.inline()}, nil
	}
	var vertices []vertex
	taken := newNames()
	for _, c := range d.chains {
		runs := [][]functions.Step{c.Steps}
		if shape == Split {
			runs = runs[:0]
			for i := range c.Steps {
				runs = append(runs, c.Steps[i:i+1])
			}
		}
		for _, steps := range runs {
			v, err := newVertex(c, steps, shape, taken)
			if err != nil {
				return nil, err
			}
			vertices = append(vertices, v)
		}
	}
	return d.brokered(vertices), nil
}
