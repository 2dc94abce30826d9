package knative_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	yaml3 "go.yaml.in/yaml/v3"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	eventingv1 "knative.dev/eventing/pkg/apis/eventing/v1"
	sourcesv1 "knative.dev/eventing/pkg/apis/sources/v1"
	servingv1 "knative.dev/serving/pkg/apis/serving/v1"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/yaml"

	"github.com/homing-dev/homing/internal/generate/knative"
)

// manifests are the objects of one shape.
type manifests struct {
	services []*servingv1.Service
	brokers  []*eventingv1.Broker
	triggers []*eventingv1.Trigger
	bindings []*sourcesv1.SinkBinding
	policies []*networkingv1.NetworkPolicy
	maps     []*corev1.ConfigMap
}

// checkedIn reads the manifests in infra/knative: all there are, so that one
// that the generator no longer writes is read, too.
func checkedIn(t *testing.T) map[knative.Shape]*manifests {
	t.Helper()
	folder := os.DirFS(filepath.Join(root, "infra", "knative"))
	shapes := map[knative.Shape]*manifests{}
	for _, shape := range knative.Shapes() {
		names, err := fs.Glob(folder, path.Join(string(shape), "*.yaml"))
		if err != nil || len(names) == 0 {
			t.Fatalf("there are no manifests of shape %s: %v", shape, err)
		}
		shapes[shape] = &manifests{}
		for _, name := range names {
			data, err := fs.ReadFile(folder, name)
			if err != nil {
				t.Fatal(err)
			}
			shapes[shape].read(t, name, data)
		}
	}
	return shapes
}

// generated are the manifests of other chains or options.
func generated(t *testing.T, opts knative.Options) map[knative.Shape]*manifests {
	t.Helper()
	files, err := knative.Manifests(chains(t), opts)
	if err != nil {
		t.Fatal(err)
	}
	shapes := map[knative.Shape]*manifests{}
	for _, f := range files {
		shape := knative.Shape(path.Dir(f.Name))
		if shapes[shape] == nil {
			shapes[shape] = &manifests{}
		}
		shapes[shape].read(t, f.Name, f.Data)
	}
	return shapes
}

// read takes the documents of a file apart.
func (m *manifests) read(t *testing.T, name string, data []byte) {
	t.Helper()
	dec := yaml3.NewDecoder(bytes.NewReader(data))
	for {
		var doc yaml3.Node
		err := dec.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		text, err := yaml3.Marshal(&doc)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		m.add(t, name, text)
	}
}

// add reads an object strictly: a field that its type does not have, or that
// is there twice, fails the test.
func (m *manifests) add(t *testing.T, name string, text []byte) {
	t.Helper()
	var meta metav1.TypeMeta
	if err := yaml.Unmarshal(text, &meta); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var into any
	switch kind := meta.APIVersion + " " + meta.Kind; kind {
	case "serving.knative.dev/v1 Service":
		into = grow(&m.services)
	case "eventing.knative.dev/v1 Broker":
		into = grow(&m.brokers)
	case "eventing.knative.dev/v1 Trigger":
		into = grow(&m.triggers)
	case "sources.knative.dev/v1 SinkBinding":
		into = grow(&m.bindings)
	case "networking.k8s.io/v1 NetworkPolicy":
		into = grow(&m.policies)
	case "v1 ConfigMap":
		into = grow(&m.maps)
	case "kustomize.config.k8s.io/v1beta1 Kustomization":
		into = new(types.Kustomization) // a file of kustomize, and no object
	default:
		t.Fatalf("%s: there is no test for %s", name, kind)
	}
	if err := yaml.UnmarshalStrict(text, into); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

// grow adds an empty object and gives it.
func grow[T any](to *[]*T) *T {
	v := new(T)
	*to = append(*to, v)
	return v
}

func TestAFieldThatKnativeDoesNotHaveIsFound(t *testing.T) {
	t.Parallel()
	const right = "apiVersion: serving.knative.dev/v1\nkind: Service\nspec: {template: {spec: {timeoutSeconds: 1}}}\n"
	var into servingv1.Service
	if err := yaml.UnmarshalStrict([]byte(right), &into); err != nil {
		t.Fatal(err)
	}
	if err := yaml.UnmarshalStrict([]byte(strings.Replace(right, "timeoutSeconds", "timeout", 1)), &into); err == nil {
		t.Error("an unknown field is not noticed")
	}
}
