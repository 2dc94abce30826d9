package main

import (
	"bytes"
	"os"
)

// prometheusRule returns the rules as a resource of the Prometheus Operator, with
// the comments that they have.
func prometheusRule() ([]byte, error) {
	rules, err := os.ReadFile("prometheus/rules.yaml")
	if err != nil {
		return nil, err
	}
	out := []byte("# Written by `go run .` in infra/observability from prometheus/rules.yaml; do not edit.\n" +
		"apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata:\n  name: homing\nspec:\n")
	for line := range bytes.Lines(rules) {
		if !bytes.HasPrefix(line, []byte("#")) && len(bytes.TrimSpace(line)) > 0 {
			out = append(append(out, "  "...), line...)
		}
	}
	return out, nil
}
