package knative_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/generate/knative"
)

func TestOptionsThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		opts knative.Options
		text string
	}{
		"unknown shape":      {one("round"), `no shape "round"`},
		"shape twice":        {knative.Options{Shapes: []knative.Shape{"split", "split"}}, `"split" is asked for twice`},
		"image":              {knative.Options{Image: "a b"}, `"a b" is not the name of an image`},
		"image of two lines": {knative.Options{Image: "a\nb: c"}, "is not the name of an image"},
		"a placeholder":      {knative.Options{Image: "registry.example.com/homing:dev"}, "is a placeholder"},
		"of documents":       {knative.Options{Image: "REGISTRY/ACCOUNT/homing:TAG"}, "is a placeholder"},
		"in brackets":        {knative.Options{Image: "<registry>/homing"}, "is a placeholder"},
		"of RFC 2606":        {knative.Options{Image: "hub.example:5000/homing"}, "is a placeholder"},
		"namespace":          {knative.Options{Namespace: "Shop"}, `"Shop" is not the name of a namespace`},
		"long namespace":     {knative.Options{Namespace: strings.Repeat("n", 64)}, "is not the name of a namespace"},
		"gateway":            {knative.Options{Gateway: "-"}, `"-" is not the name of a namespace`},
		"pods by name":       {knative.Options{PodNetwork: "evil.example."}, `"evil.example." is not the beginning`},
		"another store":      {knative.Options{Store: "etcd"}, `no store "etcd"`},
		"a store and pods":   {knative.Options{Store: knative.StoreRedis, PodNetwork: "10."}, "leave the pod network out"},
		"pods with no dot":   {knative.Options{PodNetwork: "10.2"}, `"10.2" is not the beginning`}, // would be 10.20. as well
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := knative.Manifests([]functions.Chain{chainOf("a", "x")}, tc.opts)
			if err == nil || !strings.Contains(err.Error(), tc.text) {
				t.Errorf("got %v, want an error with %q", err, tc.text)
			}
		})
	}
}

func TestAllThatIsWrongIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	_, err := knative.Manifests(nil, knative.Options{Image: " ", Namespace: "_", PodNetwork: "x"})
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("got %v, want three lines", err)
	}
}

func TestImagesAndNamespacesAreThoseAskedFor(t *testing.T) {
	t.Parallel()
	opts := knative.Options{
		Image: "registry.internal:5000/shop@sha256:1", Namespace: "shop", Gateway: "mesh",
	}
	docs := generate(t, knative.Options{
		Shapes: []knative.Shape{knative.Split}, Image: opts.Image,
		Namespace: opts.Namespace, Gateway: opts.Gateway,
	}, chainOf("a", "x"))
	for name, doc := range docs {
		if got := doc.at(t, "metadata", "namespace"); got != "shop" {
			t.Errorf("%s is in the namespace %v", name, got)
		}
	}
	for name, image := range map[string]string{
		"homing-adapter": opts.Image, "homing-a-x": opts.Image, "homing-dead-letter": opts.Image,
	} {
		if got := docs["Service "+name].at(t, "spec", "template", "spec", "containers", "image"); got != image {
			t.Errorf("%s runs %v, want %s", name, got, image)
		}
	}
	if got := docs["Service homing-adapter"].env(t)["HOMING_REPLY_URL"]; got != "http://{revision}.shop.svc.cluster.local" {
		t.Errorf("replies go to %s", got)
	}
	files, err := knative.Manifests([]functions.Chain{chainOf("a", "x")}, opts)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		for _, other := range []string{knative.DefaultImage, "example.com", knative.DefaultGateway, "namespace: default"} {
			if bytes.Contains(f.Data, []byte(other)) {
				t.Errorf("%s still has %s", f.Name, other)
			}
		}
	}
}

func TestReplyGoesToThePodIfPodsAreKnown(t *testing.T) {
	t.Parallel()
	docs := generate(t, knative.Options{Shapes: []knative.Shape{knative.Vertex}, PodNetwork: "10.244."}, chainOf("a", "x"))
	adapter := docs["Service homing-adapter"]
	if got := adapter.env(t)["HOMING_REPLY_URL"]; got != "http://$(POD_IP):8080" {
		t.Errorf("replies go to %s", got)
	}
	items, _ := adapter.at(t, "spec", "template", "spec", "containers", "env").([]any)
	at := map[any]int{}
	for i, item := range items {
		at[item.(tree)["name"]] = i
	}
	if ip, ok := at["POD_IP"]; !ok || ip > at["HOMING_REPLY_URL"] {
		t.Error("Kubernetes expands $(POD_IP) only after POD_IP was set")
	}
	if got := docs["Service homing-a"].env(t)["HOMING_REPLY_ALLOW"]; got != "http://10.244.*:8080" {
		t.Errorf("replies may go to %s", got)
	}
	if rules, _ := docs["NetworkPolicy homing-adapter"].at(t, "spec", "ingress").([]any); len(rules) != 2 {
		t.Errorf("the adapter lets in %v; vertices are missing", rules)
	}
}
