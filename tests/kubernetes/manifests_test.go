package kubernetes_test

import (
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	function "github.com/homing-dev/homing"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
	"github.com/homing-dev/homing/internal/generate/knative"
)

// chains are those of the sample app.
func chains(t *testing.T) []functions.Chain {
	t.Helper()
	known, err := function.Functions()
	if err != nil {
		t.Fatal(err)
	}
	all, err := chainfile.Parse("chain.yaml", function.ChainFile, known)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// generated are the objects of each shape.
func generated(t *testing.T, opts knative.Options) map[string]*objects {
	t.Helper()
	files, err := knative.Kubernetes(chains(t), opts)
	if err != nil {
		t.Fatal(err)
	}
	shapes := map[string]*objects{}
	for _, f := range files {
		shape := path.Dir(f.Name)
		if shapes[shape] == nil {
			shapes[shape] = &objects{}
		}
		shapes[shape].read(t, f.Name, f.Data)
	}
	return shapes
}

// every returns what is deployed, in every way, by the name of the way.
func every(t *testing.T) map[string]*objects {
	t.Helper()
	all := map[string]*objects{}
	for name, opts := range map[string]knative.Options{
		"memory": {App: "shop"},
		"redis":  {App: "shop", Store: knative.StoreRedis, Namespace: "shops"},
		"open":   {App: "shop", Open: true},
		"chain":  {App: "shop", Chain: string(function.ChainFile), Args: []string{"serve"}, Store: knative.StoreRedis},
	} {
		for shape, o := range generated(t, opts) {
			all["generated "+name+" "+shape] = o
		}
	}
	for _, shape := range []string{"inline", "vertex"} {
		all["helm memory "+shape] = rendered(t, "shape="+shape)
		all["helm redis "+shape] = rendered(t, "shape="+shape, "redis.secretKey=store")
		all["helm open "+shape] = rendered(t, "shape="+shape, "open=true")
		all["helm all "+shape] = rendered(t, "shape="+shape, "redis.url=redis://replies:6379", "chain=chains: []", "args={serve}",
			"env.HOMING_LOG_CALLS=true", "secrets={FRAUD_KEY}", "ingress.host=shop.example.com", "ingress.className=nginx",
			"ingress.tlsSecret=shop-tls", "ingress.annotations.a=b", "podAnnotations.a=b", "nodeSelector.a=b", "imagePullSecrets[0].name=pull",
			"tolerations[0].key=a")
	}
	return all
}

func TestPodsKeepToTheRestrictedSecurityStandard(t *testing.T) {
	t.Parallel()
	for name, o := range every(t) {
		for _, d := range o.deployments {
			pod, c := d.Spec.Template.Spec, d.Spec.Template.Spec.Containers[0]
			switch p, s := pod.SecurityContext, c.SecurityContext; {
			case p == nil || s == nil, !*p.RunAsNonRoot, *p.RunAsUser == 0, p.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault,
				*s.AllowPrivilegeEscalation, !*s.ReadOnlyRootFilesystem, !slices.Equal(s.Capabilities.Drop, []corev1.Capability{"ALL"}):
				t.Errorf("%s: %s may more than it needs: %v, %v", name, d.Name, p, s)
			}
			if *pod.AutomountServiceAccountToken || *pod.EnableServiceLinks {
				t.Errorf("%s: %s gets a token of the cluster", name, d.Name)
			}
			for _, list := range []corev1.ResourceList{c.Resources.Requests, c.Resources.Limits} {
				if list.Cpu().IsZero() || list.Memory().IsZero() {
					t.Errorf("%s: %s has no bound: %v", name, d.Name, c.Resources)
				}
			}
			if c.ReadinessProbe.HTTPGet.Path != "/health/readiness" || c.LivenessProbe.HTTPGet.Path != "/health/liveness" {
				t.Errorf("%s: %s is asked at %v, %v", name, d.Name, c.ReadinessProbe, c.LivenessProbe)
			}
		}
	}
}

// TestAPodThatEndsFinishesWhatRuns holds the times to be one within the other.
func TestAPodThatEndsFinishesWhatRuns(t *testing.T) {
	t.Parallel()
	for name, o := range every(t) {
		for _, d := range o.deployments {
			drain, err := time.ParseDuration(variables(d)["HOMING_DRAIN"].Value)
			lag, grace := d.Spec.Template.Spec.Containers[0].Lifecycle.PreStop.Sleep.Seconds, *d.Spec.Template.Spec.TerminationGracePeriodSeconds
			if err != nil || drain < functions.DefaultAsyncTimeout || lag == 0 || grace < lag+int64(drain.Seconds()) {
				t.Errorf("%s: %s drains for %s after %d s and is killed after %d s, %v", name, d.Name, drain, lag, grace, err)
			}
		}
	}
}

// variables of the only container, by name.
func variables(d *appsv1.Deployment) map[string]corev1.EnvVar {
	all := map[string]corev1.EnvVar{}
	for _, v := range d.Spec.Template.Spec.Containers[0].Env {
		all[v.Name] = v
	}
	return all
}

func TestWhatBelongsTogetherFindsEachOther(t *testing.T) {
	t.Parallel()
	for name, o := range every(t) {
		finds := func(what string, selector map[string]string, d *appsv1.Deployment) {
			for k, v := range selector {
				if d.Spec.Template.Labels[k] != v {
					t.Errorf("%s: the %s of %s looks for %s=%s in %v", name, what, d.Name, k, v, d.Spec.Template.Labels)
				}
			}
		}
		scalers, budgets, services := map[string]bool{}, map[string]map[string]string{}, map[string]map[string]string{}
		for _, s := range o.scalers {
			scalers[s.Spec.ScaleTargetRef.Name] = *s.Spec.MinReplicas == 2 && s.Spec.MaxReplicas == 10
		}
		for _, b := range o.budgets {
			budgets[b.Name] = b.Spec.Selector.MatchLabels
		}
		for _, s := range o.services {
			services[s.Name] = s.Spec.Selector
		}
		shared := strings.Contains(name, "redis") || strings.Contains(name, "chain") || strings.Contains(name, "all")
		for _, d := range o.deployments {
			finds("Deployment", d.Spec.Selector.MatchLabels, d)
			finds("Service", services[d.Name], d)
			finds("budget", budgets[d.Name], d)
			role := variables(d)["HOMING_ROLE"].Value
			several := shared || role == "vertex"
			if scalers[d.Name] != several || (budgets[d.Name] != nil) != several || (d.Spec.Replicas == nil) != several || services[d.Name] == nil {
				t.Errorf("%s: %s has a scaler: %v, a budget: %v, replicas: %v", name, d.Name, scalers[d.Name], budgets[d.Name], d.Spec.Replicas)
			}
			for _, p := range o.policies { // of the vertex alone
				from := p.Spec.Ingress[0].From[0].PodSelector.MatchLabels
				if role == "vertex" {
					finds("policy", p.Spec.PodSelector.MatchLabels, d)
				} else {
					finds("policy's source", from, d)
				}
			}
			if role == "adapter" && len(o.policies) != 1 {
				t.Errorf("%s: every pod reaches the vertex", name)
			}
		}
	}
}

// TestNobodyIsLetInByAccident checks that no pod starts without the tokens, unless that
// is asked for.
func TestNobodyIsLetInByAccident(t *testing.T) {
	t.Parallel()
	for name, o := range every(t) {
		for _, d := range o.deployments {
			all := variables(d)
			v, ok := all["HOMING_TOKENS"]
			calls := all["HOMING_ROLE"].Value != "vertex"
			if want := calls && !strings.Contains(name, "open"); ok != want {
				t.Errorf("%s: %s has tokens: %v", name, d.Name, ok)
			}
			for _, v := range all {
				secret := "shop"
				if len(o.secrets) > 0 && strings.HasSuffix(v.Name, "_KEYS") {
					secret = o.secrets[0].Name
				}
				if from := v.ValueFrom; from != nil && (from.SecretKeyRef == nil || from.SecretKeyRef.Optional != nil || from.SecretKeyRef.Name != secret) {
					t.Errorf("%s: %s of %s is from %v", name, v.Name, d.Name, from)
				}
			}
			shared := strings.Contains(name, "redis") || strings.Contains(name, "chain") || strings.Contains(name, "all")
			for keys, want := range map[string]bool{
				"HOMING_REPLY_KEYS": all["HOMING_ROLE"].Value != "all" && !strings.Contains(name, "open"),
				"HOMING_LINK_KEYS":  all["HOMING_ROLE"].Value == "all" && shared,
			} {
				if all[keys].ValueFrom != nil != want || all[keys].Value != "" {
					t.Errorf("%s: %s of %s is from %v", name, keys, d.Name, all[keys])
				}
			}
			if ok && v.ValueFrom == nil {
				t.Errorf("%s: the tokens of %s stand in the manifest", name, d.Name)
			}
		}
	}
}

const extra = `apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
images:
  - {name: registry.internal/shop, newTag: "2"}
`

// TestKustomizeTakesEveryShape runs kustomize itself, as `kubectl apply -k` does.
func TestKustomizeTakesEveryShape(t *testing.T) {
	t.Parallel()
	files, err := knative.Kubernetes(chains(t), knative.Options{
		App: "shop", Image: "registry.internal/shop:1", Additions: "extra", Chain: "chains: []\n", Store: knative.StoreRedis,
	})
	if err != nil {
		t.Fatal(err)
	}
	disk := filesys.MakeFsInMemory()
	for _, f := range append(files, knative.File{Name: "extra/kustomization.yaml", Data: []byte(extra)}) {
		if err := disk.WriteFile("/deploy/"+f.Name, f.Data); err != nil {
			t.Fatal(err)
		}
	}
	for _, shape := range []string{"inline", "vertex"} {
		built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(disk, "/deploy/"+shape)
		if err != nil {
			t.Fatalf("shape %s: %v", shape, err)
		}
		listed, err := disk.ReadFile("/deploy/" + shape + "/kustomization.yaml")
		if err != nil {
			t.Fatal(err)
		}
		o, kinds := &objects{}, map[string]bool{}
		for _, r := range built.Resources() {
			text, err := r.AsYAML()
			if err != nil {
				t.Fatal(err)
			}
			o.add(t, r.GetName(), text)
			group := r.GetGvk().Group
			if group == "" {
				group = "core"
			}
			kinds[group+"/"+r.GetGvk().Version+"/"+r.GetKind()] = true
			if r.GetLabels()["homing.dev/app"] != "shop" {
				t.Errorf("shape %s: %s %s would stay when the shape changes", shape, r.GetKind(), r.GetName())
			}
		}
		for kind := range maps.Keys(kinds) {
			if !strings.Contains(string(listed), "--prune-allowlist "+kind) {
				t.Errorf("shape %s: %s would stay", shape, kind)
			}
		}
		for _, d := range o.deployments {
			if c := d.Spec.Template.Spec.Containers[0]; c.Image != "registry.internal/shop:2" || !slices.Equal(c.Args, nil) {
				t.Errorf("shape %s: the image is %s", shape, c.Image)
			}
		}
	}
}
