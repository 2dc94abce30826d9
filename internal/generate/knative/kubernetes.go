package knative

import (
	"fmt"
	"time"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/generate/needs"
)

const (
	// endpointsLag is how long a pod that ends takes calls on: so long others may
	// still send them there.
	endpointsLag = 5 * time.Second
	// mostPods is where the number of pods ends that the autoscaler chooses.
	mostPods = 10
)

// deployment is a Deployment with its Service, as the templates read it.
type deployment struct {
	process

	// Several says that any pod may take any call, so that there are two or more.
	Several bool
}

// Kubernetes writes the manifests that deploy chains on Kubernetes without Knative, in
// the shapes [Inline] and [Vertex], which are meant by none. Gateway and PodNetwork of
// the options have no effect.
func Kubernetes(chains []functions.Chain, opts Options) ([]File, error) {
	if len(opts.Shapes) == 0 {
		opts.Shapes = []Shape{Inline, Vertex}
	}
	return write("kubernetes", planKubernetes, chains, opts)
}

// Grace is how long a pod may take to end.
func (d deployment) Grace() time.Duration { return endpointsLag + d.Work + 2*drainMargin }

// Lag is how long a pod that ends takes calls on.
func (deployment) Lag() time.Duration { return endpointsLag }

// MostPods is where the number of pods ends.
func (deployment) MostPods() int { return mostPods }

// VertexName is the Service that runs the steps of all chains.
func (o Options) VertexName() string { return o.App + "-vertex" }

// planKubernetes lists the files of a shape.
func planKubernetes(shape Shape, chains []functions.Chain, opts Options) ([]page, error) {
	if shape == Split {
		return nil, fmt.Errorf("without Knative there are %q: an adapter sends events to one vertex", []Shape{Inline, Vertex})
	}
	chain, err := opts.chainMap()
	if err != nil {
		return nil, err
	}
	all := needs.OfAll(chains)
	var work time.Duration
	for _, c := range chains {
		c = c.WithDefaults()
		work = max(work, c.Timeout, c.AsyncTimeout)
	}
	var pages []page
	if opts.Chain != "" {
		pages = append(pages, page{"05-chain.yaml", "05-chain.yaml.tmpl", chain})
	}
	callers := deployment{
		process{
			Options: opts, budget: newBudget(work), chainMap: chain, Plain: true,
			Name: opts.App, Component: componentAll, secretsOfAll: all.Secrets,
		},
		opts.SharesReplies(),
	}
	if shape == Inline {
		callers.environment = opts.environment(all)
		pages = append(pages, page{"10-homing.yaml", "kubernetes-callers.yaml.tmpl", callers})
		return kubernetesKustomized(opts, pages), nil
	}
	callers.Name, callers.Component = opts.AdapterName(), componentAdapter
	vertex := callers
	vertex.Name, vertex.Component, vertex.Several = opts.VertexName(), componentVertex, true
	vertex.environment = opts.environment(all)
	return kubernetesKustomized(opts, append(pages,
		page{"10-vertex.yaml", "kubernetes-vertex.yaml.tmpl", vertex},
		page{"20-adapter.yaml", "kubernetes-callers.yaml.tmpl", callers})), nil
}

// kubernetesKustomized adds the file that lists the others.
func kubernetesKustomized(o Options, pages []page) []page {
	pages = kustomized(o, pages)
	pages[len(pages)-1].template = "kubernetes-kustomization.yaml.tmpl"
	return pages
}
