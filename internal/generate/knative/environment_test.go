package knative_test

import (
	"fmt"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
	"github.com/homing-dev/homing/internal/generate/knative"
)

// shop has functions and remote steps, with variables and secrets.
const shop = `chains:
  - name: shop
    route: POST /shop
    env: {CLEAN_URL: "http://clean.default.svc.cluster.local", LEVEL: "a $(POD_IP) $5"}
    secrets: [FRAUD_KEY, TOKEN]
    steps:
      - name: clean
        url: ${CLEAN_URL}/x
      - function: check
      - name: tax
        url: https://tax.test
        headers: {Authorization: "Bearer ${TOKEN}"}
        concurrency: 3
      - function: last
  - name: plain
    route: POST /plain
    steps: [check]
`

func parsed(t *testing.T, text string) []functions.Chain {
	t.Helper()
	chains, err := chainfile.Parse("chain.yaml", []byte(text), map[string]functions.Function{"check": identity, "last": identity})
	if err != nil {
		t.Fatal(err)
	}
	return chains
}

// variables are the environment of a Service: values, and keys of Secrets as
// "secret/key".
func variables(t *testing.T, service tree) map[string]string {
	t.Helper()
	out := service.env(t)
	items, _ := service.at(t, "spec", "template", "spec", "containers", "env").([]any)
	for _, item := range items {
		v, _ := item.(tree)
		if from, ok := v["valueFrom"].(tree); ok {
			name, _ := v["name"].(string)
			ref, _ := from["secretKeyRef"].(tree)
			if ref["optional"] != nil {
				name = "optional " + name
			}
			secret, _ := ref["name"].(string)
			key, _ := ref["key"].(string)
			out[name] = secret + "/" + key
		}
	}
	return out
}

func TestAProcessHasTheVariablesOfItsSteps(t *testing.T) {
	t.Parallel()
	all := map[string]string{"CLEAN_URL": "http://clean.default.svc.cluster.local", "LEVEL": "a $$(POD_IP) $$5", "FRAUD_KEY": "homing/FRAUD_KEY", "TOKEN": "homing/TOKEN"}
	for service, want := range map[string]map[string]string{
		"inline homing":             all,
		"vertex homing-shop":        all,
		"vertex homing-plain":       {},
		"vertex homing-adapter":     {},
		"vertex homing-dead-letter": {},
		"split homing-shop-check":   all,
		"split homing-shop-last":    all,
	} {
		shape, name, _ := strings.Cut(service, " ")
		got := variables(t, generate(t, one(knative.Shape(shape)), parsed(t, shop)...)["Service "+name])
		for _, variable := range []string{"CLEAN_URL", "LEVEL", "FRAUD_KEY", "TOKEN"} {
			if got[variable] != want[variable] {
				t.Errorf("%s: %s is %q, want %q", service, variable, got[variable], want[variable])
			}
		}
	}
}

func TestARemoteStepHasNoServiceOfItsOwn(t *testing.T) {
	t.Parallel()
	docs := generate(t, one(knative.Split), parsed(t, shop)...)
	for name, want := range map[string][2]string{
		"homing-shop-check":  {"shop.clean,shop.check,shop.tax", "shop.clean,"},
		"homing-shop-last":   {"shop.last", "shop.last,"},
		"homing-plain-check": {"plain.check", "plain.check,"},
	} {
		steps := docs["Service "+name].env(t)["HOMING_STEPS"]
		if slip := docs["Trigger "+name].at(t, "spec", "filters", "prefix", "routingslip"); steps != want[0] || slip != want[1] {
			t.Errorf("%s runs %s of events with %v", name, steps, slip)
		}
	}
	if docs["Service homing-shop-clean"] != nil || docs["Service homing-shop-tax"] != nil {
		t.Error("a remote step has a Service")
	}
	if calls := docs["Service homing-shop-check"].at(t, "spec", "template", "spec", "containerConcurrency"); calls != 3 {
		t.Errorf("the process of the step with a limit takes %v calls", calls)
	}
}

func TestNobodyIsLetInByAccident(t *testing.T) {
	t.Parallel()
	closed := variables(t, generate(t, one(knative.Vertex), chainOf("a", "x"))["Service homing-adapter"])
	if closed["HOMING_TOKENS"] != "homing/tokens" || closed["HOMING_REPLY_KEYS"] != "homing/reply-keys" {
		t.Errorf("the Secret may be missing: %v", closed)
	}
	opts := one(knative.Vertex)
	opts.Open, opts.Secret, opts.App = true, "shop-2", "shop"
	open := variables(t, generate(t, opts, chainOf("a", "x"))["Service shop-adapter"])
	if _, set := open["HOMING_TOKENS"]; set || open["optional HOMING_REPLY_KEYS"] != "shop-2/reply-keys" {
		t.Errorf("an open adapter has %v", open)
	}
}

func TestVerticesTakeEventsOfTheAdapterAlone(t *testing.T) {
	t.Parallel()
	for _, shape := range []knative.Shape{knative.Vertex, knative.Split} {
		for _, store := range knative.Stores() {
			for _, open := range []bool{false, true} {
				opts := one(shape)
				opts.Store, opts.Open = store, open
				docs := generate(t, opts, chainOf("a", "x"))
				for name, doc := range docs {
					if kind, service, _ := strings.Cut(name, " "); kind != "Service" || service == "homing-adapter" {
						continue
					}
					want := map[bool]string{false: "homing/reply-keys"}[open]
					if got := variables(t, doc)["HOMING_REPLY_KEYS"]; got != want {
						t.Errorf("%s with store %s, open %v: the keys of %s are %q", shape, store, open, name, got)
					}
				}
				signs := variables(t, docs["Service homing-adapter"])["HOMING_REPLY_KEYS"]
				if !open && signs != "homing/reply-keys" {
					t.Errorf("%s with store %s: the adapter signs with %q", shape, store, signs)
				}
			}
		}
	}
}

// What a rollout replaces goes on to get the replies that it waits for.
func TestRepliesComeToTheRevisionThatWaits(t *testing.T) {
	t.Parallel()
	opts := one(knative.Vertex)
	opts.App, opts.Namespace = "shop", "sales"
	docs := generate(t, opts, chainOf("a", "x"))
	const host = "http://%s.sales.svc.cluster.local"
	if got := docs["Service shop-adapter"].env(t)["HOMING_REPLY_URL"]; got != fmt.Sprintf(host, "{revision}") {
		t.Errorf("the adapter is at %s", got)
	}
	for _, name := range []string{"shop-a", "shop-dead-letter"} {
		if got := docs["Service "+name].env(t)["HOMING_REPLY_ALLOW"]; got != fmt.Sprintf(host, "shop-adapter-*")+"/" {
			t.Errorf("%s may reply to %s", name, got)
		}
	}
	// Knative connects the vertices to the revision's queue-proxy itself.
	rules, _ := docs["NetworkPolicy shop-adapter"].at(t, "spec", "ingress").([]any)
	vertices, _ := rules[len(rules)-1].(tree)
	if len(rules) != 2 || vertices.at(t, "ports", "port") != 8012 || vertices.at(t, "from", "podSelector") == nil {
		t.Errorf("the adapter is reached by %v", rules)
	}
}

func TestChainsOfRemoteStepsAreMounted(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"a file":       shop,
		"odd at ends":  "\n  a: 1\t\n\n\n",
		"no line feed": "a: 1",
		"of Windows":   "a: 1\r\nb: 2\r\n",
	} {
		for _, shape := range knative.Shapes() {
			opts := one(shape)
			opts.Chain = text
			for what, doc := range generate(t, opts, chainOf("a", "x")) {
				switch kind, object, _ := strings.Cut(what, " "); kind {
				case "ConfigMap":
					data, _ := doc.at(t, "data").(tree)
					if got, _ := data["chain.yaml"].(string); got != text || len(object) != len("homing-chain-0123456789") {
						t.Errorf("%s: %s has %q", name, what, got)
					}
				case "Service":
					mount := doc.at(t, "spec", "template", "spec", "containers", "volumeMounts", "mountPath")
					if mount != "/etc/homing" || doc.env(t)["HOMING_CHAIN"] != "/etc/homing/chain.yaml" {
						t.Errorf("%s: %s does not read it: %v", name, what, mount)
					}
				}
			}
		}
	}
}

func TestWhatAProcessCannotHaveIsRefused(t *testing.T) {
	t.Parallel()
	const head = "chains:\n  - name: a\n    route: POST /a\n    steps:\n      - {name: x, "
	for name, tc := range map[string]struct {
		chain string
		opts  knative.Options
		text  string
	}{
		"no default":   {head + "url: 'http://${HOST}/'}\n", knative.Options{}, "HOST, which step a.x needs, has no default: set it with --env HOST=VALUE"},
		"no such":      {head + "url: 'http://${HOST}/'}\n", knative.Options{Env: map[string]string{"HOST": "x", "HOTS": "x"}}, `no step needs a variable HOTS; did you mean "HOST"?`},
		"a secret":     {shop, knative.Options{Env: map[string]string{"TOKEN": "x"}}, "put it into the Secret homing"},
		"Knative's":    {head + "url: 'http://x:${PORT}/'}\n", knative.Options{Env: map[string]string{"PORT": "1"}}, "PORT is Knative's own"},
		"only run":     {head + "run: python app.py}\n", knative.Options{}, "step x of chain a has no url, only run"},
		"name":         {shop, knative.Options{App: "1shop"}, `"1shop" cannot name what is deployed`},
		"secret":       {shop, knative.Options{Secret: "A B"}, `"A B" is not the name of a Secret`},
		"a long chain": {shop, knative.Options{Chain: strings.Repeat("#", 300<<10)}, "build an image that has it"},
	} {
		if _, err := knative.Manifests(parsed(t, tc.chain), tc.opts); err == nil || !strings.Contains(err.Error(), tc.text) {
			t.Errorf("%s: %v, want %s", name, err, tc.text)
		}
	}
}

func TestKustomizationListsTheFiles(t *testing.T) {
	t.Parallel()
	files, err := knative.Manifests(parsed(t, shop), knative.Options{App: "shop", Additions: "extra", Chain: shop})
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, f := range files {
		var k struct {
			Kind                  string
			Resources, Components []string
			Labels                []struct{ Pairs map[string]string }
		}
		folder, name, _ := strings.Cut(f.Name, "/")
		if name != "kustomization.yaml" {
			continue
		}
		if err := yaml.Unmarshal(f.Data, &k); err != nil || k.Kind != "Kustomization" || k.Labels[0].Pairs["homing.dev/app"] != "shop" ||
			len(k.Components) != 1 || k.Components[0] != "../extra" {
			t.Errorf("%s: %+v, %v", f.Name, k, err)
		}
		for _, r := range k.Resources {
			listed[folder+"/"+r] = true
		}
	}
	for _, f := range files {
		if !listed[f.Name] && !strings.HasSuffix(f.Name, "/kustomization.yaml") {
			t.Errorf("%s is not listed", f.Name)
		}
	}
}
