package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"sigs.k8s.io/yaml"
)

// tool builds one of Prometheus's programs, at the version of go.mod and without the
// discovery of clouds, and returns its path.
func tool(t *testing.T, name string) string {
	t.Helper()
	dir := toolDir()
	if err := errors.Join(dir.err, dir.build(t, name)); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir.path, name)
}

type tools struct {
	path string
	err  error
}

var toolDir = sync.OnceValue(func() tools {
	dir, err := os.UserCacheDir()
	return tools{filepath.Join(dir, "homing-observability"), err}
})

// build leaves a program that is up to date as it is.
func (d tools) build(t *testing.T, name string) error {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "build", "-tags", "remove_all_sd", "-o", filepath.Join(d.path, name),
		"github.com/prometheus/prometheus/cmd/"+name)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Log(string(out))
	}
	return err
}

func run(ctx context.Context, stdin []byte, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin = bytes.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestTheRulesAreValidAndDoWhatTheirCasesSay(t *testing.T) {
	t.Parallel()
	promtool := tool(t, "promtool")
	for _, args := range [][]string{
		{"check", "rules", "--lint=all", "--lint-fatal", "prometheus/rules.yaml"},
		{"test", "rules", "prometheus/rules_test.yaml"},
	} {
		if out, err := run(t.Context(), nil, promtool, args...); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}

// ruleFile is what the tests read of the rules and of their cases.
type ruleFile struct {
	Groups []struct {
		Rules []struct {
			Record, Alert, Expr string
			Annotations         map[string]string
		}
	}
	Tests []struct {
		Cases []struct {
			Name   string            `json:"alertname"`
			Alerts []json.RawMessage `json:"exp_alerts"` //nolint:tagliatelle // of promtool
		} `json:"alert_rule_test"` //nolint:tagliatelle // of promtool
	}
}

func readRules(t *testing.T, file string) (r ruleFile) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err == nil {
		err = yaml.Unmarshal(data, &r)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEveryAlertHasCasesAndAPlaceInTheGuide(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../docs/guides/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	fires, quiet := map[string]bool{}, map[string]bool{}
	for _, test := range readRules(t, "prometheus/rules_test.yaml").Tests {
		for _, c := range test.Cases {
			fires[c.Name] = fires[c.Name] || len(c.Alerts) > 0
			quiet[c.Name] = quiet[c.Name] || len(c.Alerts) == 0
		}
	}
	for _, g := range readRules(t, "prometheus/rules.yaml").Groups {
		for _, r := range g.Rules {
			switch {
			case r.Alert == "":
			case !fires[r.Alert] || !quiet[r.Alert]:
				t.Errorf("%s: no case in which it fires, or none in which it does not", r.Alert)
			case !strings.Contains(string(guide), "\n### "+r.Alert+"\n"):
				t.Errorf("%s: docs/guides/operations.md has nothing about it", r.Alert)
			case !strings.HasSuffix(r.Annotations["runbook_url"], "/docs/guides/operations.md#"+strings.ToLower(r.Alert)):
				t.Errorf("%s: its runbook is %q", r.Alert, r.Annotations["runbook_url"])
			}
		}
	}
}

func TestWhatIsWrittenIsFresh(t *testing.T) {
	t.Parallel()
	for file, write := range map[string]func() ([]byte, error){
		"grafana/homing.json": dashboardJSON, "kubernetes/prometheusrule.yaml": prometheusRule,
	} {
		want, err := write()
		got, rerr := os.ReadFile(file)
		if err != nil || rerr != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what `go run .` writes: %v, %v", file, err, rerr)
		}
	}
}

func TestTheDashboardIsOfGrafanasSchema(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("grafana/homing.json")
	if err != nil {
		t.Fatal(err)
	}
	var d dashboard.Dashboard //nolint:staticcheck // the form that every Grafana reads
	err = d.UnmarshalJSONStrict(data)
	if found, ok := errors.AsType[cog.BuildErrors](err); err != nil && (!ok || len(found) > 0) { // the SDK returns an empty list, too
		t.Fatal(err)
	}
	if err := d.Validate(); err != nil {
		t.Error(err)
	}
	if len(d.Panels) < 20 { // there are more, in rows
		t.Errorf("%d panels", len(d.Panels))
	}
}

func TestTheResourcesOfTheOperatorAreOfItsTypes(t *testing.T) {
	t.Parallel()
	kinds := map[string]func() any{
		"PodMonitor":     func() any { return &monitoring.PodMonitor{} },
		"ServiceMonitor": func() any { return &monitoring.ServiceMonitor{} },
		"PrometheusRule": func() any { return &monitoring.PrometheusRule{} },
	}
	seen := map[string]int{}
	for _, file := range []string{"kubernetes/monitors.yaml", "kubernetes/prometheusrule.yaml"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for one := range bytes.SplitSeq(data, []byte("\n---\n")) {
			var is struct{ Kind, APIVersion string }
			if err := yaml.Unmarshal(one, &is); err != nil || kinds[is.Kind] == nil || is.APIVersion != monitoring.SchemeGroupVersion.String() {
				t.Fatalf("%s: %+v, %v", file, is, err)
			}
			if err := yaml.UnmarshalStrict(one, kinds[is.Kind]()); err != nil {
				t.Errorf("%s: %s: %v", file, is.Kind, err)
			}
			seen[is.Kind]++
		}
	}
	if len(seen) != len(kinds) {
		t.Errorf("there are %v", seen)
	}
}

// metricName is the name of a metric of ours, or of a process, in an expression.
var metricName = regexp.MustCompile(`\b(?:homing|go|process)_[a-z_]+`)

// named returns the metrics that a text names, without what a histogram adds.
func named(text string) map[string]bool {
	names := map[string]bool{}
	for _, name := range metricName.FindAllString(text, -1) {
		for _, suffix := range []string{"_bucket", "_count", "_sum"} {
			name = strings.TrimSuffix(name, suffix)
		}
		names[name] = true
	}
	return names
}

// TestEveryMetricThatIsNamedExists holds the rules, the dashboard and the guide to
// what processes of all roles really serve.
func TestEveryMetricThatIsNamedExists(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../docs/guides/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, page := range pages(t) {
		for line := range strings.Lines(page) {
			reason, ok := strings.CutPrefix(line, `homing_refusals_total{reason="`)
			if reason, _, _ = strings.Cut(reason, `"`); ok && !strings.Contains(string(guide), "\n| `"+reason+"` |") {
				t.Errorf("docs/guides/operations.md has no reason %s", reason)
			}
			if name, ok := strings.CutPrefix(line, "# TYPE "); ok {
				there[strings.Fields(name)[0]] = true
			}
		}
	}
	used := map[string]bool{}
	for _, file := range []string{"prometheus/rules.yaml", "prometheus/rules_test.yaml", "grafana/homing.json", "../../docs/guides/operations.md"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := regexp.MustCompile(`chain:homing_[a-z_0-9:]+`).ReplaceAllString(string(data), "") // recorded
		for name := range named(text) {
			used[name] = true
			if !there[name] {
				t.Errorf("%s names %s, which no process has", file, name)
			}
		}
	}
	var unused []string
	for name := range there {
		if strings.HasPrefix(name, "homing_") && !used[name] {
			unused = append(unused, name)
		}
	}
	if slices.Sort(unused); unused != nil {
		t.Errorf("neither a rule, nor the dashboard, nor the guide has %v", unused)
	}
}
