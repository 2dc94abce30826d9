package knative_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/homing-dev/homing/internal/generate/knative"
)

// appLabel is what `kubectl apply --prune` finds all objects by.
const appLabel = "homing.dev/app"

// extra adds to every shape: an object of its own, and more pods of the adapter.
const extra = `apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
configMapGenerator:
  - name: limits
    literals: [a=1]
    options: {disableNameSuffixHash: true}
patches:
  - target: {kind: Service, labelSelector: app.kubernetes.io/component=adapter}
    patch: |
      - {op: replace, path: /spec/template/metadata/annotations/autoscaling.knative.dev~1target, value: "7"}
`

// TestKustomizeTakesEveryShape runs kustomize itself, as `kubectl apply -k` does.
func TestKustomizeTakesEveryShape(t *testing.T) {
	t.Parallel()
	files, err := knative.Manifests(chains(t), knative.Options{App: "shop", Additions: "extra", Chain: "chains: []\n"})
	if err != nil {
		t.Fatal(err)
	}
	disk := filesys.MakeFsInMemory()
	for _, f := range append(files, knative.File{Name: "extra/kustomization.yaml", Data: []byte(extra)}) {
		if err := disk.WriteFile("/deploy/"+f.Name, f.Data); err != nil {
			t.Fatal(err)
		}
	}
	for _, shape := range knative.Shapes() {
		built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(disk, "/deploy/"+string(shape))
		if err != nil {
			t.Fatalf("shape %s: %v", shape, err)
		}
		m, added := &manifests{}, false
		for _, object := range built.Resources() {
			if object.GetLabels()[appLabel] != "shop" {
				t.Errorf("shape %s: %s %s would stay when the shape changes", shape, object.GetKind(), object.GetName())
			}
			text, err := object.AsYAML()
			if err != nil {
				t.Fatal(err)
			}
			m.add(t, object.GetName(), text)
			added = added || object.GetName() == "limits"
		}
		for _, s := range m.of("adapter") {
			if s.Spec.Template.Annotations[autoscaling+"target"] != "7" {
				t.Errorf("shape %s: the addition has not changed %s", shape, s.Name)
			}
		}
		if len(m.services) == 0 || len(m.maps) != 2 || !added {
			t.Errorf("shape %s has %d Services and %d ConfigMaps", shape, len(m.services), len(m.maps))
		}
	}
}

// TestEveryKindIsPruned holds the command in kustomization.yaml to name all kinds.
func TestEveryKindIsPruned(t *testing.T) {
	t.Parallel()
	for shape := range checkedIn(t) {
		text, err := os.ReadFile(filepath.Join(root, "infra", "knative", string(shape), "kustomization.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range []string{
			"serving.knative.dev/v1/Service", "eventing.knative.dev/v1/Trigger", "eventing.knative.dev/v1/Broker",
			"sources.knative.dev/v1/SinkBinding", "networking.k8s.io/v1/NetworkPolicy", "core/v1/ConfigMap",
		} {
			if !strings.Contains(string(text), "--prune-allowlist "+kind) {
				t.Errorf("shape %s: %s would stay", shape, kind)
			}
		}
	}
}

// TestThePatchOfTheGuideIsTaken puts what the guide says about scaling into extra.
func TestThePatchOfTheGuideIsTaken(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile(filepath.Join(root, "docs", "guides", "knative.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, patch, _ := strings.Cut(string(guide), "```yaml\n")
	patch, _, _ = strings.Cut(patch, "```")
	component := "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n" + strings.ReplaceAll(patch, "shop-greet", "shop-quote")
	files, err := knative.Manifests(chains(t), knative.Options{App: "shop", Additions: "extra", Shapes: []knative.Shape{knative.Vertex}})
	if err != nil {
		t.Fatal(err)
	}
	disk := filesys.MakeFsInMemory()
	for _, f := range append(files, knative.File{Name: "extra/kustomization.yaml", Data: []byte(component)}) {
		if err := disk.WriteFile("/deploy/"+f.Name, f.Data); err != nil {
			t.Fatal(err)
		}
	}
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(disk, "/deploy/vertex")
	if err != nil {
		t.Fatal(err)
	}
	m := &manifests{}
	for _, object := range built.Resources() {
		text, err := object.AsYAML()
		if err != nil {
			t.Fatal(err)
		}
		m.add(t, object.GetName(), text)
	}
	got := m.service(t, "shop-quote").Spec.Template.Annotations
	if got[autoscaling+"target"] != "20" || got[autoscaling+"panic-window-percentage"] != "5.0" {
		t.Errorf("the Service has %v", got)
	}
}
