package knative

import (
	"fmt"

	"github.com/homing-dev/homing/functions"
)

// File is one manifest file.
type File struct {
	// Name is the path below the folder of the manifests, with slashes:
	// "inline/10-homing.yaml".
	Name string
	// Data is YAML of one or more documents.
	Data []byte
}

// Manifests writes the manifests that deploy chains, in the order in which
// they are to be applied.
//
// It gives an error if an option is wrong, if two Services would get one name,
// or if a chain's timeout is longer than Knative holds a request.
func Manifests(chains []functions.Chain, opts Options) ([]File, error) {
	opts = opts.withDefaults()
	if err := opts.validate(); err != nil {
		return nil, err
	}
	d, err := newDeployment(chains, opts)
	if err != nil {
		return nil, err
	}
	var files []File
	for _, shape := range opts.Shapes {
		pages, err := d.plan(shape)
		if err != nil {
			return nil, fmt.Errorf("shape %s: %w", shape, err)
		}
		for _, p := range pages {
			data, err := encode(p.about, p.objects)
			if err != nil {
				return nil, fmt.Errorf("write %s: %w", p.name, err)
			}
			files = append(files, File{Name: string(shape) + "/" + p.name, Data: data})
		}
	}
	return files, nil
}
